"""Surveys and forms, counted.  Pure.

What was answered too late, or cannot be answered so, is not counted: the other zone may have
taken an answer in before it heard that the time was up.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from wire.answers import FormAnswer, Vote
from wire.items import Field, Form, Survey
from zone.copy.states import SurveyState
from zone.copy.views import AnswerView

CHOSEN = ("choice", "choices", "yes-no")  # kinds of fields that are counted
YES_NO = ("yes", "no")


class ChoiceTally(Struct, frozen=True):
    """How often a choice was taken."""

    choice: str
    count: int


class QuestionTally(Struct, frozen=True):
    """One question, counted.  `key` is null for the question of a survey."""

    key: str | None
    label: str
    answered: int
    choices: list[ChoiceTally]


class Tally(Struct, frozen=True):
    """A survey or a form, counted: the questions that have choices, and how many answered."""

    item: str
    answered: int
    is_over: bool
    questions: list[QuestionTally]


def is_over(content: Survey | Form, now: int) -> bool:
    """Return whether no more answers are taken."""
    return bool(content.closed) or bool(content.deadline and now >= content.deadline)


def votes(survey: Survey, given: Iterable[AnswerView]) -> list[tuple[str | None, list[int]]]:
    """Return what each chose, as far as it counts."""
    return [
        (one.user, sorted(set(one.answer.choices)))
        for one in _in_time(survey, given)
        if isinstance(one.answer, Vote) and _counts(survey, one.answer)
    ]


def _counts(survey: Survey, vote: Vote) -> bool:
    known = all(choice < len(survey.choices or ()) for choice in vote.choices)
    return bool(vote.choices) and known and (bool(survey.several) or len(vote.choices) == 1)


def filled(form: Form, given: Iterable[AnswerView]) -> list[tuple[AnswerView, FormAnswer]]:
    """Return the answers to a form that count."""
    return [
        (one, one.answer) for one in _in_time(form, given) if isinstance(one.answer, FormAnswer)
    ]


def _in_time(content: Survey | Form, given: Iterable[AnswerView]) -> Iterable[AnswerView]:
    return (one for one in given if not content.deadline or one.at < content.deadline)


def survey_state(survey: Survey, given: Iterable[AnswerView], now: int) -> SurveyState:
    """Return the state of a survey."""
    counted = votes(survey, given)
    times = Counter(choice for _, chosen in counted for choice in chosen)
    counts = [times[number] for number in range(len(survey.choices or ()))]
    return SurveyState(is_over=is_over(survey, now), answered=len(counted), counts=counts)


def survey_tally(item: str, survey: Survey, given: Iterable[AnswerView], now: int) -> Tally:
    """Return a survey, counted."""
    state = survey_state(survey, given, now)
    pairs = zip(survey.choices or (), state.counts, strict=True)
    choices = [ChoiceTally(choice, count) for choice, count in pairs]
    question = QuestionTally(None, survey.title or "", state.answered, choices)
    return Tally(item, state.answered, state.is_over, [question])


def form_tally(item: str, form: Form, given: Iterable[AnswerView], now: int) -> Tally:
    """Return the questions of a form that have choices, counted."""
    answers = [answer for _, answer in filled(form, given)]
    fields = [field for field in form.fields or () if field.kind in CHOSEN]
    questions = [_question(field, answers) for field in fields]
    return Tally(item, len(answers), is_over(form, now), questions)


def _question(field: Field, answers: Sequence[FormAnswer]) -> QuestionTally:
    texts = [value.text for one in answers for value in one.values if value.key == field.key]
    times = Counter(line for text in texts for line in set(text.split("\n")))
    known = YES_NO if field.kind == "yes-no" else field.choices
    choices = [ChoiceTally(choice, times[choice]) for choice in known]
    return QuestionTally(field.key, field.label, len(texts), choices)

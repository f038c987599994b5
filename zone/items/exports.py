"""What was answered to an item as rows of a table, for people to go on with.  Pure.

Where an item is anonymous there is neither who nor when, and the order says nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from wire.answers import (
    Answer,
    Decision,
    Delegate,
    Done,
    FormAnswer,
    Reply,
    Rsvp,
    Seen,
    Vote,
    tag_of,
)
from wire.item_kinds import ITEMS
from wire.item_labels import KindLabels, Label
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Post,
    Resource,
    StoredFile,
    Survey,
    Task,
)
from zone.copy.directory_views import UserView
from zone.copy.views import AnswerView
from zone.items import tallies
from zone.items.calendar import JST

Row = list[str]
People = Mapping[str, UserView]

_WHO = (Label("氏名", "Name"), Label("所属", "Section"))
# No spreadsheet says in which zone of the world a time is, and Japan has one.
_WHEN = Label("日時（日本時間）", "Time (JST)")
_ANSWER, _COMMENT = Label("回答", "Answer"), Label("コメント", "Comment")
_TOTAL = Label("計", "Total")


def answers_table(
    content: Content, given: Sequence[AnswerView], people: People, language: str = "ja"
) -> list[Row]:
    """Return the answers to an item, the heading first; what is ours in it is in `language`."""
    match content:
        case Survey() as survey:
            return _survey(survey, given, people, language)
        case Form() as form:
            return _form(form, given, people, language)
        case Task() | AgendaEntry() | Post() | Approval() | Broadcast():
            return _plain(content, given, people, language)
        case Note() | Resource() | Booking() | StoredFile():  # nothing is answered
            return _plain(content, (), people, language)
    assert_never(content)


def _survey(
    survey: Survey, given: Sequence[AnswerView], people: People, language: str
) -> list[Row]:
    """One row for each who voted, a column for each choice; the last row counts."""
    choices = survey.choices or []
    marks = [
        (user, ["1" if number in chosen else "" for number in range(len(choices))])
        for user, chosen in tallies.votes(survey, given)
    ]
    total = [str(sum(row[number] == "1" for _, row in marks)) for number in range(len(choices))]
    if survey.anonymous:
        return [choices, *sorted(row for _, row in marks), total]
    rows = [[*_who(user, people), *row] for user, row in marks]
    return [_head(language, _WHO, choices), *rows, [_TOTAL.of(language), "", *total]]


def _form(form: Form, given: Sequence[AnswerView], people: People, language: str) -> list[Row]:
    fields = form.fields or []
    rows = list[tuple[AnswerView, Row]]()
    for one, answer in tallies.filled(form, given):
        texts = {value.key: value.text for value in answer.values}
        rows.append((one, [texts.get(field.key, "").replace("\n", "、") for field in fields]))
    labels = [field.label for field in fields]
    if form.anonymous:
        return [labels, *sorted(row for _, row in rows)]
    rows.sort(key=lambda each: each[0].at)
    named = [[_when(one.at), *_who(one.user, people), *row] for one, row in rows]
    return [_head(language, (_WHEN, *_WHO), labels), *named]


def _head(language: str, ours: Iterable[Label], theirs: Sequence[str] = ()) -> Row:
    return [*(label.of(language) for label in ours), *theirs]


def _plain(
    content: Content, given: Iterable[AnswerView], people: People, language: str
) -> list[Row]:
    labels, choices = ITEMS[type(content)].labels, getattr(content, "choices", None) or []
    rows = [
        [_when(one.at), *_who(one.user, people), *_words(one.answer, labels, choices, language)]
        for one in sorted(given, key=lambda one: one.at)
    ]
    return [_head(language, (_WHEN, *_WHO, _ANSWER, _COMMENT)), *rows]


def _words(answer: Answer, labels: KindLabels, choices: Sequence[str], language: str) -> Row:
    """Return an answer in a word or two, and what was said with it."""
    words = labels.words
    match answer:
        case Done(done, text):
            return [words["done"]["true" if done else "false"].of(language), text]
        case Rsvp(reply, text):
            return [words["reply"][reply].of(language), text]
        case Decision(_, verdict, text):
            return [words["verdict"][verdict].of(language), text]
        case Reply(int(choice), text) if choice < len(choices):
            return [choices[choice], text]
        case Delegate(_, _, text) | Reply(_, text):
            return [words["answer"][tag_of(answer)].of(language), text]
        case Seen() | Vote() | FormAnswer():  # the last two have tables of their own
            return [words["answer"][tag_of(answer)].of(language), ""]
    assert_never(answer)


def _who(uid: str | None, people: People) -> list[str]:
    user = people.get(uid or "")
    return [user.name, user.section] if user else [uid or "", ""]


def _when(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, JST):%Y-%m-%d %H:%M}"

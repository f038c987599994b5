"""What was answered to an item as rows of a table, for people to go on with.  Pure.

Where an item is anonymous there is neither who nor when, and the order says nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from wire.answers import Answer, Done, Rsvp, Seen
from wire.items import Content, Form, Survey
from zone.copy.views import AnswerView, UserView
from zone.items import tallies
from zone.items.calendar import JST

Row = list[str]
People = Mapping[str, UserView]

_WHO = ["氏名", "所属"]
_WHEN = "日時"
_RSVP = {"yes": "出席", "no": "欠席", "maybe": "未定"}


def answers_table(content: Content, given: Sequence[AnswerView], people: People) -> list[Row]:
    """Return the answers to an item, the heading first."""
    match content:
        case Survey() as survey:
            return _survey(survey, given, people)
        case Form() as form:
            return _form(form, given, people)
        case _:
            return _plain(given, people)


def _survey(survey: Survey, given: Sequence[AnswerView], people: People) -> list[Row]:
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
    return [[*_WHO, *choices], *rows, ["計", "", *total]]


def _form(form: Form, given: Sequence[AnswerView], people: People) -> list[Row]:
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
    return [[_WHEN, *_WHO, *labels], *named]


def _plain(given: Iterable[AnswerView], people: People) -> list[Row]:
    rows = [
        [_when(one.at), *_who(one.user, people), *_words(one.answer)]
        for one in sorted(given, key=lambda one: one.at)
    ]
    return [[_WHEN, *_WHO, "回答", "コメント"], *rows]


def _words(answer: Answer) -> list[str]:
    match answer:
        case Done(done, text):
            return ["完了" if done else "未完了", text]
        case Rsvp(reply, text):
            return [_RSVP[reply], text]
        case Seen():
            return ["既読", ""]
        case _:
            verdict = getattr(answer, "verdict", "delegate")
            word = {"approve": "承認", "deny": "否認", "delegate": "委任"}[verdict]
            return [word, str(getattr(answer, "text", ""))]


def _who(uid: str | None, people: People) -> list[str]:
    user = people.get(uid or "")
    return [user.name, user.section] if user else [uid or "", ""]


def _when(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, JST):%Y-%m-%d %H:%M}"

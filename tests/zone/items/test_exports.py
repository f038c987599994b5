"""Answers as tables that Excel in Japan opens as they are meant."""

import csv
import io
import time
from datetime import UTC, datetime

import pytest

from wire.answers import (
    Answer,
    Decision,
    Delegate,
    Done,
    Filled,
    FormAnswer,
    Reply,
    Rsvp,
    Seen,
    Vote,
    part_of,
)
from wire.items import AgendaEntry, Approval, Broadcast, Content, Field, Form, Post, Survey, Task
from zone.copy.directory_views import UserView
from zone.copy.views import AnswerView
from zone.items.exports import answers_table
from zone.items.spreadsheets import Charset, write_csv

PEOPLE = {
    "us_a": UserView(id="us_a", name="山田 花子", section="防災課"),
    "us_b": UserView(id="us_b", name="髙橋 一郎", section="総務課"),
}
AT = 1_790_000_000_000


def word(user: str, answer: Answer, at: int = AT) -> AnswerView:
    return AnswerView("x", user, part_of(answer), answer, at)


@pytest.mark.parametrize(("charset", "codec"), [("utf-8", "utf-8-sig"), ("shift_jis", "cp932")])
def test_what_is_written_is_read_again(charset: Charset, codec: str) -> None:
    rows = [["氏名", "備考"], ["髙橋", 'a,"b"\nc'], ["①②", "～−"]]
    read = list(csv.reader(io.StringIO(write_csv(rows, charset).decode(codec), newline="")))
    assert read[1][0] == "髙橋"
    assert read[:2] == rows[:2]


def test_excel_knows_the_charset() -> None:
    assert write_csv([["x"]]).startswith(b"\xef\xbb\xbf")
    assert write_csv([["x"]], "shift_jis") == b"x\r\n"


def test_what_shift_jis_lacks_is_a_geta_and_a_variant_its_plain_character() -> None:
    assert write_csv([["葛󠄀飾𠮷"]], "shift_jis").decode("cp932") == "葛飾〓\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1"])
def test_nothing_that_was_typed_is_a_formula(text: str) -> None:
    (row,) = csv.reader(io.StringIO(write_csv([[text]]).decode("utf-8-sig")))
    assert row == ["'" + text]


@pytest.mark.parametrize("text", ["-5", "+81", "1.5"])
def test_numbers_stay_numbers(text: str) -> None:
    assert write_csv([[text]]).decode("utf-8-sig") == f"{text}\r\n"


def test_a_named_survey_says_who_chose_what() -> None:
    survey = Survey(title="昼食", choices=["和", "洋"])
    rows = answers_table(survey, [word("us_a", Vote([1])), word("us_b", Vote([0]))], PEOPLE)
    assert rows == [
        ["氏名", "所属", "和", "洋"],
        ["山田 花子", "防災課", "", "1"],
        ["髙橋 一郎", "総務課", "1", ""],
        ["計", "", "1", "1"],
    ]


def test_an_anonymous_one_says_neither_who_nor_in_which_order() -> None:
    survey = Survey(title="昼食", choices=["和", "洋"], anonymous=True)
    given = [word("us_a", Vote([1])), word("us_b", Vote([0]))]
    rows = answers_table(survey, given, PEOPLE)
    assert rows == answers_table(survey, given[::-1], PEOPLE)
    assert rows == [["和", "洋"], ["", "1"], ["1", ""], ["1", "1"]]


def test_a_form_has_a_column_for_each_question() -> None:
    fields = [
        Field(key="n", label="人数", kind="number"),
        Field(key="d", label="日", kind="choices"),
    ]
    given = [word("us_a", FormAnswer([Filled("d", "月\n火"), Filled("n", "3")]))]
    rows = answers_table(Form(title="x", fields=fields), given, PEOPLE)
    assert rows == [
        ["日時（日本時間）", "氏名", "所属", "人数", "日"],
        ["2026-09-21 23:13", "山田 花子", "防災課", "3", "月、火"],
    ]
    nameless = answers_table(Form(title="x", fields=fields, anonymous=True), given, PEOPLE)
    assert nameless == [["人数", "日"], ["3", "月、火"]]


def test_what_else_was_answered_is_said_in_words() -> None:
    rows = answers_table(Task(title="x"), [word("us_a", Done(text="提出しました"))], PEOPLE)
    assert rows[1] == ["2026-09-21 23:13", "山田 花子", "防災課", "完了", "提出しました"]


@pytest.mark.parametrize("here", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_times_are_those_of_japan_wherever_the_host_thinks_it_is(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports of a night: 23:59 and 0:00 in Japan are 14:59 and 15:00 in UTC, on one day there."""
    night = int(datetime(2026, 12, 31, 14, 59, tzinfo=UTC).timestamp() * 1000)
    call = Broadcast(title="安否確認", choices=["無事", "けが"])
    given = [word("us_a", Reply(0), night), word("us_b", Reply(1), night + 60_000)]
    monkeypatch.setenv("TZ", here)
    time.tzset()
    try:
        rows = answers_table(call, given, PEOPLE)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert rows == [
        ["日時（日本時間）", "氏名", "所属", "回答", "コメント"],
        ["2026-12-31 23:59", "山田 花子", "防災課", "無事", ""],
        ["2027-01-01 00:00", "髙橋 一郎", "総務課", "けが", ""],
    ]


def test_each_kind_is_exported_in_the_language_that_is_asked_for() -> None:
    rows = answers_table(Task(title="x"), [word("us_a", Done(done=False))], PEOPLE, "en")
    assert rows[0] == ["Time (JST)", "Name", "Section", "Answer", "Comment"]
    assert rows[1][3:] == ["Not done", ""]
    survey = answers_table(Survey(title="Lunch", choices=["a"]), [], PEOPLE, "en")
    assert survey == [["Name", "Section", "a"], ["Total", "", "0"]]


@pytest.mark.parametrize(
    ("content", "answer", "said"),
    [
        (AgendaEntry(title="x"), Rsvp("maybe", "遅れます"), ["未定", "遅れます"]),
        (Post(title="x"), Seen(), ["既読", ""]),
        (Approval(title="x"), Decision(0, "deny", "高い"), ["否認", "高い"]),
        (Approval(title="x"), Delegate(0, "us_b"), ["委任", ""]),
        (Broadcast(title="x", choices=["無事", "けが"]), Reply(1, "軽傷"), ["けが", "軽傷"]),
        (Broadcast(title="x"), Reply(text="聞きました"), ["応答", "聞きました"]),
    ],
)
def test_every_answer_is_said_as_its_kind_calls_it(
    content: Content, answer: Answer, said: list[str]
) -> None:
    assert answers_table(content, [word("us_a", answer)], PEOPLE)[1][3:] == said

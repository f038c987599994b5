"""What fits in a form, and where what does not fit stands."""

import pytest

from wire.answers import Filled
from wire.items import Field, ShownIf
from zone.items.forms import misfits_of_fields, misfits_of_values

NAME = Field(key="name", label="氏名", kind="line", required=True, most=10)
AGE = Field(key="age", label="年齢", kind="number", least=0, most=120)
DAY = Field(key="day", label="希望日", kind="date", least=20261101, most=20261130)
MEAL = Field(key="meal", label="昼食", kind="choice", choices=["要", "不要"])
DISHES = Field(
    key="dishes",
    label="料理",
    kind="choices",
    choices=["和", "洋", "中"],
    most=2,
    required=True,
    shown_if=ShownIf("meal", "要"),
)
CAR = Field(key="car", label="車", kind="yes-no")
NOTES = Field(key="notes", label="備考", kind="text", least=2)
FIELDS = [NAME, AGE, DAY, MEAL, DISHES, CAR, NOTES]


def faults(**texts: str) -> list[tuple[str, str]]:
    values = [Filled(key, text) for key, text in texts.items()]
    return [tuple(each) for each in misfits_of_values(FIELDS, values)]  # type: ignore[misc] # pairs


def test_what_is_filled_in_as_asked_fits() -> None:
    assert faults(name="山田", age="45", day="2026-11-22", meal="要", dishes="和\n中") == []
    assert faults(name="山田", meal="不要", car="yes", notes="よろしく\nお願いします") == []


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("age", "四十", "not-a-number"),
        ("age", "-1", "below-least"),
        ("age", "121", "above-most"),
        ("day", "2026-11-31", "not-a-date"),
        ("day", "20261122", "not-a-date"),
        ("day", "2026-12-01", "above-most"),
        ("meal", "半分", "not-a-choice"),
        ("car", "はい", "not-a-choice"),
        ("notes", "x", "below-least"),
        ("age", "1" * 16, "not-a-number"),
    ],
)
def test_each_kind_says_what_does_not_fit_and_where(key: str, text: str, code: str) -> None:
    assert faults(name="山田", **{key: text}) == [("/1/text", code)]


def test_what_must_be_said_is_asked_for_only_where_it_is_shown() -> None:
    assert faults() == [("/-/name", "required")]
    assert faults(name="") == [("/0/text", "required")]
    assert faults(name="山田", meal="要") == [("/-/dishes", "required")]
    assert faults(name="山田", meal="不要", dishes="和") == [("/2/key", "not-asked")]


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked_either() -> None:
    fields = [
        Field(key="a", label="a", kind="yes-no"),
        Field(key="b", label="b", kind="line", shown_if=ShownIf("a", "yes")),
        Field(key="c", label="c", kind="line", required=True, shown_if=ShownIf("b", "x")),
    ]
    values = [Filled("a", "no"), Filled("b", "x")]
    assert [tuple(each) for each in misfits_of_values(fields, values)] == [("/1/key", "not-asked")]


def test_a_line_has_no_second_line_and_no_more_characters_than_it_may() -> None:
    assert faults(name="山\n田") == [("/0/text", "line-break")]
    assert faults(name="山" * 11) == [("/0/text", "above-most")]


def test_several_choices_are_each_taken_once_and_no_more_than_may_be() -> None:
    assert faults(name="山田", meal="要", dishes="和\n洋\n中") == [("/2/text", "above-most")]
    assert faults(name="山田", meal="要", dishes="和\n和") == [("/2/text", "not-a-choice")]


def test_an_unknown_question_and_one_answered_twice_are_named() -> None:
    values = [Filled("name", "山田"), Filled("name", "佐藤"), Filled("shoe", "26")]
    assert [tuple(m) for m in misfits_of_values(FIELDS, values)] == [
        ("/1/key", "twice"),
        ("/2/key", "unknown"),
    ]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ([NAME, NAME], ("/1/key", "twice")),
        ([Field(key="a", label="a", kind="choice")], ("/0/choices", "required")),
        ([Field(key="a", label="a", kind="line", choices=["x"])], ("/0/choices", "unexpected")),
        (
            [Field(key="a", label="a", kind="choice", choices=["x", "x"])],
            ("/0/choices", "twice-or-line-break"),
        ),
        ([Field(key="a", label="a", kind="number", least=2, most=1)], ("/0/most", "below-least")),
        ([DISHES, MEAL], ("/0/shown_if/field", "not-before")),
    ],
)
def test_a_form_that_makes_no_sense_is_not_made(
    fields: list[Field], fault: tuple[str, str]
) -> None:
    assert [tuple(each) for each in misfits_of_fields(fields)] == [fault]


def test_a_form_that_makes_sense_is() -> None:
    assert list(misfits_of_fields(FIELDS)) == []

"""A list of staff, as personnel offices write it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.reasons import Reason, Refused
from zone.conversation.staff_list import MAX_BYTES, read_staff_list

HEAD = "職員番号,氏名,フリガナ,所属,役職,電話番号,利用ネットワーク,権限\n"
LINE = "7,渡邉 葵,ワタナベ アオイ,総務部／人事課,主査,03-1,両方,call・phone\n"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp932"])
def test_it_is_read_in_the_charsets_there_are(charset: str) -> None:
    ((person,), faults) = read_staff_list((HEAD + LINE).encode(charset))
    assert faults == []
    assert (person.staff_number, person.said["name"]) == ("7", "渡邉 葵")
    assert person.orgs == ("総務部", "人事課")
    assert person.zones == ("internet", "lgwan")
    assert person.duties == ("call", "phone")


def test_columns_may_come_in_any_order_and_in_english() -> None:
    ((person,), _) = read_staff_list(b"name,number,unknown\nA,1,x\n")
    assert (person.said, person.staff_number) == ({"name": "A"}, "1")


def test_what_is_left_empty_is_not_said() -> None:
    ((person,), _) = read_staff_list((HEAD + "7,名前,,,,,,\n").encode())
    assert person.said == {"name": "名前"}
    assert (person.orgs, person.zones, person.duties) == ((), (), ())


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (",名前,,,,,,\n", "職員番号がありません"),
        ("8,,,,,,,\n", "氏名がありません"),
        ("7,別人,,,,,,\n", "2行目と同じ"),
        ("8,名前,,,,,庁内,\n", "利用ネットワーク"),
        (f"8,{'長' * 101},,,,,,\n", "氏名が長すぎます"),
    ],
)
def test_a_line_at_fault_is_named_and_the_others_are_read(line: str, what: str) -> None:
    people, (fault,) = read_staff_list((HEAD + LINE + line + "9,次,,,,,,\n").encode())
    assert [person.staff_number for person in people] == ["7", "9"]
    assert fault.line == 3
    assert what in fault.what


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"", Reason.MALFORMED),
        ("氏名\n名前\n".encode(), Reason.MALFORMED),
        (b"\xff\xfe\x00", Reason.MALFORMED),
        ((HEAD + '7,"名前,,,,,,\n').encode(), Reason.MALFORMED),
        (bytes(MAX_BYTES + 1), Reason.TOO_LARGE),
    ],
)
def test_what_is_no_list_is_refused(untrusted: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refusal:
        read_staff_list(untrusted)
    assert refusal.value.reason is reason


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@given(st.lists(st.tuples(st.integers(1, 999), CELLS), max_size=20))
def test_every_line_is_read_or_at_fault(lines: list[tuple[int, str]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["職員番号", "氏名"])
    writer.writerows(lines)
    people, faults = read_staff_list(file.getvalue().encode())
    assert len(people) + len(faults) == len(lines)
    assert len({person.staff_number for person in people}) == len(people)

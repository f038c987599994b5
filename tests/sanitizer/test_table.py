"""A table stays a table, and nothing in it computes."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer import intermediate
from sanitizer.check.check import CheckFailed, check_file
from sanitizer.decode.table import decode_table
from sanitizer.encode.table import encode_table
from sanitizer.jail import Jail
from sanitizer.outcome import Removed
from sanitizer.report import Report
from sanitizer.sanitize import sanitize_file

LIST = '課名,氏名,内線\n総務課,"髙橋, 一郎",-123\n福祉課,鈴木,+45.6%\n'


def rows(data: bytes, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


@pytest.mark.parametrize(
    ("encoding", "comes_out_in"),
    [
        ("cp932", "cp932"),
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-8-sig"),
    ],
)
def test_a_table_stays_readable_for_excel(jail: Jail, encoding: str, comes_out_in: str) -> None:
    outcome = sanitize_file(LIST.encode(encoding), name="名簿.csv", jail=jail)
    assert (outcome.media, outcome.name) == ("text/csv", "名簿.csv")
    assert rows(outcome.data, comes_out_in)[1] == ["総務課", "髙橋, 一郎", "-123"]
    assert Removed.FORMULA not in dict(outcome.receipt.removed)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "@SUM(1)",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "＝1",
        " =1",
        "\u3000＠x",
    ],
)
def test_no_cell_begins_like_a_formula(jail: Jail, cell: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow(["x", cell])
    outcome = sanitize_file(file.getvalue().encode(), name="x.csv", jail=jail)
    assert dict(outcome.receipt.removed) == {Removed.FORMULA: 1}
    encoding = "utf-8-sig" if outcome.data.startswith(b"\xef\xbb\xbf") else "cp932"
    assert rows(outcome.data, encoding) == [["x", f"'{cell}"]]


def test_tabs_separate_too(jail: Jail) -> None:
    outcome = sanitize_file("番号\t名\r\n1\t=A1\r\n".encode(), name="x.tsv", jail=jail)
    assert rows(outcome.data, "utf-8-sig") == [["番号", "名"], ["1", "'=A1"]]
    assert outcome.name == "x.csv"


@given(
    st.lists(
        st.lists(st.text(st.sampled_from("a1=+-@\"',\r\n\t 漢\u3000＝.%e")), max_size=4), max_size=4
    )
)
def test_whatever_the_cells_are_the_check_agrees_with_the_writer(table: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(table)
    encoding, *records = decode_table(file.getvalue().encode() or b" ", Report())
    assert isinstance(encoding, intermediate.IntermediateText)
    new_rows = [record for record in records if isinstance(record, intermediate.TableRow)]
    check_file("text/csv", encode_table(new_rows, encoding.text))


@pytest.mark.parametrize(
    "bad",
    [
        b"=1",
        b'"=1"',
        b"a,=1\r\n",
        b"a\r\n@x",
        b'"a',
        b'a"b',
        b"a\nb",
        "\ufeffa,＝1".encode(),
        b"\xef\xbb\xbf\xff",
        b"\x81",
    ],
)
def test_the_check_takes_no_other_table(bad: bytes) -> None:
    with pytest.raises(CheckFailed):
        check_file("text/csv", bad)

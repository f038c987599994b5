"""docs/reasons.md and the code know the same reasons, in the same order, in two languages."""

import re

import pytest

from tests.conftest import ROOT
from wire.reasons import Reason, Refused

TEXT = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| `")
]
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")


def test_every_reason_has_its_row_and_every_row_its_reason() -> None:
    assert [row[0].strip("`") for row in ROWS] == [reason.value for reason in Reason]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_it_means_and_what_to_do_in_both_languages(row: list[str]) -> None:
    _, meaning, imi, action, taisho = row
    for english in (meaning, action):
        assert english.rstrip("*").endswith(".")
        assert not JAPANESE.search(english)
    for japanese in (imi, taisho):
        assert JAPANESE.search(japanese)
    assert len({meaning, imi, action, taisho}) == 4


def test_a_refusal_says_its_reason_and_what_was_found() -> None:
    assert str(Refused(Reason.GAP)) == "gap"
    assert str(Refused(Reason.GAP, "event 7")) == "gap: event 7"

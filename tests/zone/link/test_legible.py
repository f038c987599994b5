"""What may be shown: the zone's list and the verify stage's are one, and share no code."""

import sys
import unicodedata
from itertools import chain, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.verify.characters import Characters
from zone.link.legible import is_legible

STAGE = Characters(private_use=True)
# Between the third plane and the fourteenth nothing has a name: there a few of each thousand.
EVERY = [
    chr(code)
    for code in chain(
        range(0x40000), range(0x40000, 0xE0000, 331), range(0xE0000, sys.maxunicode + 1)
    )
]
# One of everything that has a place, what it may stand beside, and what it may not.
PIECES = [
    *("a", "1", "葛", "辻", "か", "👍", "☎", "©", "が", "\n", "\t"),
    *("\u200d", "\ufe0f", "\u20e3", "\u3099", "\u0301", "\U000e0100", "\U000e0101", "\U000e01ef"),
    *("\u202e", "\ufe0e", "\u2800", "\ue000", "\U0001fbff", "\U0001faf0"),
]


def agree(text: str) -> bool:
    return all(
        is_legible(text, breaks=breaks) is STAGE.permit(text, breaks=breaks)
        for breaks in (True, False)
    )


def test_both_say_the_same_of_every_character() -> None:
    assert [
        char
        for char in EVERY
        if is_legible(char, breaks=False) is not STAGE.permit(char, breaks=False)
    ] == []


@pytest.mark.parametrize(("before", "behind"), [("葛", ""), ("👍", "👍"), ("か", "a")])
def test_both_say_the_same_of_what_stands_beside_another(before: str, behind: str) -> None:
    # Letters stand anywhere, which the test above has seen, and what has no name nowhere.
    placed = [char for char in EVERY if unicodedata.category(char)[0] in "MCZ"]
    placed = [char for char in placed if unicodedata.category(char) not in ("Cn", "Co", "Cs")]
    assert [char for char in placed if not agree(f"{before}{char}{behind}")] == []


def test_both_say_the_same_of_all_that_has_a_place_in_all_places() -> None:
    texts = ["".join(pieces) for pieces in product(PIECES, repeat=3)]
    assert [text for text in texts if not agree(text)] == []


@given(st.text(st.sampled_from(PIECES) | st.characters(), max_size=40))
def test_both_say_the_same_of_any_text(text: str) -> None:
    assert agree(text)


@pytest.mark.parametrize("number", [30, 31, 400])
def test_both_count_marks_alike(number: int) -> None:
    text = "か" + "\u0323" * number
    assert agree(text)
    assert is_legible(text, breaks=False) is (number <= 30)


@pytest.mark.parametrize(
    "text",
    [
        "承認\u202eし\u202cません",
        "見え\u200bない",
        "改\u2028行",
        "\U000e0041",
        "a\x00b",
        "\ud800",
        "\u3164",
        "か\u3099",
        "葛\U000e01ef",
    ],
)
def test_what_cannot_be_seen_is_not_shown(text: str) -> None:
    assert not is_legible(text, breaks=True)


def test_a_line_has_no_breaks_and_a_paragraph_may() -> None:
    assert is_legible("一\n二\t三", breaks=True)
    assert not is_legible("一\n二", breaks=False)
    assert not is_legible("é\t", breaks=False)

"""One picture is one reaction and one icon, however a telephone writes it."""

import json
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from wire.emoji import PICTURED, STYLED
from wire.text import normalise_text
from zone.conversation.pictures import one_spelling


@pytest.mark.parametrize(
    ("spellings", "is_one"),
    [
        (["❤", "❤\ufe0f"], "❤\ufe0f"),
        (["👍", "👍\ufe0f"], "👍"),
        (["⚡", "⚡\ufe0f"], "⚡"),
        (["☝🏽", "☝\ufe0f🏽"], "☝🏽"),
        (["👩\u200d❤\u200d👨", "👩\u200d❤\ufe0f\u200d👨"], "👩\u200d❤\ufe0f\u200d👨"),
        (["👨\u200d👩\u200d👧"], "👨\u200d👩\u200d👧"),
        (["🏳\ufe0f\u200d🌈", "🏳\u200d🌈"], "🏳\ufe0f\u200d🌈"),
        (["㊙", "㊙\ufe0f"], "㊙"),
        (["©", "©\ufe0f"], "©"),
        (["1\ufe0f\u20e3"], "1\ufe0f\u20e3"),
        (["了解", "了\u200b解"], "了解"),
    ],
)
def test_all_spellings_of_a_picture_are_one(spellings: list[str], is_one: str) -> None:
    assert {one_spelling(spelling) for spelling in spellings} == {is_one}


_PIECES = st.sampled_from([*"❤👍⚡☝👩👨🏽㊙©あa1", "\ufe0f", "\u200d", "\u20e3"])


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_what_is_spelt_so_is_spelt_so_again_and_crosses_as_it_is(text: str) -> None:
    once = one_spelling(text)
    assert one_spelling(once) == once
    assert normalise_text(once).text == once


@pytest.mark.needs("node")
def test_what_is_drawn_as_a_picture_by_itself_is_what_unicode_says() -> None:
    styled = [char for char in map(chr, range(0x1FFFF)) if re.match(f"[{STYLED}]", char)]
    program = (
        "const of = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(of.filter((one) => /^\\p{Emoji_Presentation}$/u.test(one))))"
    )
    done = subprocess.run(
        ["node", "-e", program],
        input=json.dumps(styled),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert [one for one in styled if re.match(f"[{PICTURED}]", one)] == json.loads(done.stdout)

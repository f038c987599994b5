"""What a text looks like after it has been made fit to cross (threats T22 and T23)."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.sentences import sentences
from wire import text
from wire.removed import REMOVED
from wire.text import GETA, Gaiji, normalise_text

# Characters that mean something only together, so that random texts hit the rules between them.
DELICATE = st.sampled_from(
    "葛辻神あかア1#a©❤👩👧🏳🏽\u200d\ufe0f\ufe0e\u20e3\U000e0100\U000e0101\U000e0110\u3099\u0301"
    "\u0327\u0338\u0344↔\ufa19\u202e\u200b\u2065\r\n\u2028\ue000\ufdd0\ud800가\u11a8\U000e0041"
)
ANYTHING = st.text(st.characters(codec=None) | DELICATE, max_size=60) | st.text(DELICATE)
GAIJI = st.sampled_from(["keep", "replace", "hold"])


@pytest.mark.parametrize(
    "plain",
    [
        "葛\U000e0100飾区",  # 葛󠄀飾区
        "辻\U000e0100さん",  # 辻󠄀さん
        "髙橋 﨑田 濵田 𠮷野家",
        "①②③ ㈱ ㍻ ﾊﾝｶｸ ～〜 −－ ー一— ％＆",
        "うなずく 🙂‍↕️ 家族 👨‍👩‍👧‍👦 と 🧑🏻‍❤️‍💋‍🧑🏼 と 🏳️‍🌈 と 🕵🏽‍♂️",
        "❤️ ☎️ ©️ 1️⃣ #️⃣ 👍🏽 🇯🇵",
        "🫨🩷",  # newer than the Unicode of Python 3.11
        "か゚ ト゚ セ゚ ㇷ゚",  # nasal か and Ainu, with a combining mark
        "tab\tand\nline",
        "",
    ],
)
def test_what_people_write_stays_as_it_is(plain: str) -> None:
    written = unicodedata.normalize("NFC", plain)
    assert normalise_text(written) == text.Normalised(written, {}, held=False)


def test_none_of_5000_sentences_of_a_town_hall_is_altered() -> None:
    written = sentences()
    assert len(set(written)) == 5_000
    assert [
        each for each in written if normalise_text(each) != text.Normalised(each, {}, False)
    ] == []


@pytest.mark.parametrize(
    ("written", "shown", "removed"),
    [
        ("report\u202egpj.exe", "reportgpj.exe", {"bidi": 1}),
        ("\u2067a\u2069\u200f\u061c", "a", {"bidi": 4}),
        ("pay\u200bpal\ufeff\u00ad\u2060", "paypal", {"invisible": 4}),
        ("\u3164\uffa0\u115f\u2800\u180e\u034f", "", {"invisible": 6}),
        ("x\U000e0068\U000e0069", "x", {"tag": 2}),
        ("\x1b[31mred\x00\x7f\x9b\x0b", "[31mred", {"control": 5}),
        ("a\ufffe\ufdd0\U0010ffff", "a", {"noncharacter": 3}),
        ("a\u0378\U000e0fff", "a", {"unassigned": 2}),
        ("a\ud800", "a", {"surrogate": 1}),
        ("\ufff9漢\ufffaかん\ufffb", "漢かん", {"annotation": 3}),
        ("葛\U000e0110飾", "葛飾", {"variation": 1}),  # not registered
        ("葛\U000e0100\U000e0101飾", "葛\U000e0100飾", {"variation": 1}),  # one is enough
        ("a\U000e0100 \U000e0100", "a ", {"variation": 2}),
        ("a\ufe0f\ufe0e1\ufe0f😀\ufe0f", "a1😀", {"variation": 4}),
        ("a\u200db👩\u200d", "ab👩", {"joiner": 2}),
        ("©\u200d👩\u200d㊗", "©👩㊗", {"joiner": 2}),
        ("👩\u200d👧\u200d👩\u200d👧\u200d👩", "👩\u200d👧\u200d👩\u200d👧👩", {"joiner": 1}),
        ("\ufa19社", "神社", {"compatibility-ideograph": 1}),  # 神, as NFC has it
        ("\ue000\U000f0000\U00100000", GETA * 3, {"private-use": 3}),
        ("か\u200b\u3099", "が", {"invisible": 1}),
        ("x" + "\u0301" * 9, "x" + "\u0301" * 4, {"marks": 5}),
    ],
)
def test_what_does_not_show_is_taken_out_and_counted(
    written: str, shown: str, removed: dict[str, int]
) -> None:
    found = normalise_text(written)
    assert (found.text, dict(found.removed), found.held) == (shown, removed, False)
    assert removed.keys() <= set(REMOVED)  # so that a receipt can say it


@pytest.mark.parametrize(
    ("written", "normal"),
    [("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"), ("か\u3099", "が"), ("\u212b", "Å")],
)
def test_another_way_to_write_the_same_is_no_removal(written: str, normal: str) -> None:
    assert normalise_text(written) == text.Normalised(normal, {}, held=False)


@pytest.mark.parametrize("written", ["x\u0323", "x" + "\u0323" * 4, "ā́ḗī́ṓū́", "ĀĀĀĀĀĀ"])
def test_marks_may_stand_on_one_another(written: str) -> None:
    assert normalise_text(written).removed == {}


@pytest.mark.parametrize("mark", ["\u0301", "\u0323", "\u0489", "\u0301\u0327"])
def test_a_tower_of_marks_is_cut_to_four(mark: str) -> None:
    found = normalise_text("x" + mark * (10_000 // len(mark)) + "y")
    marks = [char for char in found.text if unicodedata.category(char) in ("Mn", "Me")]
    assert len(marks) <= text.MAX_MARKS
    assert found.removed == {"marks": 10_000 - text.MAX_MARKS}


@pytest.mark.parametrize(
    ("gaiji", "shown", "held"), [("keep", "\ue000", False), ("hold", "\ue000", True)]
)
def test_private_characters_are_kept_where_the_policy_says_so(
    gaiji: Gaiji, shown: str, held: bool
) -> None:
    assert normalise_text("\ue000", gaiji=gaiji) == text.Normalised(shown, {}, held)
    assert not normalise_text("外字", gaiji=gaiji).held


@given(ANYTHING, GAIJI)
def test_what_is_normal_stays_as_it_is(written: str, gaiji: Gaiji) -> None:
    once = normalise_text(written, gaiji=gaiji)
    assert normalise_text(once.text, gaiji=gaiji) == text.Normalised(once.text, {}, once.held)


@given(ANYTHING)
def test_nothing_invisible_is_ever_left(written: str) -> None:
    left = normalise_text(written).text
    assert unicodedata.is_normalized("NFC", left)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
        "\ufe00-\ufe0e\ufeff\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\U000e0000-\U000e00ff]",
        left,
    )
    for found in re.finditer("[\U000e0100-\U000e01ef]", left):
        assert "\u3400" <= left[found.start() - 1] <= "\U000323af"


def test_what_passes_at_a_glance_needs_no_second_look() -> None:
    """Every character of the fast path is assigned, visible, no mark, and stable under NFC."""
    for char in map(chr, range(sys.maxunicode + 1)):
        if text._SUSPECTS.match(char) is None:
            assert text._class_of(char) is None
            assert unicodedata.category(char)[0] not in "MZC" or char in "\n\t \xa0　"
            assert unicodedata.is_normalized("NFC", "あ" + char)

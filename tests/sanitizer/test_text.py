"""Text comes out as UTF-8 with every character that can be seen, and no other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer import charset
from sanitizer.check.check import CheckFailed, check_file
from sanitizer.decode.text import visible_text
from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, Removed
from sanitizer.report import Report
from sanitizer.sanitize import sanitize_file

LETTER = "お知らせ\n本日、第２庁舎の窓口は午後５時までです。\n担当：総務課 髙橋（内線123）\n"
ENCODINGS = ["utf-8", "utf-8-sig", "cp932", "euc_jis_2004", "iso2022_jp_ext", "utf-16"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_japanese_letter_is_read_whatever_its_encoding(jail: Jail, encoding: str) -> None:
    letter = LETTER if encoding in {"utf-8", "cp932", "utf-16"} else LETTER.replace("髙", "高")
    outcome = sanitize_file(letter.encode(encoding), name="お知らせ.txt", jail=jail)
    assert outcome.media == "text/plain"
    assert outcome.name == "お知らせ.txt"
    assert outcome.data.decode("utf-8") == letter.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("hidden", "removed"),
    [
        ("\u202e", Removed.BIDI_CONTROLS),
        ("\u2066", Removed.BIDI_CONTROLS),
        ("\u200b", Removed.INVISIBLE_CHARACTERS),
        ("\u200d", Removed.INVISIBLE_CHARACTERS),
        ("\u3164", Removed.INVISIBLE_CHARACTERS),
        ("\ufe00", Removed.INVISIBLE_CHARACTERS),
        ("\U000e0041", Removed.TAG_CHARACTERS),
        ("\x1b", Removed.CONTROL_CHARACTERS),
        ("\x00", Removed.CONTROL_CHARACTERS),
        ("\x9b", Removed.CONTROL_CHARACTERS),
        ("\U0010fffd", Removed.CONTROL_CHARACTERS),
    ],
)
def test_what_cannot_be_seen_is_removed_and_counted(
    jail: Jail, hidden: str, removed: Removed
) -> None:
    outcome = sanitize_file(f"支払{hidden}先は\nこちら".encode(), name="x.txt", jail=jail)
    assert outcome.data.decode() == "支払先は\r\nこちら"
    assert outcome.receipt.removed == ((removed, 1),)


@pytest.mark.parametrize(
    "kept", ["葛\U000e0100城市", "👨\u200d👩\u200d👧", "❤\ufe0f", "\ue000", "ｶﾞ", "1\ufe0f\u20e3"]
)
def test_what_japanese_and_emoji_need_is_kept(kept: str) -> None:
    report = Report()
    assert visible_text(kept, report) == kept
    assert not report.removed
    check_file("text/plain", kept.encode())


def test_line_ends_carry_no_message() -> None:
    assert visible_text("a\r\nb\rc\nd\u2028e\x85f", Report()) == "a\nb\nc\nd\ne\nf"


# Where one rule looks at its neighbours, and another may take these away.
AWKWARD = st.sampled_from(
    "a1葛😀👨❤©\u200b\u200c\u200d\ufe0f\ufe00\U000e0100\U000e0041\u2066\0\r\n\u2028\ufeff"
    "\u3164\ufe0e\U0002fffe"
)


@given(st.text() | st.text(AWKWARD))
@settings(max_examples=1000)
def test_what_is_visible_to_us_passes_the_check(text: str) -> None:
    check_file("text/plain", visible_text(text, Report()).replace("\n", "\r\n").encode())


@given(
    st.text(alphabet=st.characters(codec="utf-8", categories=["Cf", "Cc", "Zl", "Zp"]), min_size=1)
)
def test_the_check_sees_what_is_invisible(hidden: str) -> None:
    if set(hidden) <= set(
        "\t\n\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    ):
        return  # controls of other scripts that draw something
    text = hidden.replace("\n", "\r\n")
    if visible_text(hidden, Report()) != hidden:
        with pytest.raises(CheckFailed):
            check_file("text/plain", text.encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_not_and_nothing_worse(untrusted: bytes) -> None:
    text = charset.decode(untrusted)
    assert text is None or isinstance(text, str)


def test_bytes_that_are_no_text_are_not_taken_for_text(jail: Jail) -> None:
    outcome = sanitize_file(bytes(range(256)) * 4, name="x.txt", jail=jail)
    assert outcome.reason is FileReason.UNKNOWN_KIND


def test_a_web_page_is_no_text(jail: Jail) -> None:
    outcome = sanitize_file(b"  <!DOCTYPE html><script>x</script>", name="x.txt", jail=jail)
    assert outcome.reason is FileReason.KIND_MISMATCH

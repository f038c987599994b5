"""What a file is called on a screen (threat T26)."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.fields import MAX_NAME
from wire.text import EXTENSIONS, UNKNOWN_EXTENSION, extension_of, file_name, normalise_text

PNG = "image/png"


@pytest.mark.parametrize(
    ("untrusted", "shown"),
    [
        ("図面.png", "図面.png"),
        ("葛\U000e0100飾区_辻\U000e0100.png", "葛\U000e0100飾区_辻\U000e0100.png"),
        ("表.txt", "表.png"),  # 0x5C is the second byte of 表 in CP932
        ("ﾌｧｲﾙ.PNG", "ﾌｧｲﾙ.png"),
        ("フ\u3099ロク\u3099.png", "ブログ.png"),  # as macOS writes it
        ("議事録.2024", "議事録.2024.png"),
        ("見積 v1.2.xlsx", "見積 v1.2.png"),
        ("../../etc/passwd", "_.._etc_passwd.png"),
        ("..／..＼etc", "_.._etc.png"),
        ("/absolute", "_absolute.png"),
        ("C:\\Windows\\a.exe", "C__Windows_a.png"),
        ("a:stream", "a_stream.png"),
        ("a¥b￥c", "a_b_c.png"),
        ("a\0b\nc\td", "ab_c_d.png"),
        ("report\u202egnp.exe", "reportgnp.png"),
        ("a\u200b\ufeff\U000e0041.png", "a.png"),
        ("\ue000.png", "〓.png"),
        (".htaccess", "htaccess.png"),
        ("-rf", "rf.png"),
        ("－rf", "rf.png"),
        ("name. . ", "name.png"),
        ("CON", "_CON.png"),
        ("nul.tar", "_nul.png"),
        ("Com1 .x.y", "_Com1 .x.png"),
        ("lpt².png", "_lpt².png"),
        ("console.png", "console.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("　", "file.png"),
        (".png", "file.png"),
        ("あ" * 200, "あ" * 96 + ".png"),
        ("e" * 94 + "👩\u200d👧", "e" * 94 + "👩.png"),
    ],
)
def test_a_name_is_shown_so(untrusted: str, shown: str) -> None:
    assert file_name(untrusted, PNG) == shown


@pytest.mark.parametrize(("media", "extension"), EXTENSIONS.items())
def test_a_name_ends_as_the_file_is(media: str, extension: str) -> None:
    assert file_name("invoice.exe", media) == f"invoice.{extension}"


@pytest.mark.parametrize("media", ["", "application/octet-stream", "x", "image/png/../exe"])
def test_what_is_unknown_opens_nothing(media: str) -> None:
    assert extension_of(media) == UNKNOWN_EXTENSION


def test_a_media_type_may_have_parameters() -> None:
    assert extension_of("Text/Plain; charset=UTF-8") == "txt"


DELICATE = st.sampled_from("./\\:-_ 　\u202e\u200d\ufe0f\U000e0100葛👩a1\n¥／.conCOM1.png")
NAMES = st.text(st.characters(codec=None) | DELICATE) | st.text(DELICATE, max_size=120)


@given(NAMES, st.sampled_from(sorted(EXTENSIONS)))
def test_any_name_is_harmless_and_stays_what_it_is(untrusted: str, media: str) -> None:
    shown = file_name(untrusted, media)
    assert 0 < len(shown) <= MAX_NAME
    assert shown.endswith(f".{EXTENSIONS[media]}")
    assert shown[0] not in ".- \u3000"
    assert not set(shown) & set('/\\:*?"<>|\n\t\0¥￥／＼')
    assert normalise_text(shown).text == shown
    assert unicodedata.is_normalized("NFC", shown)
    assert file_name(shown, media) == shown


@given(NAMES)
def test_no_name_leads_out_of_a_folder(untrusted: str) -> None:
    assert Path(file_name(untrusted, PNG)).name == file_name(untrusted, PNG)

"""An Outlook message becomes the mail it would have been, with its attachments treated as files."""

import email
import email.policy
import struct
from base64 import b64decode
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, Outcome, Removed
from sanitizer.sanitize import sanitize_file
from tests.sanitizer import test_mail
from tests.sanitizer.ole_file import ole_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient

Tree = dict[str, "bytes | Tree"]
FIRST = datetime(1601, 1, 1, tzinfo=UTC)
SENT = datetime(2026, 9, 1, tzinfo=UTC)


def wide(tag: int, text: str) -> Tree:
    return {f"__substg1.0_{tag:04X}001F": text.encode("utf-16-le")}


def fixed(head_bytes: int, *properties: tuple[int, int, bytes]) -> Tree:
    entries = (struct.pack("<HHI8s", kind, tag, 6, value) for kind, tag, value in properties)
    return {"__properties_version1.0": bytes(head_bytes) + b"".join(entries)}


def person(number: int, name: str, address: str, kind: int) -> Tree:
    storage: Tree = {
        **wide(0x3001, name),
        **wide(0x39FE, address),
        **fixed(8, (3, 0x0C15, struct.pack("<Q", kind))),
    }
    return {f"__recip_version1.0_#{number:08X}": storage}


def attachment(number: int, name: str, data: "bytes | Tree") -> Tree:
    tag = "__substg1.0_3701000D" if isinstance(data, dict) else "__substg1.0_37010102"
    return {f"__attach_version1.0_#{number:08X}": {**wide(0x3707, name), **fixed(8), tag: data}}


def message(body: str, *more: Tree, head_bytes: int = 32) -> Tree:
    ticks = int((SENT - FIRST).total_seconds()) * 10_000_000
    tree: Tree = {
        **wide(0x0037, "予算について"),
        **wide(0x0C1A, "髙橋 一郎"),
        **wide(0x5D01, "takahashi@example.jp"),
        **wide(0x1000, body),
        **fixed(head_bytes, (0x40, 0x0039, struct.pack("<Q", ticks))),
    }
    for each in more:
        tree |= each
    return tree


def redrawn(jail: Jail, data: bytes) -> tuple[Outcome, EmailMessage]:
    return test_mail.redrawn(jail, data, "件名.msg")


def words(mail: EmailMessage) -> str:
    return test_mail.words(mail).strip()


def test_who_when_what_and_the_words_are_kept(jail: Jail) -> None:
    people = (
        person(0, "鈴木", "suzuki@example.jp", 1),
        person(1, "佐藤", "sato@example.jp", 2),
        person(2, "秘書", "hisho@example.jp", 3),
    )
    _, mail = redrawn(jail, ole_file(message("窓口は午後五時までです。", *people)))
    assert str(mail["Subject"]) == "予算について"
    assert str(mail["From"]) == "髙橋 一郎 <takahashi@example.jp>"
    assert (str(mail["To"]), str(mail["Cc"])) == (
        "鈴木 <suzuki@example.jp>",
        "佐藤 <sato@example.jp>",
    )
    assert "hisho" not in str(mail)
    assert mail["Date"].datetime == SENT
    assert words(mail) == "窓口は午後五時までです。"


def test_attachments_are_treated_as_files(jail: Jail) -> None:
    photo = encoded(gradient(), "JPEG", exif=exif_with_gps())
    parts = attachment(0, "写真.jpg", photo), attachment(1, "悪い.exe", b"MZ\0" + CANARY * 9)
    outcome, mail = redrawn(jail, ole_file(message("写真です", *parts)))
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["写真.jpg", "無害化結果.txt"]
    assert CANARY not in outcome.data
    assert {Removed.GPS, Removed.MEMBER} <= set(dict(outcome.receipt.removed))


def test_a_message_in_a_message_is_treated_too(jail: Jail) -> None:
    inner = message("内側", attachment(0, "a.txt", b"x"), head_bytes=24)
    _, mail = redrawn(jail, ole_file(message("外側", attachment(0, "転送", inner))))
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "message/rfc822"
    encoded_within = attached.get_content().get_payload().encode()
    nested = email.message_from_bytes(b64decode(encoded_within), policy=email.policy.default)
    assert isinstance(nested, EmailMessage)
    assert words(nested) == "内側"
    assert [part.get_filename() for part in nested.iter_attachments()] == ["a.txt"]


def test_an_ole_object_stays_behind(jail: Jail) -> None:
    drawing: Tree = {"\x01Ole10Native": CANARY}
    outcome, mail = redrawn(jail, ole_file(message("図", attachment(0, "図", drawing))))
    assert list(mail.iter_attachments()) == []
    assert dict(outcome.receipt.removed) == {Removed.EMBEDDED_FILE: 1}


def test_messages_too_deep_within_each_other_are_refused(jail: Jail) -> None:
    tree = message("底", head_bytes=24)
    for _ in range(5):
        tree = message("中", attachment(0, "転送", tree), head_bytes=24)
    data = ole_file(message("外", attachment(0, "転送", tree)))
    assert sanitize_file(data, name="x.msg", jail=jail).reason is FileReason.TOO_DEEP


@pytest.mark.parametrize("size", [600, 1500, 3000])
def test_a_message_that_breaks_off_is_refused(jail: Jail, size: int) -> None:
    whole = ole_file(message("本文" * 4000))
    assert sanitize_file(whole[:size], name="x.msg", jail=jail).state == "refused"


def test_an_attachment_in_outlooks_own_form_is_refused_by_name(jail: Jail) -> None:
    outcome = sanitize_file(b"\x78\x9f\x3e\x22" + bytes(60), name="winmail.dat", jail=jail)
    assert outcome.reason is FileReason.NOT_SUPPORTED
    assert "winmail.dat" in outcome.receipt.sentence("ja")


def test_real_messages_are_read(jail: Jail, corpus: Path) -> None:
    seen = 0
    for path in sorted((corpus / "poi").glob("*.msg")):
        outcome = sanitize_file(path.read_bytes(), name=path.name, jail=jail)
        if path.name.startswith("clusterfuzz"):
            continue
        assert not outcome.reason, (path.name, outcome.reason)
        seen += 1
    assert seen

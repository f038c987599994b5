"""A mail keeps its words and its attachments, rebuilt, and nothing a mail program acts on."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.mail import encode_mail
from sanitizer.intermediate import IntermediateText, Member, TableRow
from sanitizer.jail import Jail
from sanitizer.outcome import Kept, Outcome, Removed
from sanitizer.profile import Profile
from sanitizer.rules import ContentRules, LinkRules, Links
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient


def message(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "髙橋 一郎 <takahashi@example.jp>"
    mail["To"] = "b@example.jp, 鈴木 <c@example.jp>"
    mail["Subject"] = "お知らせ：令和八年度の予算について、とても長い件名のメールです"
    mail["Date"] = "Tue, 01 Sep 2026 09:00:00 +0900"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    return mail


def redrawn(jail: Jail, data: bytes, name: str = "件名.eml") -> tuple[Outcome, EmailMessage]:
    outcome = sanitize_file(data, name=name, jail=jail)
    assert outcome.state != "refused", outcome.reason
    assert (outcome.media, outcome.name) == ("message/rfc822", "件名.eml")
    mail = email.message_from_bytes(outcome.data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return outcome, mail


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_headers_and_words_are_kept(jail: Jail) -> None:
    mail = message()
    mail.set_content("本日、窓口は午後５時までです。\n")
    outcome, new = redrawn(jail, bytes(mail))
    assert outcome.state == "clean"
    for header in ("From", "To", "Subject", "Date"):
        assert str(new[header]) == str(mail[header])
    assert words(new).replace("\r\n", "\n") == "本日、窓口は午後５時までです。\n"


def test_old_japanese_mail_is_read(jail: Jail) -> None:
    raw = b"From: a@example.jp\r\nSubject: =?iso-2022-jp?B?GyRCJCpDTiRpJDsbKEI=?=\r\n"
    raw += b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    _, new = redrawn(jail, raw + "半角ではない本文です。\r\n".encode("iso-2022-jp"))
    assert str(new["Subject"]) == "お知らせ"
    assert "本文です" in words(new)


def test_html_gives_its_words(jail: Jail) -> None:
    mail = message()
    html = "<style>x{}</style><p>窓口は<b>５時</b>まで</p><script>evil()</script>"
    mail.set_content(f'{html}<img src="http://192.0.2.1/beacon.png">', subtype="html")
    outcome, new = redrawn(jail, bytes(mail))
    assert words(new).strip() == "窓口は５時まで"
    assert Removed.HTML in dict(outcome.receipt.removed)


def test_attachments_are_treated_as_files(jail: Jail) -> None:
    mail = message(X_Tracker=CANARY.decode(), Disposition_Notification_To="spy@example.com")
    mail.set_content("写真です")
    photo = encoded(gradient(), "JPEG", exif=exif_with_gps())
    mail.add_attachment(photo, maintype="image", subtype="jpeg", filename="写真.jpg")
    mail.add_attachment(b"MZ\x90\0" + CANARY * 9, maintype="a", subtype="b", filename="悪い.exe")
    outcome, new = redrawn(jail, bytes(mail))
    names = [part.get_filename() for part in new.iter_attachments()]
    assert names == ["写真.jpg", "無害化結果.txt"]
    assert CANARY not in outcome.data
    removed = dict(outcome.receipt.removed)
    assert removed[Removed.METADATA] == 2
    assert removed[Removed.MEMBER] == 1


@pytest.mark.parametrize("length", range(1, 34))
def test_a_subject_of_any_length_passes_the_check(length: int) -> None:
    check_file(
        "message/rfc822",
        encode_mail([TableRow(("header", "Subject", "a" * length)), IntermediateText("\n")]),
    )


def test_where_a_link_leads_is_told_behind_its_words(jail: Jail) -> None:
    html = (
        '<p><a href="https://example.com/a">窓口</a>と<a href="https://example.com/b">'
        'https://example.com/b</a>と<a href="javascript:evil()">悪</a></p>'
    )
    mail = message()
    mail.set_content(html, subtype="html")
    outcome, new = redrawn(jail, bytes(mail))
    assert words(new).strip() == "窓口 <https://example.com/a>とhttps://example.com/bと悪"
    assert dict(outcome.receipt.kept) == {Kept.LINK: 2}
    assert dict(outcome.receipt.removed)[Removed.LINK] == 1
    text_only = Profile(rules=ContentRules(links=LinkRules(Links.TEXT)))
    outcome = sanitize_file(bytes(mail), name="x.eml", jail=jail, profile=text_only)
    assert dict(outcome.receipt.removed)[Removed.LINK] == 3


def test_a_mail_in_a_mail_is_treated_too(jail: Jail) -> None:
    inner, outer = message(), message()
    inner.set_content("内側")
    inner.add_attachment(b"x", maintype="text", subtype="plain", filename="内.txt")
    outer.set_content("外側")
    outer.add_attachment(inner)
    _, new = redrawn(jail, bytes(outer))
    (attached,) = new.iter_attachments()
    assert attached.get_content_type() == "message/rfc822"


OURS = encode_mail(
    [
        TableRow(("address", "From", "髙橋", "a@example.jp")),
        TableRow(("header", "Subject", "件名")),
        IntermediateText("本文\n"),
        Member("text/plain:あ.txt", b"x\r\n"),
    ]
)


def test_the_check_takes_what_we_write() -> None:
    check_file("message/rfc822", OURS)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        OURS + b"x",
        OURS[:-1],
        b"X-Evil: 1\r\n" + OURS,
        OURS.replace(b"MIME-Version", b"X-A: b\r\nMIME-Version"),
        OURS.replace(b"text/plain; charset", b"text/html; charset"),
        OURS.replace(b"Content-Type: text/plain\r\n", b"Content-Type: text/html\r\n"),
        OURS.replace(b"%E3%81%82.txt", b"..%2Fa.txt"),
        OURS.replace(b"%E3%81%82.txt", b"%E3%81%82.html"),
        OURS.replace(b"%E3%81%82.txt", b"%e3%81%82.txt"),
        OURS.replace(b"a@example.jp", b"a@exa mple.jp"),
        OURS.replace(b"eA0K", b"eA0=").replace(b"base64", b"quoted-printable", 1),
        OURS.replace(b"eA0K", b"eA0\r\nK"),
    ],
)
def test_the_check_takes_no_other_mail(bad: bytes) -> None:
    assert bad != OURS
    with pytest.raises(CheckFailed):
        check_file("message/rfc822", bad)


def in_mail(media: str, data: bytes) -> bytes:
    extension = {"text/plain": "txt", "application/zip": "zip", "message/rfc822": "eml"}[media]
    return encode_mail([IntermediateText("本文\n"), Member(f"{media}:a.{extension}", data)])


def in_archive(media: str, data: bytes) -> bytes:
    extension = {"text/plain": "txt", "application/zip": "zip", "message/rfc822": "eml"}[media]
    return encode_archive([Member(f"a.{extension}", data)])


@pytest.mark.parametrize("layers", ["mmmm", "aaaa", "mama", "amam"])
def test_mails_and_archives_lie_in_each_other_four_deep_and_no_deeper(layers: str) -> None:
    wraps = {"m": ("message/rfc822", in_mail), "a": ("application/zip", in_archive)}
    media, data = "text/plain", b"x\r\n"
    for letter in layers:
        outer, wrap = wraps[letter]
        media, data = outer, wrap(media, data)
        check_file(media, data)
    for outer, wrap in wraps.values():
        with pytest.raises(CheckFailed):
            check_file(outer, wrap(media, data))

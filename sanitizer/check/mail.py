"""A mail is few headers in one order, one text, and attachments that pass the check themselves."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from sanitizer.check.text import check_characters, check_text
from sanitizer.check.verdict import CheckFailed, need

MAX_DEPTH = 4
_WORD = rb"=\?utf-8\?B\?([A-Za-z0-9+/]{4,80}={0,2})\?="
_WORDS = _WORD + rb"(?:\r\n " + _WORD + rb")*"
_ADDRESS = rb"(?:" + _WORDS + rb" )?<[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,255}>"
_ADDRESSES = _ADDRESS + rb"(?:,\r\n " + _ADDRESS + rb")*\r\n"
_HEAD = re.compile(
    rb"(?:From: " + _ADDRESSES + rb")?(?:To: " + _ADDRESSES + rb")?(?:Cc: " + _ADDRESSES + rb")?"
    rb"(?:Subject: " + _WORDS + rb"\r\n)?"
    rb"(?:Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}\r\n)?"
    rb'MIME-Version: 1\.0\r\nContent-Type: multipart/mixed; boundary="=_sanitizer"\r\n\r\n'
)  # fmt: skip
_EACH_WORD = re.compile(_WORD)
_BOUNDARY = b"--=_sanitizer"
_TEXT = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
_ATTACHMENT = re.compile(
    rb"Content-Type: ([a-z0-9.\-/]{1,100})\r\nContent-Disposition: attachment;\r\n"
    rb" filename\*=utf-8''([A-Za-z0-9%_.~\-]{1,1000})\r\n"
    rb"Content-Transfer-Encoding: base64\r\n\r\n"
)

Checks = Mapping[str, Callable[[bytes], object]]


def check_mail(untrusted: bytes, checks: Checks, depth: int = 1) -> None:
    """Raise `CheckFailed` unless this is a mail as we write them; `checks`: by media type."""
    need(depth <= MAX_DEPTH, "mails in mails")
    head = _HEAD.match(untrusted)
    if head is None:
        raise CheckFailed("headers")
    for word in _EACH_WORD.finditer(head[0]):
        _check_name(_exact(word[1]))
    first, *parts = untrusted[head.end() :].split(_BOUNDARY)
    need(first == b"" and len(parts) >= 2 and parts[-1] == b"--\r\n", "parts")
    need(parts[0].startswith(b"\r\n" + _TEXT), "the first part is no text")
    check_text(_contents(parts[0][2 + len(_TEXT) :]))
    for part in parts[1:-1]:
        _check_attachment(part, checks, depth)


def _check_attachment(part: bytes, checks: Checks, depth: int) -> None:
    attachment = _ATTACHMENT.match(part, 2)
    if attachment is None or not part.startswith(b"\r\n"):
        raise CheckFailed("head of an attachment")
    media, name = attachment[1].decode("ascii"), attachment[2].decode("ascii")
    need(quote(unquote(name), safe="") == name, "name of an attachment")
    _check_name(unquote(name).encode())
    data = _contents(part[attachment.end() :])
    if media == "message/rfc822":
        check_mail(data, checks, depth + 1)
    else:
        need(media in checks, "an attachment of a kind there is no grammar for")
        checks[media](data)


def _check_name(raw: bytes) -> None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckFailed("words that are no text") from None
    need(not any(c in text for c in "\r\n\t/\\"), "a line end or a path in a name")
    check_characters(text)


def _contents(lines: bytes) -> bytes:
    """Return what a part holds, if it is laid out as ours are: lines of 76, the last shorter."""
    text = lines.replace(b"\r\n", b"")
    laid_out = b"".join(text[at : at + 76] + b"\r\n" for at in range(0, len(text), 76))
    need(lines == laid_out, "layout of a part")
    return _exact(text)


def _exact(text: bytes) -> bytes:
    """Return what `text` encodes, if that can be written in no other way."""
    try:
        data = b64decode(text, validate=True)
    except binascii.Error:
        raise CheckFailed("base64") from None
    need(b64encode(data) == text, "base64 with something left over")
    return data

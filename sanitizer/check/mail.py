"""A mail is few headers in one order, one text, and attachments that pass the check themselves."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import quote, unquote

from sanitizer.check.rule import CheckFailed, demand_rule
from sanitizer.check.text import check_characters, check_text

WORD_CHARACTERS = 15  # in all but the last word, so that where words are cut says nothing
DAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
MONTHS = (
    b"Jan",
    b"Feb",
    b"Mar",
    b"Apr",
    b"May",
    b"Jun",
    b"Jul",
    b"Aug",
    b"Sep",
    b"Oct",
    b"Nov",
    b"Dec",
)
_WORD = rb"=\?utf-8\?B\?[A-Za-z0-9+/]{2,80}={0,2}\?="
_WORDS = _WORD + rb"(?:\r\n " + _WORD + rb")*"
_ADDRESS = rb"(?:" + _WORDS + rb" )?<[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,255}>"
_ADDRESSES = _ADDRESS + rb"(?:,\r\n " + _ADDRESS + rb")*\r\n"
_HEAD = re.compile(
    rb"(?:From: " + _ADDRESSES + rb")?(?:To: " + _ADDRESSES + rb")?(?:Cc: " + _ADDRESSES + rb")?"
    rb"(?:Subject: " + _WORDS + rb"\r\n)?"
    rb"(?:Date: ([A-Z][a-z]{2}), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) (?:[01][0-9]|2[0-3])"
    rb"(?::[0-5][0-9]){2} [+-](?:[01][0-9]|2[0-3])[0-5][0-9]\r\n)?"
    rb'MIME-Version: 1\.0\r\nContent-Type: multipart/mixed; boundary="=_sanitizer"\r\n\r\n'
)
_EACH_WORDS = re.compile(_WORDS)
_BOUNDARY = b"--=_sanitizer"
_TEXT = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
_ATTACHMENT = re.compile(
    rb"Content-Type: ([a-z0-9.\-/]{1,100})\r\nContent-Disposition: attachment;\r\n"
    rb" filename\*=utf-8''([A-Za-z0-9%_.~\-]{1,1000})\r\n"
    rb"Content-Transfer-Encoding: base64\r\n\r\n"
)

Checks = Mapping[str, Callable[[bytes], object]]


def check_mail(untrusted: bytes, checks: Checks, extensions: Mapping[str, str]) -> None:
    """Raise `CheckFailed` unless this is a mail as we write them.

    `checks`: by media type; `extensions`: media type by extension.
    """
    head = _HEAD.match(untrusted)
    if head is None:
        raise CheckFailed("headers")
    for words in _EACH_WORDS.finditer(head[0]):
        _check_words(words[0])
    demand_rule(head[1] is None or _is_day(*head.groups()), "date")
    first, *parts = untrusted[head.end() :].split(_BOUNDARY)
    demand_rule(first == b"" and len(parts) >= 2 and parts[-1] == b"--\r\n", "parts")
    demand_rule(parts[0].startswith(b"\r\n" + _TEXT), "the first part is no text")
    check_text(_contents(parts[0][2 + len(_TEXT) :]))
    for part in parts[1:-1]:
        _check_attachment(part, checks, extensions)


def _check_words(words: bytes) -> None:
    pieces = [_text(_exact(word[10:-2])) for word in words.split(b"\r\n ")]
    demand_rule(all(len(piece) == WORD_CHARACTERS for piece in pieces[:-1]), "where words are cut")
    demand_rule(len(pieces[-1]) <= WORD_CHARACTERS, "where words are cut")
    _check_line("".join(pieces))


def _is_day(weekday: bytes, day: bytes, month: bytes, year: bytes) -> bool:
    try:
        is_on = date(int(year), MONTHS.index(month) + 1, int(day)).weekday()
    except ValueError:
        return False
    return weekday == DAYS[is_on]


def _check_attachment(part: bytes, checks: Checks, extensions: Mapping[str, str]) -> None:
    attachment = _ATTACHMENT.match(part, 2)
    if attachment is None or not part.startswith(b"\r\n"):
        raise CheckFailed("head of an attachment")
    media, quoted = attachment[1].decode("ascii"), attachment[2].decode("ascii")
    name = unquote(quoted)
    demand_rule(quote(name, safe="") == quoted, "name of an attachment")
    _check_line(name)
    demand_rule(extensions.get(name.rpartition(".")[2]) == media, "extension of an attachment")
    data = _contents(part[attachment.end() :])
    demand_rule(media in checks, "an attachment of a kind there is no grammar for")
    checks[media](data)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckFailed("words that are no text") from None


def _check_line(text: str) -> None:
    demand_rule(not any(c in text for c in "\r\n\t/\\"), "a line end or a path in a name")
    check_characters(text)


def _contents(lines: bytes) -> bytes:
    """Return what a part holds, if it is laid out as ours are: lines of 76, the last shorter."""
    text = lines.replace(b"\r\n", b"")
    laid_out = b"".join(text[at : at + 76] + b"\r\n" for at in range(0, len(text), 76))
    demand_rule(lines == laid_out, "layout of a part")
    return _exact(text)


def _exact(text: bytes) -> bytes:
    """Return what `text` encodes, if that can be written in no other way."""
    try:
        data = b64decode(text, validate=True)
    except binascii.Error:
        raise CheckFailed("base64") from None
    demand_rule(b64encode(data) == text, "base64 with something left over")
    return data

"""A mail: who, to whom, when, about what, its words, and its attachments as files of their own.

What a mail program would act on stays behind: HTML (its words are kept, and where links lead),
pictures fetched from elsewhere, requests for receipts, and all headers but those a reader looks at.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

from sanitizer import charset, intermediate
from sanitizer.decode.text import visible_text
from sanitizer.outcome import FileReason, FileRefused, Kept, Removed
from sanitizer.report import Report
from sanitizer.rules import DEFAULT_RULES, ContentRules

ADDRESSES = ("From", "To", "Cc")
KEPT = {"from", "to", "cc", "subject", "date", "mime-version", "content-type"}
KEPT |= {"content-transfer-encoding", "content-disposition", "message-id", "received"}
MAX_ADDRESSES = 1000
MAX_HEADER_CHARACTERS = 1000
MAX_PARTS = 1000

_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,255}")
_SKIPPED = {"script", "style", "head", "title", "template", "object", "iframe"}
_LINK = re.compile(r"(?:(https?)://|(mailto):)[^\x00-\x20\"<>\\^`{|}]{1,2000}", re.I)
_BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "hr"}


# Has one of everything, so that reading it once imports all that reading any other will need.
REHEARSAL = b"""From: =?iso-2022-jp?B?GyRCJCobKEI=?= <a@example.jp>
Date: Tue, 01 Sep 2026 09:00:00 +0900
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>a</p>
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=utf-8''a
Content-Transfer-Encoding: base64

YQ==
--b
Content-Type: message/rfc822

Subject: a

a
--b--
"""


def decode_mail(
    untrusted: bytes, report: Report, rules: ContentRules = DEFAULT_RULES
) -> Iterator[intermediate.Record]:
    """Yield rows ("address", header, name, address) and ("header", name, text), words, members."""
    message = email.message_from_bytes(untrusted, policy=email.policy.default)
    if not message.keys():
        raise FileRefused(FileReason.BROKEN)
    for header in ADDRESSES:
        values = [str(value) for value in message.get_all(header, [])]
        for name, address in getaddresses(values)[:MAX_ADDRESSES]:
            if _ADDRESS.fullmatch(address):
                yield intermediate.TableRow(("address", header, _line(name, report), address))
    yield intermediate.TableRow(
        ("header", "Subject", _line(str(message.get("Subject", "")), report))
    )
    if (date := _date(message)) is not None:
        yield intermediate.TableRow(("header", "Date", date))
    if left_out := sum(key.lower() not in KEPT for key in message):
        report.removed[Removed.METADATA] += left_out
    yield intermediate.IntermediateText(_words(message, report, rules))
    yield from _attachments(message)


def _line(text: str, report: Report) -> str:
    return " ".join(visible_text(text, report).split())[:MAX_HEADER_CHARACTERS]


def _date(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))).isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _words(message: EmailMessage, report: Report, rules: ContentRules) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = _text(body)
    if body.get_content_subtype() == "html":
        report.removed[Removed.HTML] += 1
        reader = _Words(report, rules)
        reader.feed(text)
        text = re.sub(r"\n{3,}", "\n\n", "".join(reader.pieces)).strip()
    return visible_text(text, report)


def _text(part: MIMEPart) -> str:
    """Return the text of a part; where it names a character set that is not its own, guess."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    named = charset.ALIASES.get((part.get_content_charset() or "").lower())
    if named is not None:
        try:
            return data.decode(named)
        except UnicodeDecodeError:
            pass
    return charset.decode(data) or data.decode("ascii", "replace")


def _attachments(message: EmailMessage) -> Iterator[intermediate.Member]:
    body = message.get_body(("plain", "html"))
    for number, part in enumerate(_leaves(message)):
        if number > MAX_PARTS:
            raise FileRefused(FileReason.TOO_MANY_PARTS)
        if part is body:
            continue
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            if isinstance(inner, EmailMessage):
                yield intermediate.Member("message.eml", inner.as_bytes())
            continue
        name = part.get_filename()
        if name is None and part.get_content_maintype() == "text":
            continue  # the same words in another form
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield intermediate.Member(str(name or "attachment"), payload)


def _leaves(part: MIMEPart) -> Iterator[MIMEPart]:
    """Yield the parts without parts; a mail within is one, and its parts are its own."""
    if not part.is_multipart() or part.get_content_type() == "message/rfc822":
        yield part
        return
    for child in part.get_payload():
        if isinstance(child, MIMEPart):
            yield from _leaves(child)


class _Words(HTMLParser):
    """Collects what a reader of the page would read, and behind it where a link leads."""

    def __init__(self, report: Report, rules: ContentRules) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._report = report
        self._rules = rules
        self._skipping = 0
        self._address = ""
        self._began = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping += tag in _SKIPPED
        if tag == "a":
            self._address, self._began = dict(attrs).get("href") or "", len(self.pieces)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._skipping -= tag in _SKIPPED and self._skipping > 0
        if tag == "a" and self._address:
            self._tell_address()
        if tag in _BLOCKS - {"br"}:
            self.pieces.append("\n")

    def _tell_address(self) -> None:
        link, self._address = _LINK.fullmatch(self._address.strip()), ""
        if link is None or (link[1] or link[2]).lower() not in self._rules.links.kept:
            self._report.removed[Removed.LINK] += 1
            return
        self._report.kept[Kept.LINK] += 1
        if link[0] not in "".join(self.pieces[self._began :]):
            self.pieces.append(f" <{link[0]}>")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.pieces.append(re.sub(r"\s+", " ", data))

"""Mutations of texts, tables and mails: what is not seen, what acts, and other ways to write."""

from base64 import b64encode
from collections.abc import Iterator
from itertools import pairwise

from tests.sanitizer.mutation import CARGO, Mutations
from tests.sanitizer.samples import CANARY

# First and last of each range of characters that cannot be seen, or that order others.
_HIDDEN = (
    (0x00, 0x08),
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001),
    (0xE0020, 0xE007F),
    (0xE0100, 0xE0110),
    (0xE01EF, 0xE01F5),
)
HIDDEN = tuple(chr(code) for first, last in _HIDDEN for code in range(first, last + 1))

BAD_BYTES = {
    "overlong": b"\xc0\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "a lone continuation": b"\x80",
    "a cut character": b"\xe8\xa1",
    "five bytes": b"\xf8\x88\x80\x80\x80",
}
LINE_ENDS = (b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\x0b", b"\x0c", b"\xc2\x85")

HEADERS = """
    Received Return-Path Bcc Reply-To Sender Message-ID In-Reply-To References X-Canary List-Id
    DKIM-Signature Disposition-Notification-To Return-Receipt-To X-MS-Has-Attach Content-Class
    Content-Language Thread-Topic Thread-Index X-Mailer Auto-Submitted Precedence Importance
    Content-Location Content-Base Content-ID Content-Description Content-Type Subject From To CC
    Date MIME-Version Content-Transfer-Encoding Resent-From Errors-To X-Priority Keywords Comments
"""
MEDIA = (
    "text/html",
    "application/octet-stream",
    "message/external-body",
    "application/hta",
    "text/calendar",
    "application/x-msdownload",
    "multipart/mixed",
    "image/svg+xml",
    "application/javascript",
    "message/partial",
)
_NAMES = """
    a.exe a.js a.hta a.txt.lnk a a.TXT ..%2Fa.txt %2Fa.txt a%5Cb.txt a%00.txt %E2%80%AEtxt.exe
    a%E3%85%A4.txt a%0D%0A.txt con.exe a.html
"""


def text(data: bytes) -> Mutations:
    """`data`: two lines."""
    for place in (0, data.index(b"\n") + 1, len(data)):
        yield from _characters(data, place, "utf-8")
    yield "without the last line feed", data[:-1]


def _characters(data: bytes, place: int, encoding: str) -> Mutations:
    """Put each hidden character, each bad byte and each other line end at `place`."""
    for character in HIDDEN:
        try:
            hidden = character.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield f"{ord(character):#x} at {place}", data[:place] + hidden + data[place:]
    for what, bad in BAD_BYTES.items():
        yield f"{what} at {place}", data[:place] + bad + data[place:]
    for end in LINE_ENDS:
        yield f"{end!r} at {place}", data[:place] + end + data[place:]


FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BEFORE_FORMULA = ("", " ", "  ", "\t", "\u3000", "\u00a0", " \t")
FORMULAS = ("cmd|' /C calc'!A0", "1+1", "SUM(A1)", 'HYPERLINK("http://x","y")', "A1", "(1)")


def table(data: bytes) -> Mutations:
    """`data`: a table in UTF-8 with its mark, or in CP932; of two columns and two rows."""
    encoding = "utf-8" if data.startswith(b"\xef\xbb\xbf") else "cp932"
    places = (data.index(b",") + 1, data.index(b"\n") + 1)
    for place in places:
        for blank in BEFORE_FORMULA:
            for start in FORMULA_STARTS:
                for rest in FORMULAS:
                    yield from _cells(data, place, f"{blank}{start}{rest}", encoding)
        if encoding == "utf-8":
            yield from _characters(data, place, encoding)
        for words in ("a", "1", "課", " "):
            cell = f'"{words}",'.encode(encoding)
            yield f"quotes around {words} at {place}", data[:place] + cell + data[place:]
    yield "without the last line end", data[:-2]
    yield "without the last line feed", data[:-1]
    for broken in ('"', '"a', '"a"b', 'a"b', '"a""'):
        yield f"a broken cell {broken}", data + broken.encode() + b",\r\n"
    if encoding == "cp932":
        for code in _written_otherwise():
            yield f"{code!r}, which is written otherwise", code + b"," + data


def _written_otherwise() -> Iterator[bytes]:
    """Yield what CP932 reads as a character that it writes in another way, or not at all."""
    for first in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for second in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            code = bytes((first, second))
            character = code.decode("cp932", "replace")
            if character.encode("cp932", "replace") != code:
                yield code


def _cells(data: bytes, place: int, cell: str, encoding: str) -> Mutations:
    try:
        plain = cell.encode(encoding)
    except UnicodeEncodeError:
        return
    if b'"' not in plain:
        yield f"{cell!r} at {place}", data[:place] + plain + b"," + data[place:]
    quoted = b'"' + plain.replace(b'"', b'""') + b'",'
    yield f"{cell!r} in quotes at {place}", data[:place] + quoted + data[place:]


def mail(data: bytes) -> Mutations:
    """`data`: a mail with all headers we write, a text, and one attachment, `a.txt`."""
    for what, cargo in CARGO.items():
        yield f"{what} before", cargo + data
        yield f"{what} behind", data + cargo
    head, separator, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    for place in range(len(lines) + 1):
        for name in HEADERS.split():
            new = [*lines[:place], f"{name}: <x@y.z>".encode(), *lines[place:]]
            yield f"{name} at {place}", b"\r\n".join(new) + separator + body
        for line in (b" folded", b"\tfolded", b"X\x00: y", b"Subject : x", b": x", b"From x"):
            new = [*lines[:place], line, *lines[place:]]
            yield f"{line!r} at {place}", b"\r\n".join(new) + separator + body
    for place, (one, other) in enumerate(pairwise(lines)):
        new = [*lines[:place], other, one, *lines[place + 2 :]]
        yield f"lines {place} and {place + 1} swapped", b"\r\n".join(new) + separator + body
    yield from _parts(data)
    yield from _words(data)
    yield "bare line feeds", data.replace(b"\r\n", b"\n")


def _parts(data: bytes) -> Mutations:
    boundary = b"--=_sanitizer\r\n"
    attachment = data.rindex(boundary)
    for media in MEDIA:
        part = b"Content-Type: " + media.encode() + b"\r\n\r\nPHA+eDwvcD4=\r\n"
        yield f"a part of {media}", data[:attachment] + boundary + part + data[attachment:]
        new = data[attachment:].replace(b"text/plain", media.encode())
        yield f"an attachment of {media}", data[:attachment] + new
    for name in _NAMES.split():
        yield (
            f"an attachment named {name}",
            data.replace(b"utf-8''a.txt", b"utf-8''" + name.encode()),
        )
    for name in HEADERS.split():
        line = f"{name}: x\r\n".encode()
        at = attachment + len(boundary)
        yield f"{name} in the attachment", data[:at] + line + data[at:]
        first = data.index(boundary) + len(boundary)
        yield f"{name} in the text", data[:first] + line + data[first:]
    end = data.rindex(b"--=_sanitizer--")
    for what, cargo in CARGO.items():
        yield f"{what} behind an attachment", data[:end] + cargo + data[end:]
        packed = b64encode(cargo + CANARY)
        yield f"{what} in base64 behind an attachment", data[:end] + packed + b"\r\n" + data[end:]
        yield f"{what} before the first part", data.replace(boundary, cargo + boundary, 1)
    yield "no end", data[:end]
    yield "two ends", data + data[end:]
    yield "another boundary", data.replace(b"=_sanitizer", b"=_sanitized")
    yield "a padded boundary", data.replace(boundary, b"--=_sanitizer \r\n", 1)


def _words(data: bytes) -> Mutations:
    for old, new in {
        b"utf-8?B?": b"iso-2022-jp?B?",
        b"?B?": b"?b?",
        b"=?utf-8": b"=?UTF-8",
        b"Date: Tue": b"Date: Wed",
        b" Sep ": b" Sap ",
        b"01 Sep": b"32 Sep",
        b"09:00:00": b"29:00:00",
        b"+0900": b"+0999",
        b"=\r\n": b"\r\n",
        b"From: ": b"From:  ",
        b"MIME-Version: 1.0": b"MIME-Version: 1.0 (x)",
        b'charset="utf-8"': b"charset=utf-8",
        b"attachment;": b"inline;",
        b"base64": b"quoted-printable",
        b"@example.jp>": b"@example.jp> (x)",
        b"@example.jp": b"@[127.0.0.1]",
        b"<": b"x <",
    }.items():
        if old in data:
            yield f"{new!r} for {old!r}", data.replace(old, new, 1)
    for line_end in (b"\r\n", b" \r\n", b"\r\n\r\n"):
        at = data.rindex(b"base64\r\n\r\n") + 10
        yield f"a line end in base64 {line_end!r}", data[:at] + line_end + data[at:]

"""A new mail: few headers in one order, one text, attachments; all in base64, all in UTF-8.

Source: RFC 5322, RFC 2045 to 2047, RFC 2231.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from sanitizer.intermediate import IntermediateText, MalformedIntermediate, Member, Record, TableRow

# Contains a character that base64 has not, so that no part can contain it.
BOUNDARY = "=_sanitizer"
WORD_CHARACTERS = 15  # 45 bytes of UTF-8 at most, 75 characters encoded (RFC 2047, 2)


def encode_mail(records: Sequence[Record]) -> bytes:
    """Return the mail in `records` (see `sanitizer.decode.mail`).  Members name their media type.

    A member's name is "media type/…" cut at the last colon: "image/jpeg:写真.jpg".
    """
    addresses: dict[str, list[str]] = {"From": [], "To": [], "Cc": []}
    headers: dict[str, str] = {}
    parts: list[bytes] = []
    for record in records:
        match record:
            case TableRow(("address", header, name, address)) if header in addresses:
                words = f"{_encoded(name)} <{address}>" if name else f"<{address}>"
                addresses[header].append(words)
            case TableRow(("header", "Subject", text)):
                headers["Subject"] = _encoded(text)
            case TableRow(("header", "Date", text)):
                headers["Date"] = format_datetime(datetime.fromisoformat(text))
            case IntermediateText(text):
                data = text.replace("\n", "\r\n").encode("utf-8")
                parts.insert(0, _part(['Content-Type: text/plain; charset="utf-8"'], data))
            case Member(name, data):
                parts.append(_attachment(name, bytes(data)))
            case _:
                raise MalformedIntermediate("not what a mail is made of")
    lines = [f"{name}: " + ",\r\n ".join(each) for name, each in addresses.items() if each]
    lines += [f"{name}: {headers[name]}" for name in ("Subject", "Date") if headers.get(name)]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"', ""]
    head = "\r\n".join([*lines, ""]).encode("ascii")
    body = b"".join(f"--{BOUNDARY}\r\n".encode() + part for part in parts)
    return head + body + f"--{BOUNDARY}--\r\n".encode()


def _encoded(text: str) -> str:
    pieces = [text[at : at + WORD_CHARACTERS] for at in range(0, len(text), WORD_CHARACTERS)]
    return "\r\n ".join(f"=?utf-8?B?{b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _attachment(name: str, data: bytes) -> bytes:
    media, _, file_name = name.partition(":")
    disposition = (
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quote(file_name, safe='')}"
    )
    return _part([f"Content-Type: {media}", disposition], data)


def _part(headers: list[str], data: bytes) -> bytes:
    text = b64encode(data).decode("ascii")
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    head = [*headers, "Content-Transfer-Encoding: base64", ""]
    return "\r\n".join([*head, *lines, ""]).encode("ascii")

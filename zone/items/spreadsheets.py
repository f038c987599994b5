"""CSV that Excel in Japan opens as it is meant (RFC 4180).  Pure.

UTF-8 goes with a byte order mark, without which Excel takes it for Shift_JIS.  What
Shift_JIS (Windows-31J) lacks is written 〓, as printers have always done.  A cell that Excel
would take for a formula is written with an apostrophe before it: what somebody typed into a
form must not run on the desk of who opens the answers (CWE-1236).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Charset = Literal["utf-8", "shift_jis"]

_GETA = "〓"
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_QUOTED = re.compile(r'[",\r\n]')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def write_csv(rows: Iterable[Sequence[object]], charset: Charset = "utf-8") -> bytes:
    """Return rows as CSV; the first is the heading."""
    text = "".join(",".join(_cell(cell) for cell in row) + "\r\n" for row in rows)
    if charset == "utf-8":
        return text.encode("utf-8-sig")
    return b"".join(_shift_jis(character) for character in text)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _shift_jis(character: str) -> bytes:
    try:
        return character.encode("cp932")
    except UnicodeEncodeError:
        # The selector of a variant is no character of its own: 葛󠄀 becomes 葛.
        return b"" if "\U000e0100" <= character <= "\U000e01ef" else _GETA.encode("cp932")

"""CSV is text, in CP932 or in UTF-8 with its mark, and no cell begins like a formula.  RFC 4180."""

import re

from sanitizer.check.text import check_characters
from sanitizer.check.verdict import CheckFailed, need

MARK = b"\xef\xbb\xbf"
_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\Z)')
_FORMULA = re.compile(r"[\s\u3000]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"\s*[+\-]?[0-9][0-9,]*(\.[0-9]+)?(e[+\-]?[0-9]+)?%?\s*", re.I)


def check_table(untrusted: bytes) -> None:
    encoding = "utf-8" if untrusted.startswith(MARK) else "cp932"
    try:
        text = untrusted.removeprefix(MARK).decode(encoding)
    except UnicodeDecodeError:
        raise CheckFailed("a table in neither of our encodings") from None
    check_characters(text)
    at = 0
    while at < len(text):
        match = _CELL.match(text, at)
        if match is None:
            raise CheckFailed("a cell that is not closed")
        cell = match[1] if match[1] is not None else match[2]
        is_formula = _FORMULA.match(cell) is not None and _NUMBER.fullmatch(cell) is None
        need(not is_formula, "a cell that begins like a formula")
        at = match.end()

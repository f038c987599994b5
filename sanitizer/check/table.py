"""CSV is text, in CP932 or in UTF-8 with its mark, and no cell begins like a formula.

A cell is in quotes only where it must be, and each row ends with a line end.  Source: RFC 4180.
"""

import re

from sanitizer.check.rule import CheckFailed, demand_rule
from sanitizer.check.text import check_characters

MARK = b"\xef\xbb\xbf"
_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)')
_FORMULA = re.compile(r"[\s\u3000]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"\s*[+\-]?[0-9][0-9,]*(\.[0-9]+)?(e[+\-]?[0-9]+)?%?\s*", re.I)


def check_table(untrusted: bytes) -> None:
    encoding = "utf-8" if untrusted.startswith(MARK) else "cp932"
    try:
        text = untrusted.removeprefix(MARK).decode(encoding)
    except UnicodeDecodeError:
        raise CheckFailed("a table in neither of our encodings") from None
    demand_rule(
        text.encode(encoding) == untrusted.removeprefix(MARK), "another way to write a character"
    )
    check_characters(text)
    at, begins = 0, True
    while at < len(text):
        match = _CELL.match(text, at)
        if match is None:
            raise CheckFailed("a cell that is not closed, or a row")
        quoted, plain, follower = match.groups()
        if quoted is not None:
            is_alone = begins and follower != ","
            demand_rule(_must_be_quoted(quoted, is_alone=is_alone), "quotes that are not needed")
        cell = plain if quoted is None else quoted
        is_formula = _FORMULA.match(cell) is not None and _NUMBER.fullmatch(cell) is None
        demand_rule(not is_formula, "a cell that begins like a formula")
        at, begins = match.end(), follower != ","
    demand_rule(begins, "a row that does not end")


def _must_be_quoted(cell: str, *, is_alone: bool) -> bool:
    """Say whether a cell is another without its quotes; an empty one is, where it is a row."""
    return any(c in cell for c in ',"\r\n') or (is_alone and cell == "")

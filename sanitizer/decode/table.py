"""CSV: rows of cells, none of which a spreadsheet would take for a formula.

Source of the danger: OWASP, "CSV Injection".  A cell that begins like a formula gets an apostrophe
in front, which spreadsheets show as text; a plain number with a sign stays a number.
"""

import csv
import io
import re
from collections.abc import Iterator

from sanitizer import charset, intermediate
from sanitizer.decode.text import visible_text
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

FORMULA = re.compile(r"[\s\u3000]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"[+\-]?[0-9][0-9,]*(\.[0-9]+)?(e[+\-]?[0-9]+)?%?", re.I)
MAX_CELLS = 5_000_000
MAX_CELL_CHARACTERS = 1_000_000


def decode_table(untrusted: bytes, report: Report) -> Iterator[intermediate.Record]:
    """Yield the rows, and before them their encoding: CP932, as Excel in Japan has it, or UTF-8."""
    text = charset.decode(untrusted)
    if text is None:
        raise FileRefused(FileReason.BROKEN)
    text = visible_text(text.removeprefix("\ufeff"), report)
    yield intermediate.IntermediateText("cp932" if _fits_cp932(untrusted, text) else "utf-8")
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            cells += len(row)
            if cells > MAX_CELLS:
                raise FileRefused(FileReason.TOO_MANY_PARTS)
            yield intermediate.TableRow(tuple(_passive(cell, report) for cell in row))
    except csv.Error:
        raise FileRefused(FileReason.BROKEN) from None


def _fits_cp932(untrusted: bytes, text: str) -> bool:
    if charset.detect(untrusted) != "cp932" and not untrusted.isascii():
        return False
    try:
        return text.encode("cp932").decode("cp932") == text
    except UnicodeEncodeError:
        return False


def _delimiter(text: str) -> str:
    line = text.partition("\n")[0]
    return "\t" if "\t" in line and "," not in line else ","


def _passive(cell: str, report: Report) -> str:
    if FORMULA.match(cell) is None or NUMBER.fullmatch(cell.strip()):
        return cell
    report.removed[Removed.FORMULA] += 1
    return f"'{cell}"

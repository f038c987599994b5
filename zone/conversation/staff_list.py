"""A list of staff as personnel offices keep it: CSV in UTF-8 or Shift_JIS.

One line for each person, told apart by their staff number.  What a line leaves empty is not
said: it stays as it was.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from wire.fields import MAX_NAME
from wire.reasons import Reason, Refused

# A prefecture with all its schools has 50,000.
MAX_LINES = 60_000
MAX_BYTES = 32 * 1024 * 1024
SEPARATORS = ("／", "/", "＞", ">")

# What a column may be called; the first of each is what we write.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "staff_number": ("職員番号", "staff_number", "number"),
        "name": ("氏名", "name"),
        "kana": ("フリガナ", "ふりがな", "カナ", "kana"),
        "orgs": ("所属", "section", "orgs"),
        "title": ("役職", "職名", "title"),
        "telephone": ("電話番号", "電話", "内線", "telephone"),
        "zones": ("利用ネットワーク", "ネットワーク", "zones"),
        "duties": ("権限", "duties"),
    }
)
REQUIRED = ("staff_number", "name")
_LONGEST = {"staff_number": 40, "name": MAX_NAME, "telephone": 30}
_ZONES = {
    "lgwan": "lgwan",
    "internet": "internet",
    "インターネット": "internet",
    "両方": "both",
    "both": "both",
}


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One line: what it says, by field; `orgs` is the path to a section, from the top."""

    line: int
    staff_number: str
    said: Mapping[str, str]
    orgs: tuple[str, ...]
    zones: tuple[str, ...]
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that says nothing usable, and why."""

    line: int
    what: str


def read_staff_list(untrusted: bytes) -> tuple[list[StaffLine], list[LineFault]]:
    """Return the people of a list, and the lines that are at fault.

    Raises `Refused` where it is no list at all.
    """
    if len(untrusted) > MAX_BYTES:
        raise Refused(Reason.TOO_LARGE, f"a list of {len(untrusted)} bytes")
    rows = csv.reader(io.StringIO(_text(untrusted), newline=""), strict=True)
    try:
        lines = [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as trouble:
        raise Refused(Reason.MALFORMED, f"line {rows.line_num}: {trouble}") from None
    if not lines:
        raise Refused(Reason.MALFORMED, "it is empty")
    if len(lines) > MAX_LINES:
        raise Refused(Reason.TOO_LARGE, f"{len(lines)} lines")
    return _people(_heading(lines[0]), lines[1:])


def _text(untrusted: bytes) -> str:
    # Shift_JIS as Windows writes it; text in it is hardly ever valid UTF-8 by chance.
    for charset in ("utf-8-sig", "cp932"):
        try:
            return untrusted.decode(charset)
        except UnicodeDecodeError:
            continue
    raise Refused(Reason.MALFORMED, "it is neither UTF-8 nor Shift_JIS")


def _heading(cells: Sequence[str]) -> dict[str, int]:
    found = {}
    for place, cell in enumerate(cells):
        for column, names in COLUMNS.items():
            if cell.strip().lower() in names:
                found[column] = place
    if lacking := [COLUMNS[column][0] for column in REQUIRED if column not in found]:
        raise Refused(Reason.MALFORMED, f"its first line has no column {'・'.join(lacking)}")
    return found


def _people(
    heading: dict[str, int], rows: Sequence[Sequence[str]]
) -> tuple[list[StaffLine], list[LineFault]]:
    people, faults, seen = [], [], dict[str, int]()
    for line, row in enumerate(rows, start=2):
        cells = {c: row[at].strip() if at < len(row) else "" for c, at in heading.items()}
        fault = _fault(cells, seen)
        if fault is not None:
            faults.append(LineFault(line, fault))
            continue
        seen[cells["staff_number"]] = line
        people.append(_person(line, cells))
    return people, faults


def _fault(cells: Mapping[str, str], seen: Mapping[str, int]) -> str | None:
    for column in REQUIRED:
        if not cells[column]:
            return f"{COLUMNS[column][0]}がありません"
    if (before := seen.get(cells["staff_number"])) is not None:
        return f"職員番号が{before}行目と同じです"
    for column, text in cells.items():
        if len(text) > _LONGEST.get(column, 200):
            return f"{COLUMNS[column][0]}が長すぎます"
    if any(zone not in _ZONES for zone in _words(cells.get("zones", ""))):
        return "利用ネットワークは lgwan・internet・両方 のいずれかです"
    return None


def _person(line: int, cells: Mapping[str, str]) -> StaffLine:
    path = cells.get("orgs", "")
    for separator in SEPARATORS[1:]:
        path = path.replace(separator, SEPARATORS[0])
    zones: list[str] = []
    for word in _words(cells.get("zones", "")):
        zones += ["internet", "lgwan"] if _ZONES[word] == "both" else [_ZONES[word]]
    said = {c: cells[c] for c in ("name", "kana", "title", "telephone") if cells.get(c)}
    return StaffLine(
        line,
        cells["staff_number"],
        said,
        tuple(part.strip() for part in path.split(SEPARATORS[0]) if part.strip()),
        tuple(dict.fromkeys(zones)),
        tuple(_words(cells.get("duties", ""))),
    )


def _words(cell: str) -> list[str]:
    return [word.lower() for word in re.split(r"[\s、・,]+", cell) if word]

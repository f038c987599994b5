"""The words of a file that was taken apart, and nothing of how it looks.

Of an Office file, from its parts as they were rebuilt:

one line for a paragraph, one for a row of a table with tabs between its cells; one text for each
sheet or slide, and one for a document with what belongs to it.  Numbers are as the workbook keeps
them, so that a date is a number of days.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from sanitizer import intermediate
from sanitizer.decode.office_parse import RELATIONSHIP_IDS, parse_part
from sanitizer.decode.text import visible_text
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

# As many as a CSV may have; empty ones count, because a row of one cell may be 16,384 wide.
MAX_CELLS = 5_000_000

# What says how something looks, and whose names are those of words.
_LOOKS = {"pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "bodyPr", "lstStyle", "instrText"}
_SHEET, _SLIDES = "workbook", "presentation"
# Parts with words of their own that belong to a document or a slide, in this order.
_ATTACHED = (
    "header",
    "footer",
    "footnotes",
    "endnotes",
    "comments",
    "diagramData",
    "chart",
    "notesSlide",
)
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")


def page_words(records: Iterable[intermediate.Record]) -> Iterator[intermediate.IntermediateText]:
    """Yield the words of each page in `records`, which are those of `sanitizer.decode.pdf`."""
    lines: list[str] = []
    for record in records:
        match record:
            case intermediate.IntermediatePage() if lines:
                yield intermediate.IntermediateText("\n".join(lines))
                lines = []
            case intermediate.TextRun(text=text):
                lines.append(text)
    if lines:
        yield intermediate.IntermediateText("\n".join(lines))


def mail_words(
    records: Iterable[intermediate.Record], report: Report
) -> Iterator[intermediate.IntermediateText]:
    """Yield the headers and the words in `records`, which are those of `sanitizer.decode.mail`."""
    headers: list[str] = []
    for record in records:
        match record:
            case intermediate.TableRow(("address", header, name, address)):
                headers.append(f"{header}: {name} <{address}>" if name else f"{header}: {address}")
            case intermediate.TableRow(("header", header, text)):
                headers.append(f"{header}: {text}")
            case intermediate.IntermediateText():
                yield intermediate.IntermediateText("\n".join(headers))
                yield record
            case intermediate.Member():
                report.removed[Removed.EMBEDDED_FILE] += 1


@dataclass(slots=True)
class _Part:
    kind: str
    root: etree._Element | None = None
    related: dict[str, tuple[str, str]] = field(default_factory=dict)  # by id: kind, target


def office_words(
    records: Iterable[intermediate.Record],
    report: Report,
    row: Callable[[Sequence[str]], str] = "\t".join,
) -> Iterator[intermediate.IntermediateText]:
    """Yield the words in `records`, which are those of `sanitizer.decode.office`.

    `row` makes one text of the cells of a sheet's row.
    """
    parts = _parts(records)
    kind, main = next(((p.kind, p) for p in parts.values()), ("", _Part("")))
    for lines in _texts(kind, main, parts, row):
        text = visible_text("\n".join(lines), report).strip("\n")
        if text:
            yield intermediate.IntermediateText(text)


def _parts(records: Iterable[intermediate.Record]) -> dict[str, _Part]:
    """Return the parts by name; the first one is the main part."""
    parts: dict[str, _Part] = {}
    for record in records:
        match record:
            case intermediate.TableRow(("part", name, kind)):
                parts[name] = _Part(kind)
            case intermediate.TableRow(("relationship", source, relation, kind, target, *_)):
                parts[source].related[relation] = kind, target
            case intermediate.Member(name, data) if name in parts and parts[name].kind != "image":
                parts[name].root = parse_part(bytes(data))
    return parts


def _texts(
    kind: str, main: _Part, parts: Mapping[str, _Part], row: Callable[[Sequence[str]], str]
) -> Iterator[list[str]]:
    if main.root is None:
        raise FileRefused(FileReason.BROKEN)
    if kind == _SHEET:
        shared = _shared(main, parts)
        cells = 0
        for name, sheet in _listed(main, "sheet", parts):
            rows, cells = _rows(sheet, shared, cells)
            yield [name, *(row(values) for values in rows)]
    elif kind == _SLIDES:
        for _, slide in _listed(main, "sldId", parts):
            yield _with_attached(slide, parts)
    else:
        yield _with_attached(main, parts)


def _listed(main: _Part, entry: str, parts: Mapping[str, _Part]) -> Iterator[tuple[str, _Part]]:
    """Yield the sheets or slides in the order of the main part, each with its name."""
    for element in main.root.iter() if main.root is not None else ():
        if _local(element) == entry:
            _, target = main.related.get(element.get(f"{{{RELATIONSHIP_IDS}}}id", ""), ("", ""))
            if target in parts:
                yield element.get("name", ""), parts[target]


def _with_attached(part: _Part, parts: Mapping[str, _Part]) -> list[str]:
    found = _lines(part.root)
    related = [each for each in part.related.values() if each[0] in _ATTACHED]
    for _, target in sorted(related, key=lambda each: _ATTACHED.index(each[0])):
        if target in parts:
            found += _lines(parts[target].root)
    return found


def _lines(element: etree._Element | None) -> list[str]:
    """Return the lines in `element`; a text box stands below the paragraph it hangs on."""
    if element is None:
        return []
    local = _local(element)
    if local in _LOOKS:
        return []
    if local == "tr":
        cells = (child for child in element if _local(child) == "tc")
        return ["\t".join(" ".join(_lines(cell)) for cell in cells)]
    if local == "p":
        boxes: list[str] = []
        return ["".join(_pieces(element, boxes)), *boxes]
    if local == "v" and element.text:  # of a chart
        return [element.text]
    return [line for child in element for line in _lines(child)]


def _pieces(element: etree._Element, boxes: list[str]) -> Iterator[str]:
    for child in element:
        match _local(child):
            case "t":
                yield child.text or ""
            case "tab":
                yield "\t"
            case "br" | "cr":
                yield "\n"
            case "p" | "tbl":
                boxes += _lines(child)
            case "rPh":  # how a name is read, beside the name
                pass
            case looks if looks not in _LOOKS:
                yield from _pieces(child, boxes)


def _shared(main: _Part, parts: Mapping[str, _Part]) -> Sequence[str]:
    for kind, target in main.related.values():
        if kind == "sharedStrings" and target in parts and parts[target].root is not None:
            return ["".join(_pieces(entry, [])) for entry in parts[target].root or ()]
    return ()


def _rows(sheet: _Part, shared: Sequence[str], cells: int) -> tuple[list[list[str]], int]:
    """Return the cells of a sheet's rows, and `cells` with theirs added."""
    found: list[list[str]] = []
    for row in sheet.root.iter() if sheet.root is not None else ():
        if _local(row) != "row":
            continue
        values: list[str] = []
        for cell in row:
            column = _column(cell.get("r", ""), len(values))
            cells += max(1, column - len(values) + 1)
            if cells > MAX_CELLS:
                raise FileRefused(FileReason.TOO_MANY_PARTS)
            values += [""] * (column - len(values))
            values.append(_value(cell, shared))
        while values and not values[-1]:
            values.pop()
        found.append(values)
    return found, cells


def _column(place: str, following: int) -> int:
    """Return the number of a cell's column from 0 on; `following` where it does not say."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return following
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: etree._Element, shared: Sequence[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return " ".join("".join(_pieces(cell, [])).split("\n"))
    value = next((child.text or "" for child in cell if _local(child) == "v"), "")
    if kind == "s":
        value = shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    return " ".join(value.split("\n"))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]

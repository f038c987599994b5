"""What an Office file has but does not show: hidden sheets, slides and text.

Kept or removed as the profile says, and counted either way.  Text is hidden where its own run says
so; what only a style hides stays and is not counted.
"""

import re
from collections.abc import Iterator

from lxml import etree

from sanitizer.decode.office_parse import RELATIONSHIP_IDS, SHEET, WORD, parse_part
from sanitizer.outcome import Kept, Removed
from sanitizer.report import Report
from sanitizer.rules import Keeping

ID = f"{{{RELATIONSHIP_IDS}}}id"
OFF = ("0", "false", "off")

# A cell of ours that shows a string of the shared table.
_SHARED = re.compile(
    rb'<x:c(?: [a-z]+="[^"]*")*? t="s"[^>]*>(?:<x:f[^>]*(?:/>|>[^<]*</x:f>))?'
    rb"<x:v>([0-9]+)</x:v>"
)


def hidden_sheets(workbook: etree._Element) -> dict[str, str]:
    """Return the name of each hidden sheet by the id of its relationship; none if all are."""
    sheets = list(workbook.iter(f"{{{SHEET}}}sheet"))
    hidden = {s.get(ID, ""): s.get("name", "") for s in sheets if s.get("state", "") in STATES}
    return hidden if len(hidden) < len(sheets) else {}


STATES = ("hidden", "veryHidden")


def forget_sheets(workbook: etree._Element, gone: dict[str, str]) -> None:
    """Number the sheets of `workbook` without those that are `gone` where names refer to them."""
    numbers: dict[str, str | None] = {}
    for old, sheet in enumerate(workbook.iter(f"{{{SHEET}}}sheet")):
        is_gone = sheet.get(ID, "") in gone
        stay = sum(number is not None for number in numbers.values())
        numbers[str(old)] = None if is_gone else str(stay)
    for name in list(workbook.iter(f"{{{SHEET}}}definedName")):
        own = name.get("localSheetId")
        new = numbers.get(own) if own is not None else None
        if new is not None:
            name.set("localSheetId", new)
        elif own is not None:
            parent = name.getparent()
            if parent is not None:
                parent.remove(name)
    for view in workbook.iter(f"{{{SHEET}}}workbookView"):
        for number in ("activeTab", "firstSheet"):
            view.attrib.pop(number, "")


def mentions(formula: str, sheets: frozenset[str]) -> bool:
    """Say whether `formula` may refer to one of `sheets`.  Rather once too often."""
    folded = formula.casefold()
    return any(
        f"{name}{behind}" in folded
        for name in (sheet.replace("'", "''").casefold() for sheet in sheets)
        for behind in ("!", "'!", ":")
    )


def shared_strings_of(sheet: bytes) -> Iterator[int]:
    """Yield the numbers of the shared strings that cells of `sheet`, as we write it, show."""
    return map(int, _SHARED.findall(sheet))


def blank_strings(table: etree._Element, used: set[int]) -> None:
    """Empty the strings that no sheet shows."""
    for number, entry in enumerate(table.iter(f"{{{SHEET}}}si")):
        if number not in used:
            for child in list(entry):
                entry.remove(child)
            etree.SubElement(entry, f"{{{SHEET}}}t")


def is_shown(slide: bytes) -> bool:
    return b"show" not in slide or parse_part(slide).get("show", "1") not in OFF


def hide_text(root: etree._Element, hidden: Keeping, report: Report) -> None:
    """Remove the hidden text below `root`, or leave it; count its characters."""
    words = (f"{{{WORD}}}t", f"{{{WORD}}}delText")
    for vanish in list(root.iter(f"{{{WORD}}}vanish")):
        run = next(vanish.iterancestors(f"{{{WORD}}}r"), None)
        if run is None or vanish.get(f"{{{WORD}}}val", "1") in OFF:
            continue
        pieces = [piece for piece in run.iterchildren(*words) if piece.text]
        count = sum(len(piece.text or "") for piece in pieces)
        if not count:
            continue
        if hidden is Keeping.KEEP:
            report.kept[Kept.HIDDEN_TEXT] += count
            continue
        report.removed[Removed.HIDDEN_TEXT] += count
        for piece in pieces:
            run.remove(piece)

"""Tracked changes in a Word document: kept as they are, accepted or rejected.

A change stands around runs (`w:ins`), within the properties of a paragraph's end, of a row or of
a cell (the whole of it came or went), or beside properties as their older form (`w:rPrChange`).
Source: ECMA-376 part 1, 17.13.5.
"""

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from sanitizer.decode.office_parse import WORD
from sanitizer.outcome import Kept, Removed
from sanitizer.report import Report
from sanitizer.rules import Changes


def _tags(names: str) -> tuple[str, ...]:
    return tuple(f"{{{WORD}}}{name}" for name in names.split())


INSERTED, DELETED = _tags("ins moveTo"), _tags("del moveFrom")
CELL_INSERTED, CELL_DELETED = _tags("cellIns"), _tags("cellDel")
OLDER = _tags(
    "rPrChange pPrChange sectPrChange tblPrChange tblPrExChange tblGridChange trPrChange tcPrChange"
)
MARKS = _tags(
    "moveFromRangeStart moveFromRangeEnd moveToRangeStart moveToRangeEnd numberingChange cellIns"
    " cellDel cellMerge"
)
# Not in an older form of the properties, so what there is of them now stays.
REFERENCES = _tags("headerReference footerReference")
STAYS = (*REFERENCES, *_tags("rPr sectPr ins del moveFrom moveTo"))
DELETED_WORDS = dict(zip(_tags("delText delInstrText"), _tags("t instrText"), strict=True))
P, PPR, RPR, TR, TRPR, TC, TBL = _tags("p pPr rPr tr trPr tc tbl")


def settle(root: etree._Element, changes: Changes, report: Report) -> None:
    """Do with the changes below `root` as the profile says, and count them."""
    every = (*INSERTED, *DELETED, *OLDER, *CELL_INSERTED, *CELL_DELETED)
    count = sum(1 for _ in root.iter(*every))
    if not count:
        return
    if changes is Changes.KEEP:
        report.kept[Kept.TRACKED_CHANGE] += count
        return
    report.removed[Removed.TRACKED_CHANGE] += count
    is_accepted = changes is Changes.ACCEPT
    gone, cell_gone = (DELETED, CELL_DELETED) if is_accepted else (INSERTED, CELL_INSERTED)
    _drop_rows_and_cells(root, gone, cell_gone)
    merged = [p for p in root.iter(P) if _end(p, gone)]
    for change in list(root.iter(*gone)):
        _drop(change)
    for change in list(root.iter(*INSERTED, *DELETED)):
        _unwrap(change)
    for paragraph in merged:
        _join_with_next(paragraph)
    for older in list(root.iter(*OLDER)):
        if not is_accepted:
            _restore(older)
        _drop(older)
    for mark in list(root.iter(*MARKS)):
        _drop(mark)
    for words in root.iter(*DELETED_WORDS):
        words.tag = DELETED_WORDS[str(words.tag)]


def _end(paragraph: etree._Element, gone: tuple[str, ...]) -> bool:
    """Say whether the end of `paragraph` is gone, so that the next goes on with it."""
    return any(
        mark.tag in gone
        for properties in paragraph.iterchildren(PPR)
        for of_end in properties.iterchildren(RPR)
        for mark in of_end
    )


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(change: etree._Element) -> None:
    for child in list(change):
        change.addprevious(child)
    _drop(change)


def _drop_rows_and_cells(
    root: etree._Element, gone: tuple[str, ...], cell_gone: tuple[str, ...]
) -> None:
    rows = [m.getparent() for m in root.iter(*gone) if getattr(m.getparent(), "tag", "") == TRPR]
    cells = [mark.getparent() for mark in root.iter(*cell_gone)]
    for properties in (*rows, *cells):
        for holder in _lone_holders(properties):
            _drop(holder)


def _lone_holders(properties: etree._Element | None) -> Iterator[etree._Element]:
    """Yield the row or cell that has these properties, and what would be left empty without it."""
    holder = None if properties is None else properties.getparent()
    while holder is not None and holder.tag in (TC, TR, TBL):
        parent = holder.getparent()
        yield holder
        if parent is None or any(child.tag in (TC, TR) for child in parent):
            return
        holder = parent


def _join_with_next(paragraph: etree._Element) -> None:
    following = paragraph.getnext()
    if following is None or following.tag != P:
        return
    at = sum(1 for _ in following.iterchildren(PPR))
    for index, child in enumerate([each for each in paragraph if each.tag != PPR]):
        following.insert(at + index, child)
    _drop(paragraph)


def _restore(older: etree._Element) -> None:
    """Put the older properties in place of the newer ones beside them."""
    newer = older.getparent()
    if newer is None:
        return
    for child in list(newer):
        if child is not older and child.tag not in STAYS:
            newer.remove(child)
    first = sum(1 for child in newer if child.tag in REFERENCES)
    for form in older:
        for position, child in enumerate(form):
            newer.insert(first + position, deepcopy(child))

"""Fields of a Word document: those that compute from the document itself are kept.

An instruction may lie in many pieces, and a field in another's instruction.  Where pieces came or
went with tracked changes, whoever accepts or rejects these puts them together again.
Source: ECMA-376 part 1, 17.16.
"""

from dataclasses import dataclass, field

from lxml import etree

from sanitizer.decode.office_changes import DELETED, INSERTED
from sanitizer.decode.office_parse import WORD
from sanitizer.outcome import Removed
from sanitizer.report import Report

PIECES = (f"{{{WORD}}}instrText", f"{{{WORD}}}delInstrText")
FIELD_PARTS = (f"{{{WORD}}}fldChar", f"{{{WORD}}}fldSimple", *PIECES)
INSTRUCTION = f"{{{WORD}}}instr"

_NAMES = """
    = ADVANCE AUTHOR AUTONUM AUTONUMLGL AUTONUMOUT BIBLIOGRAPHY CITATION COMMENTS CREATEDATE
    DATE EDITTIME EQ FILENAME FILESIZE FORMCHECKBOX FORMDROPDOWN FORMTEXT INDEX KEYWORDS
    LASTSAVEDBY LISTNUM MERGEFIELD NOTEREF NUMCHARS NUMPAGES NUMWORDS PAGE PAGEREF PRINTDATE
    QUOTE REF REVNUM SAVEDATE SECTION SECTIONPAGES SEQ STYLEREF SUBJECT SYMBOL TA TC TIME
    TITLE TOA TOC USERADDRESS USERINITIALS USERNAME XE
"""
FIELDS = frozenset(_NAMES.split())


def silence_fields(root: etree._Element, report: Report) -> None:
    """Empty the instruction of every field that reaches outside the document.

    A field that does not end, and an end of no field, are none: their marks are taken out.
    """
    open_fields: list[_Field] = []
    stray: list[etree._Element] = []
    for element in root.iter(*FIELD_PARTS):
        kind = element.get(f"{{{WORD}}}fldCharType")
        if element.tag.endswith("}fldSimple"):
            _silence(report, _Field(instruction=element.get(INSTRUCTION, "")), element)
        elif element.tag in PIECES:
            if open_fields and open_fields[-1].is_open:
                open_fields[-1].take(element)
            else:
                element.text = ""
        elif kind == "begin":
            if open_fields:
                open_fields[-1].is_made_of_results |= not open_fields[-1].instruction.strip()
            open_fields.append(_Field(marks=[element]))
        elif not open_fields:
            stray.append(element)
        else:
            open_fields[-1].marks.append(element)
            _silence(report, open_fields[-1])
            open_fields[-1].is_open = False
            if kind == "end":
                open_fields.pop()
    for left_open in open_fields:
        _silence(report, left_open)
        stray += left_open.marks
        for piece in left_open.pieces:
            piece.text = ""
    for mark in stray:
        parent = mark.getparent()
        if parent is not None:
            parent.remove(mark)


def _silence(report: Report, of: "_Field", simple: etree._Element | None = None) -> None:
    if not of.is_open or of.is_harmless():
        return
    report.removed[Removed.FIELD] += 1
    for piece in of.pieces:
        piece.text = ""
    if simple is not None:
        simple.set(INSTRUCTION, "")


@dataclass(slots=True)
class _Field:
    """An instruction, which may lie in many pieces.

    One that begins with the result of another field could turn into anything.
    """

    instruction: str = ""
    pieces: list[etree._Element] = field(default_factory=list)
    marks: list[etree._Element] = field(default_factory=list)  # begin, separate, end
    is_made_of_results: bool = False
    is_open: bool = True

    def take(self, piece: etree._Element) -> None:
        self.instruction += piece.text or ""
        self.pieces.append(piece)

    def is_harmless(self) -> bool:
        """Say whether the instruction is, and each part of it that a tracked change may leave."""
        change, parts = None, [""]
        for piece in self.pieces:
            around = next(piece.iterancestors(*INSERTED, *DELETED), None)
            if around is not change:
                parts.append("")
            change = around
            parts[-1] += piece.text or ""
        return not self.is_made_of_results and all(map(is_harmless, [self.instruction, *parts]))


def is_harmless(instruction: str) -> bool:
    words = instruction.split()
    return not words or words[0].upper() in FIELDS or words[0].startswith("=")

"""Fields of a Word document: those that compute from the document itself are kept.

An instruction may lie in many pieces, and a field in another's instruction.
Source: ECMA-376 part 1, 17.16.
"""

from dataclasses import dataclass, field

from lxml import etree

from sanitizer.outcome import Removed
from sanitizer.report import Report

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FIELD_PARTS = tuple(f"{{{WORD}}}{name}" for name in ("fldChar", "instrText", "fldSimple"))
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
    """Empty the instruction of every field that reaches outside the document."""
    open_fields: list[_Field] = []
    for element in root.iter(*FIELD_PARTS):
        kind = element.get(f"{{{WORD}}}fldCharType")
        if element.tag.endswith("}fldSimple"):
            _silence(report, _Field(instruction=element.get(INSTRUCTION, "")), element)
        elif element.tag.endswith("}instrText"):
            if open_fields and open_fields[-1].is_open:
                open_fields[-1].take(element)
            else:
                element.text = ""
        elif kind == "begin":
            if open_fields:
                open_fields[-1].is_made_of_results |= not open_fields[-1].instruction.strip()
            open_fields.append(_Field())
        elif open_fields:
            _silence(report, open_fields[-1])
            open_fields[-1].is_open = False
            if kind == "end":
                open_fields.pop()
    for left_open in open_fields:
        _silence(report, left_open)


def _silence(report: Report, of: "_Field", simple: etree._Element | None = None) -> None:
    if not of.is_open or (is_harmless(of.instruction) and not of.is_made_of_results):
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
    is_made_of_results: bool = False
    is_open: bool = True

    def take(self, piece: etree._Element) -> None:
        self.instruction += piece.text or ""
        self.pieces.append(piece)


def is_harmless(instruction: str) -> bool:
    words = instruction.split()
    return not words or words[0].upper() in FIELDS or words[0].startswith("=")

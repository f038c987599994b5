"""A part of an Office file, element by element: what the standard names and nothing that acts.

Only elements and attributes from the vocabulary (ECMA-376 without all that runs, links, embeds or
fetches) are written; formulas and fields only where they compute from the document itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from sanitizer.check.office_vocabulary import TEXTS, office_vocabulary
from sanitizer.decode import office_hidden
from sanitizer.decode.office_fields import silence_fields
from sanitizer.decode.office_parse import OFFICE, RELATIONSHIP_IDS, SHEET, SLIDE, WORD
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

XML = "http://www.w3.org/XML/1998/namespace"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

PREFIXES: Mapping[str, str] = {
    WORD: "w",
    SHEET: "x",
    SLIDE: "p",
    f"{OFFICE}drawingml/2006/main": "a",
    f"{OFFICE}drawingml/2006/picture": "pic",
    f"{OFFICE}drawingml/2006/wordprocessingDrawing": "wp",
    f"{OFFICE}drawingml/2006/spreadsheetDrawing": "xdr",
    f"{OFFICE}drawingml/2006/chart": "c",
    f"{OFFICE}drawingml/2006/chartDrawing": "cdr",
    f"{OFFICE}drawingml/2006/diagram": "dgm",
    f"{OFFICE}officeDocument/2006/math": "m",
    RELATIONSHIP_IDS: "r",
    XML: "xml",
}

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Left out, but not what is in them.
WRAPPERS = {f"{{{WORD}}}customXml", f"{{{WORD}}}smartTag", f"{{{COMPATIBILITY}}}Fallback"}

# Excel calls a file broken that has one of these with nothing in it.
NEVER_EMPTY = {"x:hyperlinks", "x:definedNames", "x:dataValidations", "x:protectedRanges"}

# What the receipt calls an element that was left out.
NAMED = {
    "control": Removed.ACTIVE_CONTROL,
    "altChunk": Removed.EMBEDDED_FILE,
    "subDoc": Removed.EXTERNAL_LINK,
    "attachedTemplate": Removed.EXTERNAL_LINK,
    "externalReference": Removed.EXTERNAL_LINK,
    "ddeLink": Removed.DDE,
    "mailMerge": Removed.EXTERNAL_LINK,
    "connection": Removed.EXTERNAL_LINK,
    "videoFile": Removed.EMBEDDED_FILE,
    "audioFile": Removed.EMBEDDED_FILE,
    "pict": Removed.SHAPE,
}

FORMULAS = {
    f"{{{SHEET}}}{name}" for name in ("f", "formula", "formula1", "formula2", "definedName")
}
_OUTWARD = re.compile(
    r"\b(WEBSERVICE|FILTERXML|ENCODEURL|CALL|REGISTER|REGISTER\.ID|EXEC|EXECUTE|FOPEN|RTD|HYPERLINK"
    r"|IMAGE|CUBE\w*|DDE\w*|RUN|INITIATE|POKE|STOCKHISTORY|SQL\.REQUEST|GET\.WORKSPACE)\s*\("
    r"|\||\[[^\]\[]*\.(xl|csv|htm)|\[\d+\]|https?:|file:|ftp:|\\\\",
    re.I,
)
_QUOTED = re.compile('[&<>"\n\r\t]')
_ACTION = re.compile(r"ppaction://(hlinkshowjump\?jump=\w+|hlinksldjump|noaction)", re.I)


@dataclass(frozen=True, slots=True)
class _Name:
    """An element of the vocabulary: its tag with our prefix, the attributes it may have."""

    tag: str
    attributes: frozenset[str]
    has_text: bool


@cache
def _element_name(tag: str) -> _Name | None:
    namespace, _, element = tag[1:].rpartition("}")
    attributes = office_vocabulary().get(namespace, {}).get(element)
    if attributes is None:
        return None
    has_text = element in TEXTS.get(namespace, ())
    return _Name(f"{PREFIXES[namespace]}:{element}", attributes, has_text)


@cache
def _attribute_name(key: str) -> str:
    if not key.startswith("{"):
        return key
    namespace, _, attribute = key[1:].rpartition("}")
    return f"{PREFIXES.get(namespace, '?')}:{attribute}"


class Rebuilder:
    """Rewrites one part.

    `renamed`: relationship ids that are kept, old to new.  `sheets_gone`: names of sheets that are
    not, so that no formula can refer to them.
    """

    def __init__(
        self,
        renamed: Mapping[str, str],
        report: Report,
        sheets_gone: frozenset[str] = frozenset(),
    ) -> None:
        self._renamed = renamed
        self._report = report
        self._sheets_gone = sheets_gone
        self._pieces: list[str] = []

    def rebuilt(self, root: etree._Element) -> bytes:
        _choose_fallbacks(root)
        _rescue_text_boxes(root)
        silence_fields(root, self._report)
        name = _element_name(str(root.tag))
        if name is None:
            raise FileRefused(FileReason.NOT_SUPPORTED)
        used = {str(each.tag).partition("}")[0][1:] for each in root.iter()} | {RELATIONSHIP_IDS}
        scope = "".join(
            f' xmlns:{prefix}="{namespace}"'
            for namespace, prefix in PREFIXES.items()
            if namespace in used and namespace != XML
        )
        self._pieces = [DECLARATION]
        self._element(root, name, scope)
        return "".join(self._pieces).encode("utf-8")

    def _element(self, element: etree._Element, name: "_Name", scope: str = "") -> None:
        attributes = self._attributes(element, name) if element.attrib else ""
        if attributes is None:
            return
        text = (element.text or "") if name.has_text else ""
        if not text and not len(element):
            self._pieces.append(f"<{name.tag}{scope}{attributes}/>")
            return
        opening = len(self._pieces)
        self._pieces.append(f"<{name.tag}{scope}{attributes}>{escape(text)}")
        self._children(element)
        if name.tag in NEVER_EMPTY and len(self._pieces) == opening + 1:
            self._pieces.pop()
        else:
            self._pieces.append(f"</{name.tag}>")

    def _children(self, element: etree._Element) -> None:
        for child in element:
            tag = str(child.tag)
            name = _element_name(tag)
            if tag in FORMULAS and self._reaches_out(child.text or ""):
                self._report.removed[Removed.FORMULA] += 1
            elif name is not None:
                self._element(child, name)
            elif tag in WRAPPERS:
                self._children(child)
            elif removed := NAMED.get(tag.rpartition("}")[2]):
                self._report.removed[removed] += 1

    def _reaches_out(self, formula: str) -> bool:
        return _OUTWARD.search(formula) is not None or office_hidden.mentions(
            formula, self._sheets_gone
        )

    def _attributes(self, element: etree._Element, name: "_Name") -> str | None:
        """Return the attributes as they are written, None if the element is nothing without one."""
        pairs: list[str] = []
        for key, value in element.attrib.items():
            full, text = _attribute_name(str(key)), str(value)
            if full not in name.attributes:
                continue
            if full.startswith("r:"):
                if text and text not in self._renamed:
                    if name.tag == "w:hyperlink" or element.get("location"):
                        continue
                    return None
                text = self._renamed.get(text, text)
            elif full == "action" and text and not _ACTION.fullmatch(text):
                self._report.removed[Removed.ACTION] += 1
                return None
            quoted = quoteattr(text) if _QUOTED.search(text) else f'"{text}"'
            pairs.append(f" {full}={quoted}")
        return "".join(pairs)


def _choose_fallbacks(root: etree._Element) -> None:
    """Put in place of each choice between new and old markup the old, which the standard names."""
    for choice in list(root.iter(f"{{{COMPATIBILITY}}}AlternateContent")):
        fallback = choice.find(f"{{{COMPATIBILITY}}}Fallback")
        parent = choice.getparent()
        if parent is not None:
            if fallback is not None:
                fallback.tail = choice.tail
                parent.replace(choice, fallback)
            else:
                parent.remove(choice)


def _rescue_text_boxes(root: etree._Element) -> None:
    """Put the paragraphs of a text box, whose shape is left out, behind the paragraph it is in."""
    for box in list(root.iter(f"{{{WORD}}}txbxContent")):
        holders = list(box.iterancestors(f"{{{WORD}}}p"))
        if holders:
            for paragraph in reversed(list(box)):
                holders[-1].addnext(paragraph)

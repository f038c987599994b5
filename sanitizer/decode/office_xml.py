"""A part of an Office file, element by element: what the standard names and nothing that acts.

Only elements and attributes from the vocabulary (ECMA-376 without all that runs, links, embeds or
fetches) are written; formulas and fields only where they compute from the document itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from lxml import etree

from sanitizer.check.office_vocabulary import TEXTS, AttributeType, office_vocabulary
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
_ENTITIES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_QUOTED = re.compile('[&<>"\n\r\t]')
_ACTION = re.compile(r"ppaction://(hlinkshowjump\?jump=\w+|hlinksldjump|noaction)", re.I)


@dataclass(frozen=True, slots=True)
class _Name:
    """An element of the vocabulary: its tag with our prefix, the attributes it may have."""

    tag: str
    attributes: Mapping[str, AttributeType]
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
        self._used: set[str] = set()

    def rebuilt(self, root: etree._Element) -> bytes:
        _choose_fallbacks(root)
        _rescue_text_boxes(root)
        silence_fields(root, self._report)
        name = _element_name(str(root.tag))
        if name is None:
            raise FileRefused(FileReason.NOT_SUPPORTED)
        self._pieces, self._used = [DECLARATION], {"r"}
        self._element(root, name)
        scope = "".join(
            f' xmlns:{prefix}="{namespace}"'
            for namespace, prefix in PREFIXES.items()
            if prefix in self._used
        )
        opening = self._pieces[1]
        behind = 1 + len(name.tag)
        self._pieces[1] = f"{opening[:behind]}{scope}{opening[behind:]}"
        return "".join(self._pieces).encode("utf-8")

    def _element(self, element: etree._Element, name: "_Name") -> None:
        attributes = self._attributes(element, name) if element.attrib else ""
        if attributes is None:
            return
        self._used.add(name.tag.partition(":")[0])
        text = (element.text or "") if name.has_text else ""
        if not text and not len(element):
            self._pieces.append(f"<{name.tag}{attributes}/>")
            return
        opening = len(self._pieces)
        self._pieces.append(f"<{name.tag}{attributes}>{escape(text)}")
        self._children(element)
        if text or len(self._pieces) > opening + 1:
            self._pieces.append(f"</{name.tag}>")
        elif name.tag in NEVER_EMPTY:
            self._pieces.pop()
        else:
            self._pieces[opening] = f"<{name.tag}{attributes}/>"

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
        pairs: list[tuple[str, str]] = []
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
            if not name.attributes[full].admits(text):
                continue
            if _QUOTED.search(text):
                text = escape(text, _ENTITIES)
            pairs.append((full, text))
        return "".join(f' {full}="{text}"' for full, text in sorted(pairs))


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

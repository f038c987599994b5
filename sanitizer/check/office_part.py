"""One XML part of an Office file: its elements, attributes, formulas and fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from sanitizer.check.office_vocabulary import TEXTS, AttributeType, office_vocabulary
from sanitizer.check.rule import CheckFailed, demand_rule
from sanitizer.check.text import check_visible

OFFICE = "http://schemas.openxmlformats.org/"
PREFIXES = {
    f"{OFFICE}wordprocessingml/2006/main": "w",
    f"{OFFICE}spreadsheetml/2006/main": "x",
    f"{OFFICE}presentationml/2006/main": "p",
    f"{OFFICE}drawingml/2006/main": "a",
    f"{OFFICE}drawingml/2006/picture": "pic",
    f"{OFFICE}drawingml/2006/wordprocessingDrawing": "wp",
    f"{OFFICE}drawingml/2006/spreadsheetDrawing": "xdr",
    f"{OFFICE}drawingml/2006/chart": "c",
    f"{OFFICE}drawingml/2006/chartDrawing": "cdr",
    f"{OFFICE}drawingml/2006/diagram": "dgm",
    f"{OFFICE}officeDocument/2006/math": "m",
    f"{OFFICE}officeDocument/2006/relationships": "r",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
RELATIONSHIP_IDS = f"{OFFICE}officeDocument/2006/relationships"
WORD, SHEET = f"{OFFICE}wordprocessingml/2006/main|", f"{OFFICE}spreadsheetml/2006/main|"
# There is one way to write a part: nothing hides in how tags, texts and values are written.
_WRITTEN = re.compile(
    rb'<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n(?=<)'
    rb"(?:[^<&>]++|&(?:amp|lt|gt);|</[a-z]++:\w++>|<[a-z]++:\w++"
    rb"(?: (?:[a-z]++:)?+\w++="
    rb'"(?:[^"<>&\t\r\n]++|&(?:amp|lt|gt|quot|#9|#10|#13);)*+")*+/?+>)*+'
)
# What has nothing in it ends where it begins.
_EMPTY = re.compile(rb"<[a-z][^<>]*(?<!/)></")
FORMULAS = {SHEET + name for name in ("f", "formula", "formula1", "formula2", "definedName")}
_TEXTS = {f"{namespace}|{name}" for namespace, names in TEXTS.items() for name in names}
INSTRUCTIONS = {WORD + name for name in ("instrText", "delInstrText")}
CHANGES = {WORD + name for name in ("ins", "del", "moveFrom", "moveTo")}
MAX_NESTING = 256

_REFERENCE = re.compile("&#(?!(9|10|13);)")
# How Excel writes a character that XML cannot hold.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

# Fields that compute from the document itself, and formulas that reach out of it.
_FIELD_NAMES = """
    = ADVANCE AUTHOR AUTONUM AUTONUMLGL AUTONUMOUT BIBLIOGRAPHY CITATION COMMENTS CREATEDATE
    DATE EDITTIME EQ FILENAME FILESIZE FORMCHECKBOX FORMDROPDOWN FORMTEXT INDEX KEYWORDS
    LASTSAVEDBY LISTNUM MERGEFIELD NOTEREF NUMCHARS NUMPAGES NUMWORDS PAGE PAGEREF PRINTDATE
    QUOTE REF REVNUM SAVEDATE SECTION SECTIONPAGES SEQ STYLEREF SUBJECT SYMBOL TA TC TIME
    TITLE TOA TOC USERADDRESS USERINITIALS USERNAME XE
"""
FIELDS = frozenset(_FIELD_NAMES.split())
_CALLS_OUT = re.compile(
    r"(WEBSERVICE|FILTERXML|ENCODEURL|CALL|REGISTER(\.ID)?|EXEC(UTE)?|FOPEN|RTD|HYPERLINK|IMAGE"
    r"|CUBE\w*|DDE\w*|RUN|INITIATE|POKE|STOCKHISTORY|SQL\.REQUEST)\s*\(",
    re.I,
)
_POINTS_OUT = re.compile(r"\||\[[0-9]+\]|\.(xl|csv|htm)\w*\]|(https?|file|ftp):|\\\\", re.I)
_JUMP = re.compile(r"ppaction://(hlinkshowjump\?jump=\w+|hlinksldjump|noaction)", re.I)


def check_part(untrusted: bytes) -> None:
    """Raise `CheckFailed` unless this is a part as we write them."""
    is_written = _WRITTEN.fullmatch(untrusted) is not None and untrusted.endswith(b">")
    demand_rule(is_written, "another way to write a part")
    demand_rule(_EMPTY.search(untrusted) is None, "another way to write nothing")
    _check_characters(untrusted)
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", namespace_separator="|")
    parser.buffer_text = parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = _refuse
    parser.CommentHandler = parser.StartCdataSectionHandler = _refuse
    parser.StartNamespaceDeclHandler = reader.scope
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(untrusted, True)
    except expat.ExpatError:
        raise CheckFailed("malformed XML") from None
    demand_rule(not reader.fields, "a field that does not end")
    reader.check_scope()


def _check_characters(untrusted: bytes) -> None:
    """All characters stand there as they are, but line ends and tabs in attributes."""
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckFailed("words that are no text") from None
    demand_rule(_REFERENCE.search(text) is None, "a character in another form")
    check_visible(text)
    if SHEET.removesuffix("|") in text:
        for escaped in _ESCAPED.finditer(text):
            check_visible(chr(int(escaped[1], 16)))


def _refuse(*_: object) -> None:
    raise CheckFailed("a document type, comment or instruction")


@dataclass(slots=True)
class _Field:
    """A field that has begun: its instruction until its result begins.

    `parts`: what of it stands together, in a tracked change or between two, and in which.
    """

    parts: list[tuple[int, str]] = field(default_factory=list)
    is_result: bool = False
    has_inner_first: bool = False

    @property
    def instruction(self) -> str:
        return "".join(text for _, text in self.parts)

    def take(self, change: int, text: str) -> None:
        if self.parts and self.parts[-1][0] == change:
            text = self.parts.pop()[1] + text
        self.parts.append((change, text))

    def is_harmless(self) -> bool:
        return all(map(_is_harmless, [self.instruction, *(text for _, text in self.parts)]))


@dataclass(slots=True)
class _Reader:
    """Follows a part; what it has seen of the fields and texts that are open."""

    declared: list[str] = field(default_factory=list)
    known: dict[str, Mapping[str, AttributeType]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    number: int = 0
    words: str = ""

    def scope(self, prefix: str | None, namespace: str) -> None:
        demand_rule(not self.open and PREFIXES.get(namespace) == prefix, "a namespace")
        self.declared.append(namespace)

    def check_scope(self) -> None:
        """Demand that the namespaces in use are declared, in one order, and no other."""
        used = {name.rpartition("|")[0] for name in self.known} | {RELATIONSHIP_IDS}
        demand_rule(self.declared == [each for each in PREFIXES if each in used], "namespaces")

    def start(self, name: str, ordered: list[str]) -> None:
        attributes = dict(zip(ordered[::2], ordered[1::2], strict=True))
        self.open.append(name)
        demand_rule(len(self.open) <= MAX_NESTING, "nesting")
        allowed = self._allowed(name)
        names = [self._attribute(key) for key in attributes]
        demand_rule(names == sorted(names), "order of attributes")
        for attribute, value in zip(names, attributes.values(), strict=True):
            demand_rule(attribute in allowed, f"attribute {attribute}")
            demand_rule(allowed[attribute].admits(value), f"value of {attribute}")
            if attribute == "action":
                demand_rule(value == "" or _JUMP.fullmatch(value) is not None, "an action")
            if attribute == "w:instr":
                demand_rule(_is_harmless(value), "a field that reaches out")
        if name in CHANGES:
            self.number += 1
            self.changes.append(self.number)
        if name == f"{WORD}fldChar":
            self._field(next((v for k, v in attributes.items() if k.endswith("fldCharType")), ""))
        self.words = ""

    def text(self, text: str) -> None:
        demand_rule(self.open[-1] in _TEXTS, "text where none belongs")
        if self.open[-1] in FORMULAS or self.open[-1] in INSTRUCTIONS:
            self.words += text

    def end(self, name: str) -> None:
        if name in FORMULAS:
            is_harmless = _CALLS_OUT.search(self.words) is None and not _POINTS_OUT.search(
                self.words
            )
            demand_rule(is_harmless, "a formula that reaches out")
        elif name in INSTRUCTIONS and self.words.strip():
            demand_rule(
                bool(self.fields) and not self.fields[-1].is_result, "an instruction in no field"
            )
            self.fields[-1].take(self.changes[-1] if self.changes else 0, self.words)
        elif name in CHANGES:
            self.changes.pop()
        self.words = ""
        self.open.pop()

    def _allowed(self, name: str) -> Mapping[str, AttributeType]:
        if name not in self.known:
            namespace, _, element = name.rpartition("|")
            elements = office_vocabulary().get(namespace, {})
            demand_rule(element in elements, f"element {element}")
            self.known[name] = elements[element]
        return self.known[name]

    def _attribute(self, key: str) -> str:
        if key not in self.names:
            namespace, _, name = key.rpartition("|")
            demand_rule(not namespace or namespace in PREFIXES, "attribute of another namespace")
            self.names[key] = f"{PREFIXES[namespace]}:{name}" if namespace else name
        return self.names[key]

    def _field(self, kind: str) -> None:
        if kind == "begin":
            if self.fields and not self.fields[-1].is_result:
                self.fields[-1].has_inner_first |= not self.fields[-1].instruction.strip()
            self.fields.append(_Field())
            return
        demand_rule(bool(self.fields), "the end of no field")
        last = self.fields[-1]
        has_words = bool(last.instruction.strip())
        demand_rule(last.is_harmless(), "a field that reaches out")
        demand_rule(not (last.has_inner_first and has_words), "a field made of another's result")
        last.is_result = True
        if kind == "end":
            self.fields.pop()


def _is_harmless(instruction: str) -> bool:
    first = instruction.split(None, 1)[:1]
    return not first or first[0].upper() in FIELDS or first[0][0] == "="

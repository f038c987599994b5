"""Office files: the parts that can be reached over relationships we know, and nothing else.

Each part is written anew by `sanitizer.decode.office_xml`.  Its name, its relationships and its
content type are given by us, so macros, embedded objects, custom data, printer settings,
thumbnails and properties are left behind without being looked at.
Source: ECMA-376 part 2 (packages), [MS-OFFMACRO] and [MS-OI29500] for what else is out there.
"""

import posixpath
import re
from collections.abc import Iterator

from lxml import etree

from sanitizer import form
from sanitizer.decode.office_xml import Rebuilder, parsed
from sanitizer.decode.zip_directory import Entry, contents, entries
from sanitizer.outcome import Reason, Refused, Removed
from sanitizer.report import Count, Report

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

# The main part's element: the folder all parts go to.
FOLDERS = {"document": "word", "workbook": "xl", "presentation": "ppt"}

# Relationship type: the folder and name of the parts it leads to.
PARTS = {
    "styles": "styles",
    "numbering": "numbering",
    "fontTable": "fontTable",
    "settings": "settings",
    "theme": "theme/theme",
    "header": "header",
    "footer": "footer",
    "footnotes": "footnotes",
    "endnotes": "endnotes",
    "comments": "comments",
    "worksheet": "worksheets/sheet",
    "chartsheet": "chartsheets/sheet",
    "sharedStrings": "sharedStrings",
    "table": "tables/table",
    "drawing": "drawings/drawing",
    "chart": "charts/chart",
    "slide": "slides/slide",
    "slideLayout": "slideLayouts/slideLayout",
    "slideMaster": "slideMasters/slideMaster",
    "notesSlide": "notesSlides/notesSlide",
    "notesMaster": "notesMasters/notesMaster",
    "handoutMaster": "handoutMasters/handoutMaster",
    "presProps": "presProps",
    "viewProps": "viewProps",
    "tableStyles": "tableStyles",
    "diagramData": "diagrams/data",
    "diagramLayout": "diagrams/layout",
    "diagramQuickStyle": "diagrams/quickStyle",
    "diagramColors": "diagrams/colors",
}
# There is one of these, and readers look for it under this very name.
ONLY_ONE = {
    "styles", "numbering", "fontTable", "settings", "footnotes", "endnotes", "sharedStrings",
    "presProps", "viewProps", "tableStyles",
}  # fmt: skip

# What else is found in a package, and what the receipt calls it.
LEFT_BEHIND = (
    (re.compile(r"vba(project|data)", re.I), Removed.MACRO),
    (re.compile(r"/activex/", re.I), Removed.ACTIVE_CONTROL),
    (re.compile(r"/embeddings/", re.I), Removed.EMBEDDED_FILE),
    (re.compile(r"/externallinks/[^_]", re.I), Removed.EXTERNAL_LINK),
    (re.compile(r"^docprops/", re.I), Removed.METADATA),
    (re.compile(r"^customxml/item", re.I), Removed.METADATA),
    (re.compile(r"/media/.*\.(mp4|mp3|wav|wma|wmv|mov|avi|m4a)$", re.I), Removed.EMBEDDED_FILE),
)

_LINK = re.compile(r"(https?://|mailto:)[^\x00-\x20\"<>\\^`{|}]{1,2000}", re.I)
EXPANSION = 20
MAX_PARTS = 5000


def decode_office(untrusted: bytes, max_bytes: int, report: Report) -> Iterator[form.Record]:
    """Yield rows that say how the parts hang together, and the parts.

    Rows: ("part", name, type) before each part, and ("relationship", from, id, type, target or
    address).  A picture is a member as it was found, its name still without extension.
    """
    package = _Package(untrusted, EXPANSION * max_bytes, report)
    main = next(
        (each.target for each in package.relationships("") if each.kind == "officeDocument"), None
    )
    if main is None:  # an XPS, or the strict form of the standard, which Office does not write
        raise Refused(Reason.NOT_SUPPORTED)
    root = etree.QName(parsed(package.part(main))).localname
    if root not in FOLDERS:
        raise Refused(Reason.NOT_SUPPORTED)
    yield from _Walk(package, FOLDERS[root], report).parts(main, root)


class _Relationship:
    def __init__(self, element: etree._Element, source: str) -> None:
        kind = element.get("Type", "")
        self.id = element.get("Id", "")
        self.kind = kind.removeprefix(RELATIONSHIPS) if kind.startswith(RELATIONSHIPS) else ""
        self.is_external = element.get("TargetMode") == "External"
        target = element.get("Target", "")
        self.target = target if self.is_external else _resolved(source, target)


def _resolved(source: str, target: str) -> str:
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target))
    return path.lstrip("/").lower()


class _Package:
    """The members of a package by name; names do not differ by case (ECMA-376 part 2, 6.2.2.3)."""

    def __init__(self, untrusted: bytes, max_unpacked: int, report: Report) -> None:
        self._untrusted = untrusted
        self._left = max_unpacked
        self._entries: dict[str, Entry] = {}
        for entry in entries(untrusted):
            name = entry.name.replace("\\", "/").lstrip("/").lower()
            if name in self._entries:
                raise Refused(Reason.BROKEN)
            self._entries[name] = entry
            for pattern, removed in LEFT_BEHIND:
                if pattern.search(name) and not name.endswith(".rels"):
                    report.removed[removed] += 1

    def has(self, name: str) -> bool:
        return name in self._entries

    def part(self, name: str) -> bytes:
        if name not in self._entries:
            raise Refused(Reason.BROKEN)
        data = contents(self._untrusted, self._entries[name], self._left)
        self._left -= len(data)
        return data

    def relationships(self, source: str) -> list[_Relationship]:
        folder, name = posixpath.split(source)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(path):
            return []
        root = parsed(self.part(path))
        return [_Relationship(each, source) for each in root]


class _Walk:
    """Goes from part to part and gives each a new name."""

    def __init__(self, package: _Package, folder: str, report: Report) -> None:
        self._package = package
        self._folder = folder
        self._report = report
        self._names: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._to_do: list[tuple[str, str]] = []

    def parts(self, main: str, root: str) -> Iterator[form.Record]:
        self._names[main] = f"{self._folder}/{root}.xml"
        self._to_do.append((main, root))
        for old, kind in self._to_do:  # grows as it is walked
            if len(self._to_do) > MAX_PARTS:
                raise Refused(Reason.TOO_MANY_PARTS)
            name = self._names[old]
            yield form.Row(("part", name, kind))
            if kind == "image":
                self._report.counts[Count.PICTURES_BEFORE] += 1
                yield form.Member(name, self._package.part(old))
                continue
            renamed: dict[str, str] = {}
            for relationship in self._package.relationships(old):
                target = self._kept(relationship)
                if target is None:
                    continue
                renamed[relationship.id] = f"rId{len(renamed) + 1}"
                new_id = renamed[relationship.id]
                yield form.Row(("relationship", name, new_id, relationship.kind, target))
            rebuilder = Rebuilder(renamed, self._report)
            yield form.Member(name, rebuilder.rebuilt(self._package.part(old)))

    def _kept(self, relationship: _Relationship) -> str | None:
        """Return where `relationship` leads in the new package, None where it is not kept."""
        kind = relationship.kind
        if relationship.is_external:
            if kind == "hyperlink" and _LINK.fullmatch(relationship.target):
                return relationship.target
            self._report.removed[Removed.EXTERNAL_LINK] += 1
            return None
        if (
            kind == "comments" and self._folder == "xl"
        ):  # they cannot be shown without a VML drawing
            self._report.removed[Removed.COMMENT] += 1
            return None
        if kind not in PARTS and kind != "image":
            return None
        if not self._package.has(relationship.target):
            return None
        if relationship.target not in self._names:
            self._names[relationship.target] = self._new_name(kind)
            self._to_do.append((relationship.target, kind))
        return self._names[relationship.target]

    def _new_name(self, kind: str) -> str:
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        if kind == "image":
            return f"{self._folder}/media/image{number}"
        if kind in ONLY_ONE and number == 1:
            return f"{self._folder}/{PARTS[kind]}.xml"
        return f"{self._folder}/{PARTS[kind]}{number}.xml"

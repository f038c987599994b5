"""Office files: the parts that can be reached over relationships we know, and nothing else.

Each part is rewritten by `sanitizer.decode.office_xml`.  Its name, its relationships and its
content type are given by us, so macros, embedded objects, custom data, printer settings,
thumbnails and properties are left behind without being looked at.
Source: ECMA-376 part 2 (packages), [MS-OFFMACRO] and [MS-OI29500] for what else is out there.
"""

import re
from collections.abc import Iterator

from lxml import etree

from sanitizer import intermediate
from sanitizer.decode import (
    office_changes,
    office_hidden,
    office_notes,
    office_parse,
    office_protection,
)
from sanitizer.decode.office_package import Package, Relationship
from sanitizer.decode.office_parse import SHEET, parse_part
from sanitizer.decode.office_xml import Rebuilder
from sanitizer.outcome import FileReason, FileRefused, Kept, Removed
from sanitizer.report import Count, Report
from sanitizer.rules import ContentRules, Keeping

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
    "commentAuthors": "commentAuthors",
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
    "styles",
    "numbering",
    "fontTable",
    "settings",
    "footnotes",
    "endnotes",
    "sharedStrings",
    "presProps",
    "viewProps",
    "tableStyles",
    "commentAuthors",
}

_ADDRESS = re.compile(r"(?:(https?)://|(mailto):)[^\x00-\x20\"<>\\^`{|}]{1,2000}", re.I)
EXPANSION = 20
MAX_PARTS = 5000


def decode_office(
    untrusted: bytes, max_bytes: int, report: Report, rules: ContentRules
) -> Iterator[intermediate.Record]:
    """Yield rows that say how the parts hang together, and the parts.

    Rows: ("part", name, type) before each part, ("relationship", from, id, type, target or
    address), and ("note", drawing, row, column) for each comment in a sheet, whose drawing is yet
    to be made.  A picture is a member as it was found, its name still without extension.
    """
    package = Package(untrusted, EXPANSION * max_bytes, report)
    main = next(
        (each.target for each in package.relationships("") if each.kind == "officeDocument"), None
    )
    if main is None:  # an XPS
        raise FileRefused(FileReason.NOT_SUPPORTED)
    root = etree.QName(parse_part(package.peek(main))).localname
    if root not in FOLDERS:
        raise FileRefused(FileReason.NOT_SUPPORTED)
    yield from _Walk(package, FOLDERS[root], report, rules).parts(main, root)


class _Walk:
    """Goes from part to part and gives each a new name."""

    def __init__(self, package: Package, folder: str, report: Report, rules: ContentRules) -> None:
        self._package = package
        self._folder = folder
        self._report = report
        self._rules = rules
        self._names: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._to_do: list[tuple[str, str]] = []
        self._unwanted: set[str] = set()  # parts that the profile does not let through
        self._sheets_gone: frozenset[str] = frozenset()  # their names
        self._strings_used: set[int] = set()
        self._drawings: dict[str, str] = {}  # comments of a sheet: the drawing that shows them

    def parts(self, main: str, root: str) -> Iterator[intermediate.Record]:
        self._names[main] = f"{self._folder}/{root}.xml"
        self._to_do.append((main, root))
        strings: list[tuple[str, str]] = []
        for old, kind in self._to_do:  # grows as it is walked
            if len(self._to_do) > MAX_PARTS:
                raise FileRefused(FileReason.TOO_MANY_PARTS)
            if kind == "sharedStrings":  # last, when it is known which of them are shown
                strings.append((old, kind))
            else:
                yield from self._part(old, kind)
        for old, kind in strings:
            yield from self._part(old, kind)

    def _part(self, old: str, kind: str) -> Iterator[intermediate.Record]:
        name = self._names[old]
        yield intermediate.TableRow(("part", name, kind))
        if kind == "image":
            self._report.counts[Count.PICTURES_BEFORE] += 1
            yield intermediate.Member(name, self._package.part(old))
            return
        root = parse_part(self._package.part(old))
        office_parse.show(root, self._report)
        relationships = self._package.relationships(old)
        self._settle(kind, root, relationships)
        renamed: dict[str, str] = {}
        places: dict[tuple[str, str], str] = {}  # no two relationships lead to one
        for relationship in relationships:
            target = self._kept(relationship)
            if target is None:
                continue
            place = (relationship.kind, target)
            if place not in places:
                places[place] = new_id = f"rId{len(places) + 1}"
                yield intermediate.TableRow(("relationship", name, new_id, *place))
            renamed[relationship.id] = places[place]
        if old in self._drawings:
            for place in office_notes.places(root):
                yield intermediate.TableRow(("note", self._drawings[old], *place))
        rebuilt = Rebuilder(renamed, self._report, self._sheets_gone).rebuilt(root)
        if self._sheets_gone and kind == "worksheet":
            self._strings_used.update(office_hidden.shared_strings_of(rebuilt))
        yield intermediate.Member(name, rebuilt)

    def _settle(self, kind: str, root: etree._Element, of: list[Relationship]) -> None:
        """Do with what stands in a part beside its plain content as the profile says."""
        office = self._rules.office
        office_protection.loosen(root, office.protection, self._report)
        if self._folder == "word":
            office_changes.settle(root, office.changes, self._report)
            office_hidden.hide_text(root, office.hidden, self._report)
        if kind in ("workbook", "presentation"):
            self._find_hidden(root, of)
        elif kind == "sharedStrings" and self._sheets_gone:
            office_hidden.blank_strings(root, self._strings_used)
        elif kind == "comments" and (count := office_notes.count_comments(root)):
            self._report.kept[Kept.COMMENT] += count
        comments = [e for e in of if e.kind == "comments" and self._package.has(e.target)]
        if kind in ("worksheet", "chartsheet"):
            self._place_notes(root, comments, of)
        is_without = office.comments is Keeping.REMOVE
        for each in comments:
            if is_without and each.target not in self._unwanted:
                self._refuse_comments(each.target)
        if self._folder == "word" and (is_without or (kind == "document" and not comments)):
            etree.strip_elements(root, *office_notes.ANCHORS, with_tail=False)

    def _refuse_comments(self, part: str) -> None:
        self._unwanted.add(part)
        if count := office_notes.count_comments(parse_part(self._package.part(part))):
            self._report.removed[Removed.COMMENT] += count

    def _find_hidden(self, root: etree._Element, of: list[Relationship]) -> None:
        """Find the hidden sheets or slides; unless they stay, mark them unwanted."""
        stay = self._rules.office.hidden is Keeping.KEEP
        if self._folder == "xl":
            hidden = office_hidden.hidden_sheets(root)
            gone = {each.target for each in of if each.id in hidden}
            kept, removed = Kept.HIDDEN_SHEET, Removed.HIDDEN_SHEET
        else:
            slides = {each.target for each in of if each.kind == "slide"}
            gone = {slide for slide in slides if not self._is_shown(slide)}
            hidden, kept, removed = {}, Kept.HIDDEN_SLIDE, Removed.HIDDEN_SLIDE
        if not gone:
            return
        if stay:
            self._report.kept[kept] += len(gone)
            return
        self._report.removed[removed] += len(gone)
        self._unwanted |= gone
        self._sheets_gone = frozenset(hidden.values())
        office_hidden.forget_sheets(root, hidden)

    def _is_shown(self, slide: str) -> bool:
        return not self._package.has(slide) or office_hidden.is_shown(self._package.peek(slide))

    def _place_notes(
        self, root: etree._Element, comments: list[Relationship], of: list[Relationship]
    ) -> None:
        """Let a new drawing stand for the one that shows the comments; without one they go."""
        marker = root.find(f"{{{SHEET}}}legacyDrawing")
        own = "" if marker is None else marker.get(office_hidden.ID, "")
        for drawing in of:
            if drawing.kind != "vmlDrawing":
                continue
            drawing.target = ""
            if drawing.id == own and comments and self._rules.office.comments is Keeping.KEEP:
                number = self._numbers["vmlDrawing"] = self._numbers.get("vmlDrawing", 0) + 1
                drawing.target = f"xl/drawings/vmlDrawing{number}.vml"
                self._drawings.setdefault(comments[0].target, drawing.target)
        for each in comments:
            if each.target not in self._drawings and each.target not in self._unwanted:
                self._refuse_comments(each.target)

    def _kept(self, relationship: Relationship) -> str | None:
        """Return where `relationship` leads in the new package, None where it is not kept."""
        kind, target = relationship.kind, relationship.target
        if relationship.is_external:
            return self._link(relationship)
        if kind == "vmlDrawing":
            return target if target in self._drawings.values() else None
        if (kind not in PARTS and kind != "image") or target in self._unwanted:
            return None
        if kind == "commentAuthors" and self._rules.office.comments is Keeping.REMOVE:
            return None
        if not self._package.has(target):
            return None
        if target not in self._names:
            self._names[target] = self._new_name(kind)
            self._to_do.append((target, kind))
        return self._names[target]

    def _link(self, relationship: Relationship) -> str | None:
        """Return an address outside, if it may stay one."""
        address = _ADDRESS.fullmatch(relationship.target)
        if relationship.kind != "hyperlink" or address is None:
            self._report.removed[Removed.EXTERNAL_LINK] += 1
        elif (address[1] or address[2]).lower() in self._rules.links.kept:
            self._report.kept[Kept.LINK] += 1
            return relationship.target
        else:
            self._report.removed[Removed.LINK] += 1
        return None

    def _new_name(self, kind: str) -> str:
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        if kind == "image":
            return f"{self._folder}/media/image{number}"
        if kind in ONLY_ONE and number == 1:
            return f"{self._folder}/{PARTS[kind]}.xml"
        return f"{self._folder}/{PARTS[kind]}{number}.xml"

"""A new Office package: the parts as they were rebuilt, and all that binds them written by us."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from sanitizer.encode.archive import encode_archive
from sanitizer.encode.office_notes import encode_notes
from sanitizer.intermediate import MalformedIntermediate, Member, Record, TableRow

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument."

# Folder: kind of document.  A part's content type is made of the two.
FAMILIES = {"word": "wordprocessingml", "xl": "spreadsheetml", "ppt": "presentationml"}
MAIN = {"document": "document.main", "workbook": "sheet.main", "presentation": "presentation.main"}
DRAWING = {
    "theme": "theme",
    "chart": "drawingml.chart",
    "diagramData": "drawingml.diagramData",
    "diagramLayout": "drawingml.diagramLayout",
    "diagramQuickStyle": "drawingml.diagramStyle",
    "diagramColors": "drawingml.diagramColors",
}


def encode_office(records: Sequence[Record]) -> bytes:
    """Return the parts in `records` (see `sanitizer.decode.office`) as a package."""
    kinds: dict[str, str] = {}
    relationships: dict[str, list[tuple[str, ...]]] = {}
    notes: dict[str, list[tuple[int, int]]] = {}
    parts: list[Member] = []
    for record in records:
        match record:
            case TableRow(("part", name, kind)):
                kinds[name] = kind
            case TableRow(("relationship", source, identifier, kind, target)):
                relationships.setdefault(source, []).append((identifier, kind, target))
                if kind == "vmlDrawing":
                    notes.setdefault(target, [])
            case TableRow(("note", drawing, row, column)) if drawing in notes:
                notes[drawing].append((int(row), int(column)))
            case Member():
                parts.append(record)
            case _:
                raise MalformedIntermediate("not what a package is made of")
    parts += [Member(drawing, encode_notes(places)) for drawing, places in notes.items()]
    main = parts[0].name
    parts[1:] = sorted(parts[1:], key=_place)
    members = [
        Member("[Content_Types].xml", _content_types(parts, kinds)),
        Member("_rels/.rels", _relationships([("rId1", "officeDocument", main)])),
    ]
    for part in parts:
        members.append(part)
        if of := relationships.get(part.name):
            folder, _, name = part.name.rpartition("/")
            members.append(Member(f"{folder}/_rels/{name}.rels", _relationships(of)))
    return encode_archive(members)


_NAME = re.compile(r"(.*?)([0-9]*)\.[a-z]+")


def _place(part: Member) -> tuple[str, int]:
    """Return by what parts are sorted, so that their order says nothing."""
    found = _NAME.fullmatch(part.name)
    return (found[1], int(found[2] or 1)) if found else (part.name, 0)


def _content_types(parts: Sequence[Member], kinds: Mapping[str, str]) -> bytes:
    defaults = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
        "vml": f"{OFFICE}vmlDrawing",
    }
    lines = [f'<Default Extension="{ext}" ContentType="{kind}"/>' for ext, kind in defaults.items()]
    lines += [
        f'<Override PartName="/{part.name}" ContentType="{_content_type(part.name, kinds)}"/>'
        for part in parts
        if part.name.endswith(".xml")
    ]
    types = f'<Types xmlns="{PACKAGE}/content-types">{"".join(lines)}</Types>'
    return (DECLARATION + types).encode("ascii")


def _content_type(name: str, kinds: Mapping[str, str]) -> str:
    kind = kinds[name]
    if kind in DRAWING:
        return f"{OFFICE}{DRAWING[kind]}+xml"
    if kind == "drawing":
        return f"{OFFICE}drawing+xml"
    return f"{OFFICE}{FAMILIES[name.partition('/')[0]]}.{MAIN.get(kind, kind)}+xml"


def _relationships(of: Sequence[tuple[str, ...]]) -> bytes:
    lines = []
    for identifier, kind, target in of:
        is_external = kind == "hyperlink" and ":" in target
        where = quoteattr(target if is_external else f"/{target}")
        mode = ' TargetMode="External"' if is_external else ""
        lines.append(
            f'<Relationship Id="{identifier}" Type="{RELATIONSHIPS}/{kind}" Target={where}{mode}/>'
        )
    text = f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(lines)}</Relationships>'
    return (DECLARATION + text).encode("utf-8")

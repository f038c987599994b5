"""An Office file holds nothing but parts we know, bound by relationships we know.

Each part is XML without document type, comment or instruction, of elements and attributes in the
vocabulary; each picture passes the check of pictures; links lead to the web or to a mailbox, and
nothing else leads outside.  Source: ECMA-376.
"""

import re
from collections.abc import Callable, Mapping
from xml.parsers import expat

from sanitizer.check import zip_layout
from sanitizer.check.office_notes import check_notes
from sanitizer.check.office_part import check_part
from sanitizer.check.rule import CheckFailed, demand_rule

# Media type: folder of the parts, name of the main part.
DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("word", "document"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xl", "workbook"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (
        "ppt",
        "presentation",
    ),
}

_PART = re.compile(r"[a-z]+/([A-Za-z]+/)?[A-Za-z]+[0-9]*\.xml")
_PICTURE = re.compile(r"[a-z]+/media/image[0-9]+\.(png|jpg|gif)")
_NOTES = re.compile(r"xl/drawings/vmlDrawing[0-9]+\.vml")
_RELATIONSHIPS = re.compile(r"([a-z]+/([A-Za-z]+/)?|)_rels/([A-Za-z]+[0-9]*\.xml|)\.rels")
_LINK = re.compile(r"(https?://|mailto:)[^\x00-\x20\"<>\\^`{|}]{1,2000}", re.I)
_IDENTIFIER = re.compile(r"rId[0-9]{1,6}")

TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_KIND_NAMES = """
    chart chartsheet commentAuthors comments diagramColors diagramData diagramLayout
    diagramQuickStyle drawing endnotes fontTable footer footnotes handoutMaster header hyperlink
    image
    notesMaster notesSlide numbering presProps settings sharedStrings slide slideLayout
    slideMaster styles table tableStyles theme viewProps vmlDrawing worksheet officeDocument
"""
KINDS = frozenset(_KIND_NAMES.split())
_CONTENT_TYPE = re.compile(
    r"application/vnd\.openxmlformats-officedocument\."
    r"(wordprocessingml|spreadsheetml|presentationml|drawingml)?\.?[A-Za-z]+(\.main)?\+xml"
)
DEFAULTS = {
    ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
    ("xml", "application/xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("gif", "image/gif"),
    ("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing"),
}

# The two files that bind the others are written in one way.
_DECLARED = rb'<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n'
_VALUE = rb'"(?:[^"<>&\r\n\t]|&amp;)*+"'
_CONTENT_TYPES = re.compile(
    _DECLARED
    + rb'<Types xmlns="http://schemas\.openxmlformats\.org/package/2006/content-types">'
    + rb"(?:<Default Extension=%b ContentType=%b/>)*+" % (_VALUE, _VALUE)
    + rb"(?:<Override PartName=%b ContentType=%b/>)*+</Types>" % (_VALUE, _VALUE)
)
_BINDINGS = re.compile(
    _DECLARED
    + rb'<Relationships xmlns="http://schemas\.openxmlformats\.org/package/2006/relationships">'
    + rb"(?:<Relationship Id=%b Type=%b Target=%b(?: TargetMode=%b)?/>)*+" % ((_VALUE,) * 4)
    + rb"</Relationships>"
)

Pictures = Mapping[str, Callable[[bytes], object]]


def check_office(untrusted: bytes, media: str, pictures: Pictures) -> None:
    """Raise `CheckFailed` unless this is a package of type `media` as we write them.

    `pictures`: the check for each extension.
    """
    folder, main = DOCUMENTS[media]
    members: dict[str, bytes] = {}
    for name, data in zip_layout.members(untrusted):
        demand_rule(name not in members, "two parts of one name")
        members[name] = data
    bound: set[str] = {"[Content_Types].xml"}
    demand_rule(list(members)[:2] == ["[Content_Types].xml", "_rels/.rels"], "first parts")
    _check_content_types(members)
    for name, data in members.items():
        if name == "[Content_Types].xml":
            continue
        if relationships := _RELATIONSHIPS.fullmatch(name):
            source = relationships[1] + relationships[3]
            demand_rule(source == "" or source in members, "relationships of no part")
            is_root = not source
            bound |= _check_relationships(data, members, f"{folder}/{main}.xml" if is_root else "")
            bound.add(name)
            continue
        demand_rule(name.startswith(f"{folder}/"), "a part of another kind of document")
        if picture := _PICTURE.fullmatch(name):
            pictures[picture[1]](data)
        elif _NOTES.fullmatch(name):
            check_notes(data)
        else:
            demand_rule(_PART.fullmatch(name) is not None, "name of a part")
            check_part(data)
    demand_rule(bound == members.keys(), "a part that nothing leads to")


def _elements(data: bytes, written: re.Pattern[bytes]) -> list[tuple[str, dict[str, str]]]:
    """Return the elements below the root of a file that has but one level of them."""
    demand_rule(written.fullmatch(data) is not None, "another way to bind the parts")
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: found.append((name, dict(attributes)))
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise CheckFailed("malformed XML") from None
    return found[1:]


def _check_content_types(members: Mapping[str, bytes]) -> None:
    defaults: list[tuple[str, str]] = []
    overridden: list[str] = []
    for name, attributes in _elements(members["[Content_Types].xml"], _CONTENT_TYPES):
        kind = attributes["ContentType"]
        if name == "Default":
            defaults.append((attributes["Extension"], kind))
        else:
            demand_rule(_CONTENT_TYPE.fullmatch(kind) is not None, "content type of a part")
            overridden.append(attributes["PartName"])
    demand_rule(set(defaults) <= DEFAULTS and len(set(defaults)) == len(defaults), "content types")
    parts = [f"/{name}" for name in members if _PART.fullmatch(name)]
    demand_rule(sorted(overridden) == sorted(parts), "content types of other parts")


def _check_relationships(data: bytes, members: Mapping[str, bytes], main: str) -> set[str]:
    """Check the relationships of a part, or (where `main` is given) of the whole package.

    Returns the parts they lead to.
    """
    found = _elements(data, _BINDINGS)
    demand_rule(len({each[1]["Id"] for each in found}) == len(found), "two relationships of one id")
    if main:
        demand_rule([each[1].get("Target") for each in found] == [f"/{main}"], "main part")
    leads_to: set[str] = set()
    for _, attributes in found:
        kind = attributes["Type"].removeprefix(TYPES)
        target = attributes["Target"]
        demand_rule(
            kind in KINDS and (kind == "officeDocument") == bool(main), "type of a relationship"
        )
        demand_rule(_IDENTIFIER.fullmatch(attributes["Id"]) is not None, "id of a relationship")
        if "TargetMode" in attributes:
            demand_rule(
                attributes["TargetMode"] == "External" and kind == "hyperlink",
                "an outward reference",
            )
            demand_rule(_LINK.fullmatch(target) is not None, "address of a link")
        else:
            demand_rule(target[:1] == "/" and target[1:] in members, "a relationship to no part")
            is_notes = _NOTES.fullmatch(target[1:]) is not None
            demand_rule(
                is_notes == (kind == "vmlDrawing"), "a drawing that is called something else"
            )
            leads_to.add(target[1:])
    return leads_to

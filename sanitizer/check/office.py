"""An Office file holds nothing but parts we know, bound by relationships we know.

Each part is XML without document type, comment or instruction, of elements and attributes in the
vocabulary; each picture passes the check of pictures; links lead to the web or to a mailbox, and
nothing else leads outside.  Source: ECMA-376.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from xml.parsers import expat

from sanitizer.check import office_parts, zip_layout
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

_LINK = re.compile(r"(https?://|mailto:)[^\x00-\x20\"<>\\^`{|}]{1,2000}", re.I)

TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DEFAULTS = [
    ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
    ("xml", "application/xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("gif", "image/gif"),
    ("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing"),
]

# The two files that bind the others are written in one way.
_DECLARED = rb'<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n'
_VALUE = rb'"(?:[^"<>&\r\n\t]|&amp;)*+"'
_CONTENT_TYPES = re.compile(
    _DECLARED
    + rb'<Types xmlns="http://schemas\.openxmlformats\.org/package/2006/content-types">'
    + rb"(?:<Default Extension=%b ContentType=%b/>){6}" % (_VALUE, _VALUE)
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
    parts = _check_order(list(members), folder, main)
    _check_content_types(members["[Content_Types].xml"], parts, folder)
    root = {f"{folder}/{main}.xml": "officeDocument"}
    demand_rule(_bindings(members["_rels/.rels"], members, folder) == root, "main part")
    bound: set[str] = set(root)
    for name in parts:
        kind = office_parts.kind_of(name, folder)
        if relationships := members.get(_relationships_of(name)):
            bound |= _bindings(relationships, members, folder).keys()
        if kind == "image":
            pictures[name.rpartition(".")[2]](members[name])
        elif kind == "vmlDrawing":
            check_notes(members[name])
        else:
            check_part(members[name])
    demand_rule(bound == set(parts), "a part that nothing leads to")


def _relationships_of(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/_rels/{file}.rels"


def _check_order(names: list[str], folder: str, main: str) -> list[str]:
    """Return the parts, the main one first.  Each is followed by its relationships, if it has any.

    What else there is comes first.
    """
    demand_rule(names[:2] == ["[Content_Types].xml", "_rels/.rels"], "first parts")
    parts = [name for name in names[2:] if not name.endswith(".rels")]
    demand_rule(parts[:1] == [f"{folder}/{main}.xml"], "main part")
    office_parts.check_order(parts[1:])
    expected = names[:2]
    for name in parts:
        own = _relationships_of(name)
        expected += [name, own] if own in names else [name]
    demand_rule(names == expected, "order of the parts")
    return parts


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


def _check_content_types(data: bytes, parts: Sequence[str], folder: str) -> None:
    found = _elements(data, _CONTENT_TYPES)
    defaults = [(each["Extension"], each["ContentType"]) for _, each in found[: len(DEFAULTS)]]
    demand_rule(defaults == DEFAULTS, "content types")
    overridden = [(each["PartName"], each["ContentType"]) for _, each in found[len(DEFAULTS) :]]
    expected = [
        (f"/{name}", office_parts.content_type(name, folder))
        for name in parts
        if name.endswith(".xml")
    ]
    demand_rule(overridden == expected, "content types of other parts")


def _bindings(data: bytes, members: Mapping[str, bytes], folder: str) -> dict[str, str]:
    """Check relationships; return the parts they lead to, and as what.

    They are counted from one, and no two lead to the same place.
    """
    found = [attributes for _, attributes in _elements(data, _BINDINGS)]
    numbered = [f"rId{number}" for number in range(1, len(found) + 1)]
    demand_rule([each["Id"] for each in found] == numbered, "id of a relationship")
    seen = {(each["Type"], each["Target"]) for each in found}
    demand_rule(0 < len(seen) == len(found), "two relationships to one place")
    leads_to: dict[str, str] = {}
    for attributes in found:
        kind = attributes["Type"].removeprefix(TYPES)
        target = attributes["Target"]
        if "TargetMode" in attributes:
            is_link = (attributes["TargetMode"], kind) == ("External", "hyperlink")
            demand_rule(is_link, "an outward reference")
            demand_rule(_LINK.fullmatch(target) is not None, "address of a link")
        else:
            demand_rule(target[:1] == "/" and target[1:] in members, "a relationship to no part")
            is_of_kind = kind == office_parts.kind_of(target[1:], folder)
            demand_rule(is_of_kind, "a part that is called something else")
            leads_to[target[1:]] = kind
    return leads_to

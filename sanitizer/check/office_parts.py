"""Which parts an Office file may have, how each is called, and in which order they stand.

A name, a type and a place that could be otherwise would say something.  Source: ECMA-376 part 1,
where each part has its content type and its kind of relationship.
"""

import re
from collections.abc import Mapping, Sequence

from sanitizer.check.rule import CheckFailed, demand_rule

OFFICE = "application/vnd.openxmlformats-officedocument."

# By folder: the main part, and the beginning of its parts' content types.
MAIN: Mapping[str, tuple[str, str]] = {
    "word": ("document", "wordprocessingml.document.main"),
    "xl": ("workbook", "spreadsheetml.sheet.main"),
    "ppt": ("presentation", "presentationml.presentation.main"),
}
# Kind of relationship: what the names of such parts begin with, within the folder.
STEMS: Mapping[str, str] = {
    **{
        kind: kind
        for kind in (
            *("commentAuthors", "comments", "endnotes", "fontTable", "footer", "footnotes"),
            *("header", "numbering", "presProps", "settings", "sharedStrings", "styles"),
            *("tableStyles", "viewProps"),
        )
    },
    "chart": "charts/chart",
    "chartsheet": "chartsheets/sheet",
    "diagramColors": "diagrams/colors",
    "diagramData": "diagrams/data",
    "diagramLayout": "diagrams/layout",
    "diagramQuickStyle": "diagrams/quickStyle",
    "drawing": "drawings/drawing",
    "handoutMaster": "handoutMasters/handoutMaster",
    "image": "media/image",
    "notesMaster": "notesMasters/notesMaster",
    "notesSlide": "notesSlides/notesSlide",
    "slide": "slides/slide",
    "slideLayout": "slideLayouts/slideLayout",
    "slideMaster": "slideMasters/slideMaster",
    "table": "tables/table",
    "theme": "theme/theme",
    "vmlDrawing": "drawings/vmlDrawing",
    "worksheet": "worksheets/sheet",
}
_KINDS = {stem: kind for kind, stem in STEMS.items()}
# Whose content type is not that of the folder's family and the kind.
_SHARED = {
    "chart": "drawingml.chart",
    "diagramColors": "drawingml.diagramColors",
    "diagramData": "drawingml.diagramData",
    "diagramLayout": "drawingml.diagramLayout",
    "diagramQuickStyle": "drawingml.diagramStyle",
    "drawing": "drawing",
    "theme": "theme",
}
EXTENSIONS: Mapping[str, tuple[str, ...]] = {"image": ("png", "jpg", "gif"), "vmlDrawing": ("vml",)}
_NAME = re.compile(r"([A-Za-z/]+)([1-9][0-9]{0,4})?\.([a-z]{3})")


def kind_of(name: str, folder: str) -> str:
    """Return the kind of the part `name`, "officeDocument" for the main one."""
    if name == f"{folder}/{MAIN[folder][0]}.xml":
        return "officeDocument"
    found = _NAME.fullmatch(name)
    if found is None:
        raise CheckFailed("name of a part")
    kind = _KINDS.get(found[1].removeprefix(f"{folder}/"), "")
    demand_rule(kind != "" and found[3] in EXTENSIONS.get(kind, ("xml",)), "name of a part")
    return kind


def content_type(name: str, folder: str) -> str:
    kind = kind_of(name, folder)
    of_main = MAIN[folder][1]
    if kind == "officeDocument":
        return f"{OFFICE}{of_main}+xml"
    family = of_main.partition(".")[0]
    return f"{OFFICE}{_SHARED.get(kind, f'{family}.{kind}')}+xml"


def check_order(names: Sequence[str]) -> None:
    """Demand that parts (all but the main one) stand by their names, and are counted from one."""
    found = [(match[1], int(match[2] or 1)) for match in map(_NAME.fullmatch, names) if match]
    demand_rule(len(found) == len(names) and found == sorted(found), "order of the parts")
    counts: dict[str, int] = {}
    for stem, number in found:
        counts[stem] = counts.get(stem, 0) + 1
        demand_rule(number == counts[stem], "number of a part")

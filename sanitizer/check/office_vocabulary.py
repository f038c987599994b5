"""The elements an Office file may have, and the attributes of each.  Data, and how to read it.

`office_names.json` holds the names of ECMA-376 (transitional), from the schemas of the Open XML
SDK, without every element and attribute that runs, links, embeds, fetches or tracks.  A test says
which those are.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_OFFICE = "http://schemas.openxmlformats.org/"

# By namespace, the elements that hold text.  In ECMA-376 none holds text beside elements.
TEXTS: Mapping[str, frozenset[str]] = {
    _OFFICE + namespace: frozenset(names.split())
    for namespace, names in {
        "wordprocessingml/2006/main": "t delText instrText delInstrText",
        "spreadsheetml/2006/main": (
            "t v f formula formula1 formula2 definedName author oddHeader oddFooter evenHeader"
            " evenFooter firstHeader firstFooter calculatedColumnFormula totalsRowFormula"
        ),
        "presentationml/2006/main": "text attrName",
        "drawingml/2006/main": "t tableStyleId",
        "drawingml/2006/wordprocessingDrawing": "align posOffset",
        "drawingml/2006/spreadsheetDrawing": "col colOff row rowOff",
        "drawingml/2006/chart": (
            "f v formatCode name separator fmtId oddHeader oddFooter evenHeader evenFooter"
            " firstHeader firstFooter"
        ),
        "drawingml/2006/chartDrawing": "x y",
        "officeDocument/2006/math": "t",
    }.items()
}


@cache
def office_vocabulary() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return, by namespace and element, the attributes it may have."""
    names = json.loads(Path(__file__).with_name("office_names.json").read_text("ascii"))
    return {
        namespace: {element: frozenset(attributes.split()) for element, attributes in of.items()}
        for namespace, of in names.items()
    }

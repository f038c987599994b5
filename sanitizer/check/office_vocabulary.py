"""The elements an Office file may have, their attributes, and what each may be.  Data, and reading.

`office_names.json` holds the names of ECMA-376 (transitional), from the schemas of the Open XML
SDK, without every element and attribute that runs, links, embeds, fetches or tracks.  A test says
which those are.  `office_types.json`, from the same schemas, says what an attribute may be: one of
some words, or what has a shape (numbers, colours, dates, cells).  An attribute that is not there is
free: it holds words, such as a name or a description.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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

# The longest description a picture may have.
MAX_FREE_CHARACTERS = 2048


@dataclass(frozen=True, slots=True)
class AttributeType:
    """What an attribute may be: one of `words`, or all of what `shape` matches, if it has one."""

    words: frozenset[str]
    shape: re.Pattern[str] | None

    def admits(self, value: str) -> bool:
        is_word = value in self.words
        return is_word or (self.shape is not None and self.shape.fullmatch(value) is not None)


# Words, which are judged like any other: a name, a description.
FREE = AttributeType(frozenset(), re.compile(rf"[^\0]{{0,{MAX_FREE_CHARACTERS}}}"))

Vocabulary = Mapping[str, Mapping[str, Mapping[str, AttributeType]]]


@cache
def office_vocabulary() -> Vocabulary:
    """Return, by namespace and element, the attributes it may have, and what each may be."""
    names = _read("office_names.json")
    types = _read("office_types.json")
    kinds = [
        AttributeType(frozenset(words.split()), re.compile(shape) if shape else None)
        for words, shape in types["kinds"]
    ]
    typed = types["attributes"]
    return {
        namespace: {
            element: dict.fromkeys(attributes.split(), FREE)
            | dict(_typed(typed.get(namespace, {}).get(element, ""), kinds))
            for element, attributes in of.items()
        }
        for namespace, of in names.items()
    }


def _read(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text("ascii"))


def _typed(attributes: str, kinds: list[AttributeType]) -> list[tuple[str, AttributeType]]:
    """Return the types in "name:number name:number"."""
    pairs = (each.rpartition(":") for each in attributes.split())
    return [(name, kinds[int(number)]) for name, _, number in pairs]

"""The elements an Office file may have, and the attributes of each.  Data, and how to read it.

`office_names.json` holds the names of ECMA-376 (transitional), from the schemas of the Open XML
SDK, without every element and attribute that runs, links, embeds, fetches or tracks.  A test says
which those are.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def vocabulary() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return, by namespace and element, the attributes it may have."""
    names = json.loads(Path(__file__).with_name("office_names.json").read_text("ascii"))
    return {
        namespace: {element: frozenset(attributes.split()) for element, attributes in of.items()}
        for namespace, of in names.items()
    }

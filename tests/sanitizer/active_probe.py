"""Run by a Python of its own, beside oletools and pikepdf: say what is active in the files named.

Prints a line of JSON for each: its path, and what oletools and a walk over a PDF's objects found.
Imports nothing of ours.
"""

import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# In a dictionary of a PDF, what acts or carries a file.
KEYS = {
    "/JS",
    "/JavaScript",
    "/AA",
    "/OpenAction",
    "/EmbeddedFiles",
    "/EF",
    "/XFA",
    "/AcroForm",
    "/RichMediaContent",
    "/Collection",
    "/AF",
    "/Encrypt",
    "/PieceInfo",
    "/Metadata",
}
ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/GoToR",
    "/GoToE",
    "/SubmitForm",
    "/ImportData",
    "/Rendition",
    "/RichMediaExecute",
    "/Movie",
    "/Sound",
    "/Hide",
    "/Named",
    "/SetOCGState",
    "/ResetForm",
}
HARMLESS_LINK = re.compile(r"(https?://|mailto:)", re.I)


def in_office(path: Path) -> Iterator[str]:
    """Yield what oletools finds: macros, fields that reach out, relationships that lead outside."""
    # Not of our environment.
    from oletools import (  # type: ignore[import-not-found]
        msodde,
        oleobj,
        olevba,
        ooxml,
    )

    macros = olevba.VBA_Parser(str(path))
    if macros.detect_vba_macros():
        yield "macros"
    macros.close()
    if msodde.process_file(str(path), msodde.FIELD_FILTER_BLACKLIST).strip():
        yield "fields"
    for kind, target in oleobj.find_external_relationships(ooxml.XmlParser(str(path))):
        if kind != "hyperlink" or not HARMLESS_LINK.match(target):
            yield f"external {kind}"
    if any(oleobj.find_ole(str(path), None)):
        yield "embedded object"


def in_pdf(path: Path) -> Iterator[str]:
    """Yield what stands in any object, reachable or not."""
    import pikepdf  # type: ignore[import-not-found]  # nor this

    with pikepdf.open(path) as document:
        for thing in [document.trailer, *document.objects]:
            yield from _in_object(thing, pikepdf)


def _in_object(thing: Any, pikepdf: Any, depth: int = 0) -> Iterator[str]:
    is_elsewhere = depth > 0 and getattr(thing, "is_indirect", False)  # and comes by itself
    if is_elsewhere or depth > 40:
        return
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in thing.items():
            if key in KEYS:
                yield key
            if key == "/S" and str(value) in ACTIONS:
                yield f"action {value}"
            if key == "/URI" and not HARMLESS_LINK.match(str(value)):
                yield "a link elsewhere"
            yield from _in_object(value, pikepdf, depth + 1)
    elif isinstance(thing, pikepdf.Array):
        for value in thing:
            yield from _in_object(value, pikepdf, depth + 1)


def main(paths: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in paths:
        path = Path(name)
        try:
            found = sorted(set(in_pdf(path) if path.suffix == ".pdf" else in_office(path)))
        except Exception as error:  # whatever a foreign tool does to a foreign file is a finding
            found = [f"cannot be read: {type(error).__name__}"]
        sys.stdout.write(json.dumps({"path": name, "found": found}) + "\n")


if __name__ == "__main__":
    main(sys.stdin.read().splitlines())

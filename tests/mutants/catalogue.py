"""The list of one-line breaks, and how one is made in a text.

Each says which test has to fail once it is made: a guard that no test misses is no guard.  They
stand in the `.toml` files beside this one, which are data and nothing else.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).resolve().parent


class Mutant(Struct, frozen=True, forbid_unknown_fields=True):
    """A break of one guard.

    `was` stands in `file` exactly once, whatever the white space; `becomes` goes in its place.
    `test` is what has to fail then: a file of tests, or one of them.  `attack` says what would
    get through.  `case` is the number of the case that was seen on the first version, if it is one.
    """

    file: str
    was: str
    becomes: str
    test: str
    attack: str
    case: int | None = None


class Stale(Exception):
    """A mutant that cannot be made any more: what it breaks has changed."""


def read_mutants(folder: Path = FOLDER) -> list[Mutant]:
    """Return every mutant of the lists in `folder`."""
    return [
        msgspec.convert(row, Mutant)
        for path in sorted(folder.glob("*.toml"))
        for row in _rows(tomllib.loads(path.read_text(encoding="utf-8")))
    ]


def _rows(document: dict[str, Any]) -> list[Any]:
    rows: list[Any] = document["mutant"]
    return rows


def break_text(text: str, mutant: Mutant) -> str:
    """Return `text` with the break made in it.

    Raises `Stale` where the old words are not there exactly once, or the new text is no Python.
    """
    found = list(_pattern(mutant.was).finditer(text))
    if len(found) != 1:
        raise Stale(f"{mutant.file} has {mutant.was!r} {len(found)} times")
    broken = text[: found[0].start()] + mutant.becomes + text[found[0].end() :]
    try:
        compile(broken, mutant.file, "exec", dont_inherit=True)
    except SyntaxError as trouble:
        raise Stale(f"{mutant.file} is no Python with {mutant.becomes!r}: {trouble}") from None
    return broken


def _pattern(snippet: str) -> re.Pattern[str]:
    """Return what finds `snippet` however a formatter has broken its lines."""
    letters = r"\s*".join(re.escape(each) for each in snippet if not each.isspace())
    before = r"(?<!\w)" if re.match(r"\w", snippet) else ""
    behind = r"(?!\w)" if re.search(r"\w$", snippet) else ""
    return re.compile(before + letters + behind)

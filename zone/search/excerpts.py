"""The part of a text in which something was found, and where in it.  Pure."""

from typing import Final, NamedTuple

from zone.search.folding import fold_text, place_in

EXCERPT: Final = 120  # characters: three lines of a telephone
BEFORE: Final = 30  # of them, how many may stand before what was found
_CUT: Final = "…"


class Excerpt(NamedTuple):
    """Part of a text on one line, and which pieces of it are what was looked for."""

    text: str
    marks: list[tuple[int, int]]  # from, up to


def excerpt_of(text: str, words: tuple[str, ...]) -> Excerpt:
    """Return the part of `text` around the first of `words` in it, or its beginning."""
    line = " ".join(text.split())
    folded = fold_text(line)
    first = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    start = max(0, place_in(line, first, first + 1)[0] - BEFORE)
    if len(line) - start < EXCERPT:
        start = max(0, len(line) - EXCERPT)
    part = line[start : start + EXCERPT]
    shown = (_CUT if start else "") + part + (_CUT if start + EXCERPT < len(line) else "")
    folded = fold_text(shown)
    marks = [
        place_in(shown, at, at + len(word)) for word in words if (at := folded.find(word)) >= 0
    ]
    return Excerpt(shown, sorted(marks))

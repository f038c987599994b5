"""Comments in an Office file, and the cells an Excel file has them at.

Comments of Word and PowerPoint stand in the text.  Excel shows those of a sheet only where a
drawing in VML says so: that one is rewritten, from nothing but the cells' places.
"""

import re
from collections.abc import Iterator

from lxml import etree

from sanitizer.decode.office_parse import SHEET, SLIDE, WORD

COMMENT = (f"{{{WORD}}}comment", f"{{{SHEET}}}comment", f"{{{SLIDE}}}cm")
# Where a Word document has its comments; one without the other is broken to Word.
ANCHORS = frozenset(
    f"{{{WORD}}}{name}" for name in ("commentRangeStart", "commentRangeEnd", "commentReference")
)
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def count_comments(part: etree._Element) -> int:
    return sum(1 for _ in part.iter(*COMMENT))


def places(part: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield row and column, from 0 on, of each cell that has a comment."""
    for comment in part.iter(f"{{{SHEET}}}comment"):
        cell = _CELL.fullmatch(comment.get("ref", ""))
        if cell is not None:
            column = 0
            for letter in cell[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
            yield str(int(cell[2]) - 1), str(column - 1)

"""Words and links of a page: inside it, in whole points, no more than it has room for.

What cannot be read by anybody (too small, beyond the page, more than fits) is left out.
"""

import math
from collections.abc import Iterator, Sequence

from sanitizer.intermediate import IntermediatePage, PageLink, TextRun

# A page in the smallest print has a character on 25 square points; a stamp's page has some, too.
POINTS_A_CHARACTER, SOME_CHARACTERS = 25, 500
LEAST_SIZE, LARGEST_SIZE = 1, 2000
# Of a character's own width, in percent.
LEAST_STRETCH, LARGEST_STRETCH = 1.0, 5000.0
# What a finger can hit, and what all addresses of a page may have together.
LEAST_SIDE, MAX_ADDRESS_BYTES = 2, 32_768


def words_on(page: IntermediatePage, runs: Sequence[TextRun]) -> Iterator[bytes]:
    """Yield the operators of each run that fits: invisible words over the ink they name."""
    left = SOME_CHARACTERS + int(page.width * page.height) // POINTS_A_CHARACTER
    for run in runs:
        codes = run.text.encode("utf-16-be")
        written = _placed(page, run, codes)
        if written is not None and len(codes) // 2 <= left:
            left -= len(codes) // 2
            yield written


def _placed(page: IntermediatePage, run: TextRun, codes: bytes) -> bytes | None:
    """Return a run as long as its ink; a line that runs down is turned."""
    width, height = math.floor(page.width), math.floor(page.height)
    along, across = (height, width) if run.vertical else (width, height)
    size = min(LARGEST_SIZE, across, max(LEAST_SIZE, round(run.size)))
    natural = len(codes) / 2 * size
    least, most = LEAST_STRETCH / 100 * natural, LARGEST_STRETCH / 100 * natural
    length = min(along, math.floor(most), max(math.ceil(least), 1, round(run.length)))
    if length < least or length < 1 or size < LEAST_SIZE:
        return None
    if run.vertical:
        x, y = _between(run.x, 0, width - size), _between(run.y, length, height)
        turn, base = b"0 -1 1 0", y
    else:
        x, y = _between(run.x, 0, width - length), _between(run.y, 0, height - size)
        turn, base = b"1 0 0 1", y + size // 5
    return b"/F %d Tf %.5f Tz %s %d %d Tm <%s> Tj" % (
        size,
        100 * length / natural,
        turn,
        x,
        base,
        codes.hex().encode(),
    )


def _between(place: float, least: int, most: int) -> int:
    return max(least, min(most, round(place)))


def links_on(page: IntermediatePage, links: Sequence[PageLink]) -> Iterator[bytes]:
    """Yield the links that have a place to be clicked: frames that nobody sees.

    The address is in hexadecimal, where nothing needs to be escaped.
    """
    width, height = math.floor(page.width), math.floor(page.height)
    room = MAX_ADDRESS_BYTES
    for link in links:
        left, right = round(link.left), min(width, round(link.right))
        bottom, top = round(link.bottom), min(height, round(link.top))
        room -= len(link.address)
        if min(right - left, top - bottom) >= LEAST_SIDE and room >= 0:
            yield (
                b"<< /Type /Annot /Subtype /Link /Rect [%d %d %d %d] /Border [0 0 0] "
                b"/A << /S /URI /URI <%s> >> >>"
                % (left, bottom, right, top, link.address.encode("ascii").hex().encode())
            )

"""The words of a page: which, where, and only those that can be seen.

Source: PDFium's public/fpdf_text.h.
"""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]
from PIL import Image

from sanitizer import intermediate
from sanitizer.decode.text import visible_text
from sanitizer.outcome import Removed
from sanitizer.report import Report

# A page of an encyclopaedia in the smallest print has 20,000 characters.
MAX_CHARACTERS = 100_000

# Less contrast than this within its box, and nobody sees a character (of 255).
MIN_CONTRAST = 24

# For the corners of the page, so that whole numbers of them are exact enough.
FINE = 64


ToPixels = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character and its box in pixels of the drawn page, from the upper left."""

    character: str
    left: float
    top: float
    right: float
    bottom: float


def runs(
    page: pdfium.PdfPage, looks: Image.Image, page_height: float, report: Report
) -> Iterator[intermediate.TextRun]:
    """Yield the words on `page`, which looks like `looks` (gray); its height is in points."""
    scale = looks.height / page_height
    line: list[_Glyph] = []
    for glyph in _glyphs(page, looks, report):
        if glyph is not None and line and glyph.character == " ":
            line.append(_Glyph(" ", line[-1].right, line[-1].top, line[-1].right, line[-1].bottom))
            continue
        if glyph is None or (line and not _goes_on(line, glyph)):
            yield from _run(line, scale, page_height)
            line = []
        if glyph is not None and glyph.character != " ":
            line.append(glyph)
    yield from _run(line, scale, page_height)


def _glyphs(page: pdfium.PdfPage, looks: Image.Image, report: Report) -> Iterator[_Glyph | None]:
    """Yield each character that can be seen, and None where a line ends."""
    words = page.get_textpage()  # must live as long as its pointer is used
    text = words.raw
    to_pixels = transformation(page, looks.size)
    box = [ctypes.c_double() for _ in range(4)]
    for index in range(min(MAX_CHARACTERS, pdfium_c.FPDFText_CountChars(text))):
        code = pdfium_c.FPDFText_GetUnicode(text, index)
        if code in (0x0A, 0x0D):
            yield None
        elif code in (0x09, 0x20, 0x3000, 0xA0):
            yield _Glyph(" ", 0, 0, 0, 0)
        elif 0xD800 <= code <= 0xDFFF or not 0x20 < code < 0x110000:
            report.removed[Removed.CONTROL_CHARACTERS] += 1
        elif (character := visible_text(chr(code), report)) and pdfium_c.FPDFText_GetCharBox(
            text, index, *box
        ):
            left, right, bottom, top = (number.value for number in box)
            corners = to_pixels(left, bottom), to_pixels(right, top)
            xs, ys = zip(*corners, strict=True)
            glyph = _Glyph(character, min(xs), min(ys), max(xs), max(ys))
            if _has_ink(looks, glyph):
                yield glyph
            else:
                report.removed[Removed.HIDDEN_TEXT] += 1


def transformation(page: pdfium.PdfPage, size: tuple[int, int]) -> ToPixels:
    """Return how to get from the page's own points to pixels: it may be cropped and turned."""
    width, height = size
    x, y = ctypes.c_int(), ctypes.c_int()

    def corner(page_x: float, page_y: float) -> tuple[float, float]:
        pdfium_c.FPDF_PageToDevice(page, 0, 0, width * FINE, height * FINE, 0, page_x, page_y, x, y)
        return x.value / FINE, y.value / FINE

    origin_x, origin_y = corner(0, 0)
    across_x, across_y = corner(1000, 0)
    up_x, up_y = corner(0, 1000)
    xx, xy = (across_x - origin_x) / 1000, (across_y - origin_y) / 1000
    yx, yy = (up_x - origin_x) / 1000, (up_y - origin_y) / 1000
    return lambda px, py: (origin_x + xx * px + yx * py, origin_y + xy * px + yy * py)


def _has_ink(looks: Image.Image, glyph: _Glyph) -> bool:
    left, top = max(0, int(glyph.left) - 1), max(0, int(glyph.top) - 1)
    right, bottom = min(looks.width, int(glyph.right) + 2), min(looks.height, int(glyph.bottom) + 2)
    if left >= right or top >= bottom:
        return False  # off the page
    shades = looks.crop((left, top, right, bottom)).getextrema()
    darkest, lightest = (float(shade) for shade in shades if not isinstance(shade, tuple))
    return lightest - darkest >= MIN_CONTRAST


def _goes_on(line: list[_Glyph], glyph: _Glyph) -> bool:
    """Say whether `glyph` goes on with `line`, in the direction the line has had so far."""
    words = [each for each in line if each.character != " "]
    direction = _direction(words[-1], glyph)
    if direction is None or len(words) == 1:
        return direction is not None
    return direction == _direction(words[-2], words[-1])


def _direction(before: _Glyph, after: _Glyph) -> str | None:
    """Return where `after` stands next to `before`; on a page upside down that may be anywhere."""
    across = after.left + after.right - before.left - before.right
    down = after.top + after.bottom - before.top - before.bottom
    size = max(g.bottom - g.top for g in (before, after))
    size = max(size, *(g.right - g.left for g in (before, after)), 1.0)
    if abs(across) >= abs(down):
        apart = max(before.top, after.top) - min(before.bottom, after.bottom)
        gap = max(before.left, after.left) - min(before.right, after.right)
        words = "right", "left"
    else:
        apart = max(before.left, after.left) - min(before.right, after.right)
        gap = max(before.top, after.top) - min(before.bottom, after.bottom)
        words = "down", "up"
    if apart > size / 2 or gap > 3 * size:
        return None
    return words[0] if (across if words[0] == "right" else down) >= 0 else words[1]


def _is_vertical(words: list[_Glyph]) -> bool:
    first, last = words[0], words[-1]
    return abs(last.top - first.top) > abs(last.left - first.left)


def _run(line: list[_Glyph], scale: float, page_height: float) -> Iterator[intermediate.TextRun]:
    words = [glyph for glyph in line if glyph.character != " "]
    if not words:
        return
    text = "".join(glyph.character for glyph in line).rstrip(" ")
    left, right = min(w.left for w in words) / scale, max(w.right for w in words) / scale
    top, bottom = min(w.top for w in words) / scale, max(w.bottom for w in words) / scale
    if len(words) > 1 and _is_vertical(words):
        size, length = right - left, bottom - top
        yield intermediate.TextRun(left, page_height - top, length, size, vertical=True, text=text)
    else:
        size, length = bottom - top, right - left
        yield intermediate.TextRun(
            left, page_height - bottom, length, size, vertical=False, text=text
        )

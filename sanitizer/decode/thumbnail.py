"""Thumbnails: what a picture, or the first page of a document, looks like from afar.

Runs in the jail, in the child that sees the file.
"""

from collections.abc import Iterable

from PIL import Image

from sanitizer import intermediate
from sanitizer.decode.pdf import first_page
from sanitizer.decode.picture import as_seen, open_unread
from sanitizer.encode.picture import MODES
from sanitizer.kinds import Kind
from sanitizer.report import Report
from sanitizer.worker import Parameters

# Nobody looks for traces of compression in a thumbnail.
QUALITY = 80
# libjpeg halves a picture up to three times while it decodes, as long as this much is left.
GAP = 2
# Exif 2.32, 4.6.4: in these orientations what is stored as rows is seen as columns.
ORIENTATION, LYING = 0x0112, frozenset({5, 6, 7, 8})


def shrink(
    untrusted: memoryview, given: Parameters, report: Report
) -> Iterable[bytes | memoryview]:
    """Yield a picture of at most `side` pixels each way.  A smaller one stays as it is.

    The report says how many pixels a picture itself has each way, upright.
    """
    kind, side = Kind(str(given["kind"])), int(given["side"])
    if kind is Kind.PDF:
        looks = first_page(bytes(untrusted), side)
    else:
        looks = _looks(kind, bytes(untrusted), side, int(given["max_pixels"]), report)
    looks.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=GAP)
    yield from intermediate.pack(as_seen(looks, quality=QUALITY))


def _looks(kind: Kind, untrusted: bytes, side: int, max_pixels: int, report: Report) -> Image.Image:
    """Return the first frame, upright and in sRGB, perhaps smaller than it is."""
    image = open_unread(kind, untrusted, max_pixels)
    before = image.size
    image.draft(None, (GAP * side, GAP * side))
    image.load()
    is_turned = image.getexif().get(ORIENTATION) in LYING
    plain = as_seen(image)
    report.width, report.height = before[::-1] if is_turned else before
    return Image.frombytes(MODES[plain.mode], plain.size, bytes(plain.pixels))

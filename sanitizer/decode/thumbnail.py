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


def shrink(
    untrusted: memoryview, given: Parameters, _report: Report
) -> Iterable[bytes | memoryview]:
    """Yield a picture of at most `side` pixels each way.  A smaller one stays as it is."""
    kind, side = Kind(str(given["kind"])), int(given["side"])
    if kind is Kind.PDF:
        looks = first_page(bytes(untrusted), side)
    else:
        looks = _looks(kind, bytes(untrusted), side, int(given["max_pixels"]))
    looks.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=GAP)
    yield from intermediate.pack(as_seen(looks, quality=QUALITY))


def _looks(kind: Kind, untrusted: bytes, side: int, max_pixels: int) -> Image.Image:
    """Return the first frame, upright and in sRGB."""
    image = open_unread(kind, untrusted, max_pixels)
    image.draft(None, (GAP * side, GAP * side))
    image.load()
    plain = as_seen(image)
    return Image.frombytes(MODES[plain.mode], plain.size, bytes(plain.pixels))

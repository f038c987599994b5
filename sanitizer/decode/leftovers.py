"""What a picture file carries besides its picture: counted for the receipt, never kept.

A scan of the container alone.  If it misjudges, the receipt is short of a line; what comes out is
made of pixels and holds none of this either way.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from sanitizer.kinds import Kind
from sanitizer.outcome import Removed

EXIF_HEADER = b"Exif\0\0"
GPS_TAG = 0x8825
MAX_SEGMENTS = 10_000


def count_leftovers(kind: Kind, untrusted: bytes) -> Counter[Removed]:
    """Return what was found, and how often."""
    scan = _SCANS.get(kind)
    found: Counter[Removed] = Counter()
    if scan is not None:
        try:
            for what in scan(untrusted):
                found[what] += 1
        except (struct.error, IndexError):
            pass  # a container that breaks off; the decoder has its own opinion of that
    return found


def _jpeg(untrusted: bytes) -> Iterator[Removed]:
    at = 2
    for _ in range(MAX_SEGMENTS):
        at = (
            untrusted.index(b"\xff", at) if b"\xff" in untrusted[at : at + 1024] else len(untrusted)
        )
        marker = untrusted[at + 1]
        if marker == 0xD9:
            if at + 2 < len(untrusted):
                yield Removed.TRAILING_DATA
            return
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", untrusted, at + 2)
        yield from _jpeg_segment(marker, untrusted[at + 4 : at + 2 + length])
        at += 2 + length
        if marker == 0xDA:
            at = _end_of_scan(untrusted, at)


def _jpeg_segment(marker: int, body: bytes) -> Iterator[Removed]:
    if marker == 0xFE:
        yield Removed.COMMENT
    elif marker == 0xE1 and body.startswith(EXIF_HEADER):
        yield from _exif(body[len(EXIF_HEADER) :])
    elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/x"):
        yield Removed.XMP
    elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0\x01"):
        yield Removed.ICC
    elif marker == 0xED:
        yield Removed.IPTC
    elif marker == 0xE0:
        if body.startswith(b"JFXX") or (
            body.startswith(b"JFIF") and body[12:14] not in (b"\0\0", b"")
        ):
            yield Removed.THUMBNAIL
    elif 0xE1 <= marker <= 0xEF and not body.startswith((b"ICC_PROFILE", b"Adobe")):
        yield Removed.METADATA


def _end_of_scan(untrusted: bytes, at: int) -> int:
    while True:
        at = untrusted.find(b"\xff", at)
        if at < 0 or at + 1 >= len(untrusted):
            return len(untrusted)
        if untrusted[at + 1] != 0 and not 0xD0 <= untrusted[at + 1] <= 0xD7:
            return at
        at += 2


def _exif(tiff: bytes) -> Iterator[Removed]:
    """Exif is a small TIFF: a directory of tags, and maybe a second one for the thumbnail."""
    yield Removed.EXIF
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    tags = [struct.unpack_from(order + "H", tiff, first + 2 + 12 * i)[0] for i in range(count)]
    if GPS_TAG in tags:
        yield Removed.GPS
    (second,) = struct.unpack_from(order + "I", tiff, first + 2 + 12 * count)
    if second:
        yield Removed.THUMBNAIL


PNG_CHUNKS = {
    b"tEXt": Removed.COMMENT,
    b"zTXt": Removed.COMMENT,
    b"iCCP": Removed.ICC,
    b"tIME": Removed.METADATA,
    b"fcTL": Removed.ANIMATION_FRAMES,
}
PNG_PICTURE = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"sBIT",
    b"bKGD",
    b"pHYs",
    b"acTL",
    b"fdAT",
    b"hIST",
}


def _png(untrusted: bytes) -> Iterator[Removed]:
    at = 8
    for _ in range(MAX_SEGMENTS):
        length, name = struct.unpack_from(">I4s", untrusted, at)
        body = untrusted[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"iTXt":
            yield Removed.XMP if body.startswith(b"XML:com.adobe.xmp\0") else Removed.COMMENT
        elif name == b"eXIf":
            yield from _exif(body)
        elif name in PNG_CHUNKS:
            yield PNG_CHUNKS[name]
        elif name not in PNG_PICTURE:
            yield Removed.METADATA
        if name == b"IEND":
            if at < len(untrusted):
                yield Removed.TRAILING_DATA
            return


WEBP_CHUNKS = {b"XMP ": Removed.XMP, b"ICCP": Removed.ICC, b"ANMF": Removed.ANIMATION_FRAMES}
WEBP_PICTURE = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM"}


def _webp(untrusted: bytes) -> Iterator[Removed]:
    end = 8 + struct.unpack_from("<I", untrusted, 4)[0]
    if end < len(untrusted):
        yield Removed.TRAILING_DATA
    at = 12
    for _ in range(MAX_SEGMENTS):
        if at >= end:
            return
        name, length = struct.unpack_from("<4sI", untrusted, at)
        body = untrusted[at + 8 : at + 8 + length]
        if name == b"EXIF":
            yield from _exif(body.removeprefix(EXIF_HEADER))
        elif name in WEBP_CHUNKS:
            yield WEBP_CHUNKS[name]
        elif name not in WEBP_PICTURE:
            yield Removed.METADATA
        at += 8 + length + length % 2


_SCANS: Mapping[Kind, Callable[[bytes], Iterator[Removed]]] = {
    Kind.JPEG: _jpeg,
    Kind.PNG: _png,
    Kind.WEBP: _webp,
}

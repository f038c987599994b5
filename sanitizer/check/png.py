"""PNG: header, palette, transparency, pixels in one chunk, end; each checksum right, nothing else.

Pixels have eight bits a channel.  A palette has the colours in use, each once, in order.  There is
one way to write each picture: rows are filtered by the row above them, or, with a palette, not at
all; they are packed in the one way of `sanitizer.check.packing`; and what is wholly transparent has
no colour.  Source: W3C PNG specification, third edition.
"""

import struct
import zlib
from itertools import pairwise

from sanitizer.check import packing
from sanitizer.check.rule import demand_rule

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 250_000_000
MAX_SIDE = 65_535

# Colour type: channels.  Gray, colours, palette, colours with transparency.
CHANNELS = {0: 1, 2: 3, 3: 1, 6: 4}
PALETTE, CLEAR = 3, 6
MAX_COLOURS = 256
# Of a row: as it is, or less the row above it.
PLAIN_ROW, BY_ROW_ABOVE = 0, 2

# The chunks of each picture.
SHAPES = (
    (b"IHDR", b"IDAT", b"IEND"),
    (b"IHDR", b"PLTE", b"IDAT", b"IEND"),
    (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"),
)
# zlib says itself how hard it tried.
FAST_HEADER = b"\x78\x01"


def check_png(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    demand_rule(untrusted.startswith(SIGNATURE), "not a PNG")
    chunks: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while at < len(untrusted):
        name, body, at = _chunk(untrusted, at)
        chunks.append((name, body))
        demand_rule(len(chunks) <= len(SHAPES[-1]), "more chunks than we write")
    demand_rule(tuple(name for name, _ in chunks) in SHAPES, "chunks")
    found = dict(chunks)
    demand_rule(found[b"IEND"] == b"", "bytes in the end")
    width, height, colour = _header(found[b"IHDR"])
    demand_rule((b"PLTE" in found) == (colour == PALETTE), "palette")
    pixels = _Pixels(1 + width * CHANNELS[colour], colour)
    data = found[b"IDAT"]
    way = packing.FAST if data.startswith(FAST_HEADER) else packing.PLAIN
    for piece in packing.unpacked_pieces(data, way, pixels.row_bytes * height):
        pixels.follow(piece)
    demand_rule(pixels.seen == pixels.row_bytes * height, "too few pixels")
    if colour == PALETTE:
        _check_palette(found[b"PLTE"], found.get(b"tRNS"), pixels.used)
    return width, height


def _chunk(untrusted: bytes, at: int) -> tuple[bytes, bytes, int]:
    demand_rule(at + 12 <= len(untrusted), "cut short")
    (length,) = struct.unpack_from(">I", untrusted, at)
    end = at + 12 + length
    demand_rule(end <= len(untrusted), "cut short")
    (checksum,) = struct.unpack_from(">I", untrusted, end - 4)
    demand_rule(zlib.crc32(untrusted[at + 4 : end - 4]) == checksum, "checksum")
    return untrusted[at + 4 : at + 8], untrusted[at + 8 : end - 4], end


def _header(body: bytes) -> tuple[int, int, int]:
    demand_rule(len(body) == 13, "header length")
    width, height, depth, colour, packed, filtering, interlace = struct.unpack(">IIBBBBB", body)
    demand_rule(packed == filtering == interlace == 0, "packing, filter method or interlace")
    demand_rule(depth == 8 and colour in CHANNELS, "colour type or depth")
    demand_rule(0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE, "dimensions")
    demand_rule(width * height <= MAX_PIXELS, "more pixels than we write")
    return width, height, colour


def _check_palette(palette: bytes, transparency: bytes | None, used: set[int]) -> None:
    """The colours in use, in order, each once; transparency only where some is transparent."""
    count = len(palette) // 3
    demand_rule(0 < count <= MAX_COLOURS and len(palette) == 3 * count, "palette")
    demand_rule(used == set(range(count)), "colours not in use")
    alphas = transparency if transparency is not None else b"\xff" * count
    demand_rule(len(alphas) == count, "transparency")
    demand_rule(transparency is None or min(transparency) < 0xFF, "transparency of nothing")
    colours = [(*palette[3 * n : 3 * n + 3], alphas[n]) for n in range(count)]
    in_order = all(one < other for one, other in pairwise(colours))
    demand_rule(in_order, "order of the colours")
    demand_rule(all(alpha or not any(rgb) for *rgb, alpha in colours), "a colour nobody sees")


class _Pixels:
    """Follows unpacked rows; `used` are the colours of a palette that pixels have."""

    def __init__(self, row_bytes: int, colour: int) -> None:
        self.row_bytes = row_bytes
        self.colour = colour
        self.seen = 0
        self.used: set[int] = set()
        self._filter = {PLAIN_ROW if colour == PALETTE else BY_ROW_ABOVE}
        self._rest = b""
        self._above = 0
        ones = int.from_bytes(b"\x01" * (row_bytes - 1))
        self._low, self._high = 0x7F * ones, 0x80 * ones

    def follow(self, piece: bytes) -> None:
        filters = piece[-self.seen % self.row_bytes :: self.row_bytes]
        demand_rule(set(filters) <= self._filter, "row filter")
        self.seen += len(piece)
        if self.colour not in (PALETTE, CLEAR):
            return
        rows = self._rest + piece
        whole = len(rows) // self.row_bytes * self.row_bytes
        self._rest = rows[whole:]
        for at in range(0, whole, self.row_bytes):
            self._row(rows[at + 1 : at + self.row_bytes])

    def _row(self, row: bytes) -> None:
        if self.colour == PALETTE:
            self.used.update(row)
            return
        more = int.from_bytes(row, "little")
        low = (self._above & self._low) + (more & self._low)
        self._above = low ^ (self._above ^ more) & self._high
        pixels = self._above.to_bytes(len(row), "little")
        if 0 in pixels[3::4]:
            _check_clear(pixels)


_IS_CLEAR = bytes((0xFF,)) + bytes(255)


def _check_clear(pixels: bytes) -> None:
    """Demand that pixels of a row that are wholly transparent have no colour."""
    red, green, blue = (int.from_bytes(pixels[channel::4]) for channel in range(3))
    clear = int.from_bytes(pixels[3::4].translate(_IS_CLEAR))
    demand_rule((red | green | blue) & clear == 0, "a colour nobody sees")

"""PNG: header, palette, transparency, pixels, end; each checksum right, nothing else.

Pixels have eight bits a channel, and a palette is written in full, nothing behind its last colour
in use.  Source: W3C PNG specification, third edition.
"""

import struct
import zlib

from sanitizer.check.rule import CheckFailed, demand_rule, need_dense

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 250_000_000
MAX_SIDE = 65_535

# Colour type: channels.  Gray, colours, palette, colours with transparency.
CHANNELS = {0: 1, 2: 3, 3: 1, 6: 4}
PALETTE = 3
COLOURS = 256

# All chunks of pixels but the last have one size, this or more.
PIECE_BYTES = 1 << 16

# What may follow what.
FOLLOWS = {
    b"": (b"IHDR",),
    b"IHDR": (b"PLTE", b"IDAT"),
    b"PLTE": (b"tRNS", b"IDAT"),
    b"tRNS": (b"IDAT",),
    b"IDAT": (b"IDAT", b"IEND"),
}


def check_png(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    demand_rule(untrusted.startswith(SIGNATURE), "not a PNG")
    before, at = b"", len(SIGNATURE)
    width = height = colour = 0
    pieces: list[bytes] = []
    # None: there is no such chunk.
    palette: bytes | None = None
    transparency: bytes | None = None
    while before != b"IEND":
        name, body, at = _chunk(untrusted, at)
        demand_rule(name in FOLLOWS[before], f"chunk {name!r} after {before!r}")
        match name:
            case b"IHDR":
                width, height, colour = _header(body)
            case b"PLTE":
                palette = body
            case b"tRNS":
                transparency = body
            case b"IDAT":
                pieces.append(body)
        before = name
    demand_rule(at == len(untrusted) and body == b"", "bytes after the end")
    demand_rule((palette is not None) == (colour == PALETTE), "palette")
    demand_rule(palette is None or len(palette) == 3 * COLOURS, "palette")
    demand_rule(transparency is None or len(transparency) == COLOURS, "transparency")
    _check_sizes([len(piece) for piece in pieces])
    pixels = _Pixels(1 + width * CHANNELS[colour], height, has_palette=colour == PALETTE)
    need_dense(sum(map(len, pieces)), pixels.row_bytes * height)
    for piece in pieces:
        pixels.follow(piece)
    pixels.end()
    last = pixels.highest + 1
    demand_rule(not any((palette or b"")[3 * last :]), "colours not in use")
    demand_rule(not any((transparency or b"")[last:]), "colours not in use")
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
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    demand_rule(packing == filtering == interlace == 0, "packing, filter method or interlace")
    demand_rule(depth == 8 and colour in CHANNELS, "colour type or depth")
    demand_rule(0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE, "dimensions")
    demand_rule(width * height <= MAX_PIXELS, "more pixels than we write")
    return width, height, colour


def _check_sizes(sizes: list[int]) -> None:
    """Demand that how the pixels are cut into pieces says nothing."""
    *full, last = sizes
    demand_rule(
        0 < last <= max([PIECE_BYTES, *full[:1]]) and len(set(full)) <= 1, "a piece of the pixels"
    )
    demand_rule(not full or full[0] >= PIECE_BYTES, "a piece of the pixels")


class _Pixels:
    """Follows packed rows; `highest` is the last colour of the palette in use."""

    def __init__(self, row_bytes: int, rows: int, *, has_palette: bool) -> None:
        self.row_bytes = row_bytes
        self.rows = rows
        self.has_palette = has_palette
        self.highest = 0
        self.inflated = 0
        self.inflater = zlib.decompressobj()

    def follow(self, piece: bytes) -> None:
        left = self.row_bytes * self.rows - self.inflated
        try:
            data = self.inflater.decompress(piece, left + 1)
        except zlib.error:
            raise CheckFailed("packed pixels") from None
        demand_rule(len(data) <= left and not self.inflater.unconsumed_tail, "too many pixels")
        filters = data[-self.inflated % self.row_bytes :: self.row_bytes]
        demand_rule(max(filters, default=0) <= (0 if self.has_palette else 4), "row filter")
        if self.has_palette:  # whose rows are not filtered, so that these are colours
            self.highest = max(self.highest, max(data, default=0))
        self.inflated += len(data)

    def end(self) -> None:
        demand_rule(
            self.inflated == self.row_bytes * self.rows and self.inflater.eof, "too few pixels"
        )
        demand_rule(self.inflater.unused_data == b"", "bytes after the pixels")

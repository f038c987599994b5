"""PNG: header, palette, transparency, pixels, end; each checksum right, nothing else.

Source: W3C PNG specification, third edition.
"""

import struct
import zlib

from sanitizer.check.verdict import need

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 250_000_000

# Colour type: channels, bit depths.
DEPTHS = {0: (1, (1, 2, 4, 8)), 2: (3, (8,)), 3: (1, (1, 2, 4, 8)), 4: (2, (8,)), 6: (4, (8,))}

# What may follow what.  A palette belongs to colour type 3 and to no other.
FOLLOWS = {
    b"IHDR": (b"PLTE", b"IDAT"),
    b"PLTE": (b"tRNS", b"IDAT"),
    b"tRNS": (b"IDAT",),
    b"IDAT": (b"IDAT", b"IEND"),
}


def check_png(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    need(untrusted.startswith(SIGNATURE), "not a PNG")
    before, at = b"", len(SIGNATURE)
    width = height = colour = row_bytes = palette = 0
    pixels = zlib.decompressobj()
    inflated = 0
    while before != b"IEND":
        name, body, at = _chunk(untrusted, at)
        need(name in FOLLOWS.get(before, (b"IHDR",)), f"chunk {name!r} after {before!r}")
        if name == b"IHDR":
            width, height, colour, row_bytes = _header(body)
        elif name == b"PLTE":
            need(colour == 3 and len(body) % 3 == 0 and 3 <= len(body) <= 768, "palette")
            palette = len(body) // 3
        elif name == b"tRNS":
            need(0 < len(body) <= palette, "transparency")
        elif name == b"IDAT":
            need(colour != 3 or palette > 0, "no palette")
            data = pixels.decompress(body, row_bytes * height - inflated + 1)
            need(_are_filters(data, inflated, row_bytes), "row filter")
            inflated += len(data)
            need(inflated <= row_bytes * height and not pixels.unconsumed_tail, "too many pixels")
        before = name
    need(at == len(untrusted), "bytes after the end")
    need(body == b"", "end chunk is not empty")
    need(inflated == row_bytes * height and pixels.eof, "too few pixels")
    need(pixels.unused_data == b"", "bytes after the pixels")
    return width, height


def _chunk(untrusted: bytes, at: int) -> tuple[bytes, bytes, int]:
    need(at + 12 <= len(untrusted), "cut short")
    (length,) = struct.unpack_from(">I", untrusted, at)
    end = at + 12 + length
    need(end <= len(untrusted), "cut short")
    (checksum,) = struct.unpack_from(">I", untrusted, end - 4)
    need(zlib.crc32(untrusted[at + 4 : end - 4]) == checksum, "checksum")
    return untrusted[at + 4 : at + 8], untrusted[at + 8 : end - 4], end


def _header(body: bytes) -> tuple[int, int, int, int]:
    need(len(body) == 13, "header length")
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    need(packing == filtering == interlace == 0, "packing, filter method or interlace")
    channels, depths = DEPTHS.get(colour, (0, ()))
    need(depth in depths, "colour type or depth")
    need(0 < width <= 65_535 and 0 < height <= 65_535, "dimensions")
    need(width * height <= MAX_PIXELS, "more pixels than we write")
    return width, height, colour, 1 + (width * channels * depth + 7) // 8


def _are_filters(data: bytes, before: int, row_bytes: int) -> bool:
    """Each row starts with the number of its filter, 0 to 4."""
    first = -before % row_bytes
    return max(data[first::row_bytes], default=0) <= 4

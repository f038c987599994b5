"""GIF: frames within the canvas, each of exactly its pixels; a loop, and no other extension.

Every LZW code is followed, because what stands behind the last pixel would be seen by nobody.
Source: GIF89a specification, and its appendix F (LZW).
"""

import struct
from functools import cache

from sanitizer.check.rule import CheckFailed, demand_rule

MAX_PIXELS = 250_000_000
TRAILER, EXTENSION, IMAGE = 0x3B, 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9
LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
FULL_BLOCK = 255
MAX_CODE_BITS = 12


def check_gif(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    demand_rule(untrusted[:6] in (b"GIF87a", b"GIF89a") and len(untrusted) > 13, "not a GIF")
    width, height, flags, background, aspect = struct.unpack_from("<HHBBB", untrusted, 6)
    demand_rule(width > 0 and height > 0 and aspect == 0, "dimensions")
    demand_rule(
        flags & 0b1111_1000 == 0b1000_0000, "no palette, a sorted one, or a source of many bits"
    )
    demand_rule(background < 2 << (flags & 7), "background")
    at = 13 + (3 * 2 << (flags & 7))
    loops = untrusted.startswith(LOOP_FOR_EVER, at)
    at += len(LOOP_FOR_EVER) if loops else 0
    pixels = frames = 0
    while untrusted[at : at + 1] != bytes((TRAILER,)):
        at = _graphic_control(untrusted, at)
        at, frame = _frame(untrusted, at, width, height)
        frames, pixels = frames + 1, pixels + frame
        demand_rule(pixels <= MAX_PIXELS, "more pixels than we write")
    demand_rule(frames == 1 or (frames > 1 and loops), "no picture, or several that end")
    demand_rule(at + 1 == len(untrusted), "bytes after the end")
    return width, height


def _graphic_control(untrusted: bytes, at: int) -> int:
    if untrusted[at : at + 1] != bytes((EXTENSION,)):
        return at
    demand_rule(untrusted[at : at + 3] == bytes((EXTENSION, GRAPHIC_CONTROL, 4)), "extension")
    demand_rule(at + 8 <= len(untrusted) and untrusted[at + 7] == 0, "cut short")
    demand_rule(untrusted[at + 3] & 0b1110_0010 == 0, "graphic control flags")
    demand_rule(
        untrusted[at + 3] & 1 == 1 or untrusted[at + 6] == 0, "a transparent colour not in use"
    )
    return at + 8


def _frame(untrusted: bytes, at: int, width: int, height: int) -> tuple[int, int]:
    """Return where the frame ends and how many pixels it has."""
    demand_rule(at + 10 < len(untrusted) and untrusted[at] == IMAGE, "no frame")
    left, top, wide, high, flags = struct.unpack_from("<HHHHB", untrusted, at + 1)
    demand_rule(0 < wide <= width - left and 0 < high <= height - top, "a frame beyond the canvas")
    demand_rule(flags & 0b0111_1000 == 0, "an interlaced frame, or a sorted palette")
    at += 10 + (3 * 2 << (flags & 7) if flags & 0x80 else 0)
    demand_rule(at < len(untrusted) and 2 <= untrusted[at] <= 8, "code size")
    code_size = untrusted[at]
    data, at = _sub_blocks(untrusted, at + 1)
    _check_codes(data, code_size, wide * high)
    return at, wide * high


def _sub_blocks(untrusted: bytes, at: int) -> tuple[bytes, int]:
    """Return what the blocks hold; all but the last are full, so that their sizes say nothing."""
    blocks: list[bytes] = []
    length = FULL_BLOCK
    while True:
        demand_rule(at < len(untrusted), "cut short")
        before, length = length, untrusted[at]
        if length == 0:
            return b"".join(blocks), at + 1
        demand_rule(before == FULL_BLOCK, "a block behind one that is not full")
        demand_rule(at + 1 + length < len(untrusted), "cut short")
        blocks.append(untrusted[at + 1 : at + 1 + length])
        at += 1 + length


def _check_codes(data: bytes, code_size: int, pixels: int) -> None:
    """Follow the codes: they draw exactly `pixels` and end with the data.

    A table begins with a clear code and is dropped when it is full, never before.
    """
    clear, end = 1 << code_size, (1 << code_size) + 1
    demand_rule(_codes(data, 0, code_size + 1, 1) == (clear,), "no clear code")
    at, drawn, last = code_size + 1, 0, clear
    while last == clear:
        at, last, more = _follow_table(data, at, code_size)
        drawn += more
        demand_rule(drawn <= pixels, "too many pixels")
    demand_rule(last == end, "a table that is used when it is full")
    demand_rule(drawn == pixels, "too few pixels")
    demand_rule(
        len(data) == (at + 7) // 8 and data[-1] >> (at - 1) % 8 + 1 == 0, "bytes after the end"
    )


def _follow_table(data: bytes, at: int, code_size: int) -> tuple[int, int, int]:
    """Return the bit behind a table's codes, the code that ended it, and how many pixels they drew.

    Of each code only is kept how many pixels it draws: one more than the code it was made from.
    Where codes get longer is known beforehand, since each makes a new one.
    """
    clear, end = 1 << code_size, (1 << code_size) + 1
    lengths = [1] * clear + [0, 0]
    for width in range(code_size + 1, MAX_CODE_BITS + 1):
        codes = _codes(data, at, width, (1 << width) + 1 - len(lengths))
        ended = end in codes
        used = codes[: codes.index(end)] if ended else codes
        demand_rule(clear not in used, "a table dropped before it is full")
        try:
            for code in used:
                lengths.append(lengths[code] + 1)
        except IndexError:
            raise CheckFailed("code") from None
        at += width * (len(used) + ended)
        if ended:
            return at, end, sum(lengths[end + 1 :]) - len(lengths[end + 1 :])
        demand_rule(len(lengths) == (1 << width) + 1, "no end code")
    last = _codes(data, at, MAX_CODE_BITS, 1)
    demand_rule(bool(last), "no end code")
    return at + MAX_CODE_BITS, last[0], sum(lengths[end + 1 :]) - len(lengths[end + 1 :])


def _codes(data: bytes, at: int, width: int, count: int) -> tuple[int, ...]:
    """Return `count` codes of `width` bits from bit `at` on, fewer where the data ends before.

    The bits are spread over 16 a code all at once, by halves: code by code takes five times as
    long.
    """
    count = min(count, (8 * len(data) - at) // width)
    if count <= 0:
        return ()
    end = at + count * width
    bits = int.from_bytes(data[at // 8 : (end + 7) // 8], "little") >> at % 8
    bits &= (1 << count * width) - 1
    levels = (count - 1).bit_length()
    for level in reversed(range(levels)):
        low = bits & _low_halves(width, level, levels)
        bits = low | (bits ^ low) << (16 - width << level)
    return struct.unpack(f"<{count}H", bits.to_bytes(2 * count, "little"))


@cache
def _low_halves(width: int, level: int, levels: int) -> int:
    """Return a mask of the first half of each group of `2 << level` codes."""
    half = (1 << (width << level)) - 1
    return int.from_bytes(half.to_bytes(4 << level, "little") * (1 << levels - level - 1), "little")

"""GIF: whole frames, each with the colours it uses; a loop, and no other extension.

Each frame has its own palette: the colours in use in order, nothing else.  Every LZW code is
followed, because what stands behind the last pixel would be seen by nobody, and each stands for the
longest string that is known, because how pixels are cut into strings would say something.
Source: GIF89a specification, and its appendix F (LZW).
"""

import struct
from itertools import pairwise

from sanitizer.check.gif_codes import follow_codes
from sanitizer.check.rule import demand_rule

MAX_PIXELS = 250_000_000
TRAILER, EXTENSION, IMAGE = 0x3B, 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9
LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
FULL_BLOCK = 255
# No palette for all frames, colours of eight bits, no background, no aspect.
SCREEN = b"\x70\0\0"
CODE_SIZE = 8
CONTROL_BYTES = 8
# A frame of an animation gives way to the background.
STAYS, BACK_TO_BACKGROUND = 0, 2


def check_gif(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    demand_rule(untrusted[:6] == b"GIF89a" and len(untrusted) > 13, "not a GIF")
    width, height = struct.unpack_from("<HH", untrusted, 6)
    demand_rule(width > 0 and height > 0 and untrusted[10:13] == SCREEN, "screen")
    at = 13
    loops = untrusted.startswith(LOOP_FOR_EVER, at)
    at += len(LOOP_FOR_EVER) if loops else 0
    pixels = frames = 0
    while untrusted[at : at + 1] != bytes((TRAILER,)):
        pixels += width * height
        demand_rule(pixels <= MAX_PIXELS, "more pixels than we write")
        at, is_clear = _graphic_control(untrusted, at, is_animation=loops)
        at = _frame(untrusted, at, (width, height), is_clear=is_clear)
        frames += 1
    demand_rule(frames == 1 or (frames > 1 and loops), "no picture, or several that end")
    demand_rule(frames > 1 or not loops, "one picture that repeats")
    demand_rule(at + 1 == len(untrusted), "bytes after the end")
    return width, height


def _graphic_control(untrusted: bytes, at: int, *, is_animation: bool) -> tuple[int, bool]:
    """Return where the frame begins, and whether its first colour is transparent."""
    if untrusted[at : at + 1] != bytes((EXTENSION,)):
        demand_rule(not is_animation, "a frame without a duration")
        return at, False
    demand_rule(at + CONTROL_BYTES <= len(untrusted), "cut short")
    size, flags, duration, clear, end = struct.unpack_from("<BBHBB", untrusted, at + 2)
    demand_rule((untrusted[at + 1], size, end) == (GRAPHIC_CONTROL, 4, 0), "extension")
    disposal = BACK_TO_BACKGROUND if is_animation else STAYS
    demand_rule(flags >> 1 == disposal << 1 and clear == 0, "graphic control")
    demand_rule(is_animation or (duration == 0 and flags & 1 == 1), "graphic control of nothing")
    return at + CONTROL_BYTES, flags & 1 == 1


def _frame(untrusted: bytes, at: int, size: tuple[int, int], *, is_clear: bool) -> int:
    """Return where the frame ends."""
    demand_rule(at + 10 < len(untrusted) and untrusted[at] == IMAGE, "no frame")
    *place, flags = struct.unpack_from("<HHHHB", untrusted, at + 1)
    demand_rule(place == [0, 0, *size], "a frame other than the canvas")
    demand_rule(flags & 0b1111_1000 == 0x80, "an interlaced frame, or without its own palette")
    room = 2 << (flags & 7)
    at += 10
    palette = untrusted[at : at + 3 * room]
    at += 3 * room
    demand_rule(at < len(untrusted) and untrusted[at] == CODE_SIZE, "code size")
    data, at = _sub_blocks(untrusted, at + 1)
    used = follow_codes(data, size[0] * size[1])
    _check_palette(palette, room, used, is_clear=is_clear)
    return at


def _check_palette(palette: bytes, room: int, used: set[int], *, is_clear: bool) -> None:
    """The colours in use, in order, in the least room; a transparent one first, without colour."""
    count = len(used)
    demand_rule(used == set(range(count)), "colours not in use")
    demand_rule(room == max(2, 1 << (count - 1).bit_length()), "room in the palette")
    colours = [palette[3 * n : 3 * n + 3] for n in range(count)]
    demand_rule(not any(palette[3 * count :]), "colours not in use")
    if is_clear:
        demand_rule(not any(colours.pop(0)), "a colour nobody sees")
    in_order = all(one < other for one, other in pairwise(colours))
    demand_rule(in_order, "order of the colours")


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

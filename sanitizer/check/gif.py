"""GIF: frames within the canvas, each of exactly its pixels; a loop, and no other extension.

Every LZW code is followed, because what stands behind the last pixel would be seen by nobody.
Source: GIF89a specification, and its appendix F (LZW).
"""

import struct

from sanitizer.check.verdict import need

MAX_PIXELS = 250_000_000
TRAILER, EXTENSION, IMAGE = 0x3B, 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9
LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
MAX_CODES = 4096


def check_gif(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    need(untrusted[:6] in (b"GIF87a", b"GIF89a") and len(untrusted) > 13, "not a GIF")
    width, height, flags, background, aspect = struct.unpack_from("<HHBBB", untrusted, 6)
    need(width > 0 and height > 0 and aspect == 0, "dimensions")
    need(flags & 0b1000_1000 == 0b1000_0000, "no palette, or a sorted one")
    need(background < 2 << (flags & 7), "background")
    at = 13 + (3 * 2 << (flags & 7))
    if untrusted.startswith(LOOP_FOR_EVER, at):
        at += len(LOOP_FOR_EVER)
    pixels = frames = 0
    while untrusted[at : at + 1] != bytes((TRAILER,)):
        at = _graphic_control(untrusted, at)
        at, frame = _frame(untrusted, at, width, height)
        frames, pixels = frames + 1, pixels + frame
        need(pixels <= MAX_PIXELS, "more pixels than we write")
    need(frames > 0, "no picture")
    need(at + 1 == len(untrusted), "bytes after the end")
    return width, height


def _graphic_control(untrusted: bytes, at: int) -> int:
    if untrusted[at : at + 1] != bytes((EXTENSION,)):
        return at
    need(untrusted[at : at + 3] == bytes((EXTENSION, GRAPHIC_CONTROL, 4)), "extension")
    need(at + 8 <= len(untrusted) and untrusted[at + 7] == 0, "cut short")
    need(untrusted[at + 3] & 0b1110_0010 == 0, "graphic control flags")
    return at + 8


def _frame(untrusted: bytes, at: int, width: int, height: int) -> tuple[int, int]:
    """Return where the frame ends and how many pixels it has."""
    need(at + 10 < len(untrusted) and untrusted[at] == IMAGE, "no frame")
    left, top, wide, high, flags = struct.unpack_from("<HHHHB", untrusted, at + 1)
    need(0 < wide <= width - left and 0 < high <= height - top, "a frame beyond the canvas")
    need(flags & 0b0111_1000 == 0, "an interlaced frame, or a sorted palette")
    at += 10 + (3 * 2 << (flags & 7) if flags & 0x80 else 0)
    need(at < len(untrusted) and 2 <= untrusted[at] <= 8, "code size")
    code_size = untrusted[at]
    data, at = _sub_blocks(untrusted, at + 1)
    _check_codes(data, code_size, wide * high)
    return at, wide * high


def _sub_blocks(untrusted: bytes, at: int) -> tuple[bytes, int]:
    blocks: list[bytes] = []
    while True:
        need(at < len(untrusted), "cut short")
        length = untrusted[at]
        if length == 0:
            return b"".join(blocks), at + 1
        need(at + 1 + length < len(untrusted), "cut short")
        blocks.append(untrusted[at + 1 : at + 1 + length])
        at += 1 + length


def _check_codes(data: bytes, code_size: int, pixels: int) -> None:
    """Follow the codes: they draw exactly `pixels` and end with the data.

    Only how many pixels each code draws is kept: one more than the code it was made from.
    """
    clear, end = 1 << code_size, (1 << code_size) + 1
    fresh = [1] * clear + [0, 0]
    lengths, width, drawn, before = list(fresh), code_size + 1, 0, 0
    bits = held = at = 0
    while True:
        while held < width:
            need(at < len(data), "no end code")
            bits |= data[at] << held
            at, held = at + 1, held + 8
        code = bits & (1 << width) - 1
        bits, held = bits >> width, held - width
        if code == end:
            break
        if code == clear:
            lengths, width, before = list(fresh), code_size + 1, 0
            continue
        need(code < len(lengths) or (code == len(lengths) and before > 0), "code")
        if before and len(lengths) < MAX_CODES:
            lengths.append(before + 1)
            if len(lengths) == 1 << width and width < 12:
                width += 1
        before = lengths[code] if code < len(lengths) else before + 1
        drawn += before
        need(drawn <= pixels, "too many pixels")
    need(drawn == pixels, "too few pixels")
    need(at == len(data) and bits == 0, "bytes after the last pixel")

"""JPEG: one picture, baseline or progressive, eight bits; a JFIF header and no other metadata.

Source: ITU-T T.81, annex B; JFIF 1.02.
"""

import struct

from sanitizer.check.verdict import need

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
APP0, DQT, DHT, DRI = 0xE0, 0xDB, 0xC4, 0xDD
FRAMES = (0xC0, 0xC2)  # baseline, progressive
RESTARTS = range(0xD0, 0xD8)
MAX_PIXELS = 250_000_000


def check_jpeg(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    need(untrusted[:2] == bytes((0xFF, SOI)), "not a JPEG")
    at = 2
    size: tuple[int, int] | None = None
    scans = 0
    marker, body, at = _segment(untrusted, at)
    need(marker == APP0 and _is_jfif(body), "the first segment is not a plain JFIF header")
    while True:
        need(at + 2 <= len(untrusted), "cut short")
        if untrusted[at : at + 2] == bytes((0xFF, EOI)):
            break
        marker, body, at = _segment(untrusted, at)
        if marker in FRAMES:
            need(size is None, "a second frame")
            size = _frame(body)
        elif marker == SOS:
            need(size is not None, "a scan before the frame")
            need(len(body) == 4 + 2 * body[0] and body[0] in (1, 3), "scan header")
            scans += 1
            at = _end_of_scan(untrusted, at)
        else:
            need(_is_table(marker, body), f"segment {marker:#x}")
    need(at + 2 == len(untrusted), "bytes after the end")
    need(scans > 0, "no scan")
    return size or (0, 0)


def _segment(untrusted: bytes, at: int) -> tuple[int, bytes, int]:
    need(at + 4 <= len(untrusted) and untrusted[at] == 0xFF, "no marker")
    (length,) = struct.unpack_from(">H", untrusted, at + 2)
    end = at + 2 + length
    need(length > 2 and end <= len(untrusted), "segment length")
    return untrusted[at + 1], untrusted[at + 4 : end], end


def _is_jfif(body: bytes) -> bool:
    """Version 1.01, square pixels, no thumbnail."""
    return body == b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"


def _frame(body: bytes) -> tuple[int, int]:
    need(len(body) >= 6, "frame header")
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    need(precision == 8 and components in (1, 3), "precision or components")
    need(len(body) == 6 + 3 * components, "frame header length")
    need(width > 0 and height > 0 and width * height <= MAX_PIXELS, "dimensions")
    return width, height


def _is_table(marker: int, body: bytes) -> bool:
    if marker == DQT:  # eight-bit tables only
        return len(body) % 65 == 0 and all(number <= 3 for number in body[::65])
    if marker == DHT:
        return _are_huffman_tables(body)
    return marker == DRI and len(body) == 2


def _are_huffman_tables(body: bytes) -> bool:
    at = 0
    while at + 17 <= len(body):
        if body[at] not in (0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13):
            return False
        symbols = sum(body[at + 1 : at + 17])
        if symbols > 256:
            return False
        at += 17 + symbols
    return at == len(body)


def _end_of_scan(untrusted: bytes, at: int) -> int:
    """Return where the marker after the entropy-coded bytes stands."""
    while True:
        at = untrusted.find(b"\xff", at)
        need(0 <= at < len(untrusted) - 1, "no end of the picture")
        follower = untrusted[at + 1]
        if follower != 0 and follower not in RESTARTS:
            return at
        at += 2

"""JPEG as libjpeg writes it for us, byte for byte up to the coded pixels; no other metadata.

Its quantisation tables are those of one quality and its Huffman tables the standard ones, so that
no header has room for anything; the coded pixels are followed to their end.  Source: ITU-T T.81,
annexes B and K; JFIF 1.02.
"""

import hashlib
import re
import struct
from collections.abc import Sequence

from sanitizer.check.jpeg_scan import follow_scan
from sanitizer.check.rule import demand_rule

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
APP0, DQT, DHT = 0xE0, 0xDB, 0xC4
BASELINE = 0xC0
MAX_PIXELS = 250_000_000

# Version 1.01, square pixels, no thumbnail.
JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"

# Annex K.1, in zigzag order: light, then colour.
STEPS = (
    bytes.fromhex(
        "100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933383740485c4e404457453738506d"
        "51575f626768673e4d71797064785c656763"
    ),
    bytes.fromhex("1112121815182f1a1a2f634238426363") + b"\x63" * 48,
)
QUALITIES = range(1, 96)

# What follows the sizes in a frame of one component, and of three with half the colours each way.
COMPONENTS = {1: bytes.fromhex("011100"), 3: bytes.fromhex("012200021101031101")}

# The one scan of a picture, and annex K.3's tables before it, by number of components.
SCANS = {1: "010100003f00", 3: "03010002110311003f00"}
HUFFMAN_SHA256 = {
    1: "a811c2965454c769a416476088df6e55c001719c05742209ab58b75b82215c25",
    3: "f361ab42f71ff019275c522494accedf9fadd13f16af71632ca28255a7554a15",
}

_MARKER = re.compile(rb"\xff[^\0]", re.S)


def check_jpeg(untrusted: bytes) -> tuple[int, int, int]:
    """Return width, height and number of components, or raise `CheckFailed`."""
    demand_rule(untrusted[:2] == bytes((0xFF, SOI)), "not a JPEG")
    marker, body, at = _segment(untrusted, 2)
    demand_rule(marker == APP0 and body == JFIF, "the first segment is not a plain JFIF header")
    steps: list[bytes] = []
    marker, body, at = _segment(untrusted, at)
    while marker == DQT:
        demand_rule(len(steps) < len(STEPS), "too many quantisation tables")
        steps.append(body)
        marker, body, at = _segment(untrusted, at)
    demand_rule(marker == BASELINE, f"segment {marker:#x}")
    width, height, components = _frame(body)
    demand_rule(
        len(steps) == (components + 1) // 2 and _are_of_one_quality(steps), "quantisation tables"
    )
    tables, at = _tables(untrusted, at, components)
    end = _MARKER.search(untrusted, at)
    stop = end.start() if end else len(untrusted)
    demand_rule(untrusted[stop:] == bytes((0xFF, EOI)), "bytes after the last scan")
    firsts = [steps[component > 0][1] for component in range(components)]
    follow_scan(untrusted[at:stop], (width, height), tables, firsts)
    return width, height, components


def _segment(untrusted: bytes, at: int) -> tuple[int, bytes, int]:
    demand_rule(at + 4 <= len(untrusted) and untrusted[at] == 0xFF, "no marker")
    (length,) = struct.unpack_from(">H", untrusted, at + 2)
    end = at + 2 + length
    demand_rule(length > 2 and end <= len(untrusted), "segment length")
    return untrusted[at + 1], untrusted[at + 4 : end], end


def _are_of_one_quality(tables: Sequence[bytes]) -> bool:
    """Say whether `tables` are what libjpeg makes of annex K for one of our qualities."""
    for quality in QUALITIES:
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        for number, table in enumerate(tables):
            steps = (min(255, max(1, (step * scale + 50) // 100)) for step in STEPS[number])
            if table != bytes((number, *steps)):
                break
        else:
            return True
    return False


def _frame(body: bytes) -> tuple[int, int, int]:
    demand_rule(len(body) >= 6, "frame header")
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    demand_rule(precision == 8 and components in COMPONENTS, "precision or components")
    demand_rule(body[6:] == COMPONENTS[components], "components")
    demand_rule(width > 0 and height > 0 and width * height <= MAX_PIXELS, "dimensions")
    return width, height, components


def _tables(untrusted: bytes, at: int, components: int) -> tuple[dict[int, bytes], int]:
    """Return the Huffman tables, which are the standard ones, and where the coded pixels begin."""
    tables: list[bytes] = []
    marker, body, at = _segment(untrusted, at)
    while marker == DHT:
        tables.append(body)
        marker, body, at = _segment(untrusted, at)
    demand_rule(marker == SOS and body == bytes.fromhex(SCANS[components]), "scan header")
    digest = hashlib.sha256(b"".join(tables)).hexdigest()
    demand_rule(digest == HUFFMAN_SHA256[components], "Huffman tables")
    return {table[0]: table for table in tables}, at

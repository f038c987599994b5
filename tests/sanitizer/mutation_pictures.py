"""Mutations of pictures: segments, chunks and blocks that carry, and headers with room in them."""

import struct
import zlib
from itertools import pairwise

from tests.sanitizer.mutation import CARGO, EMPTY_BLOCKS, Mutations, around, every_value, replaced
from tests.sanitizer.samples import CANARY, jpeg_segment, png_chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = """
    tEXt zTXt iTXt eXIf iCCP sRGB gAMA cHRM pHYs tIME sPLT hIST bKGD sBIT acTL fcTL fdAT cICP mDCv
    cLLi oFFs pCAL sCAL sTER gIFg gIFt gIFx fRAc dSIG iDOT vpAg caNv orNT skMf skRf meTa prVW mkBF
    juNK CgBI PLTE tRNS IHDR IDAT IEND
"""
PNG_CHUNKS = tuple(_PNG_CHUNKS.split())
GIF_EXTENSIONS = {
    "comment": b"\x21\xfe\x0d" + CANARY + b"\0",
    "plain text": b"\x21\x01\x0c" + bytes(12) + b"\x0d" + CANARY + b"\0",
    "XMP": b"\x21\xff\x0bXMP DataXMP\x0d" + CANARY + b"\0",
    "ICC": b"\x21\xff\x0bICCRGBG1012\x0d" + CANARY + b"\0",
    "unknown": b"\x21\x77\x0d" + CANARY + b"\0",
    "second loop": b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x07\0\0",
    "empty control": b"\x21\xf9\x00",
    "control with user input": b"\x21\xf9\x04\x02\0\0\0\0",
}


def png(data: bytes) -> Mutations:
    yield from around(data)
    chunks = _png_chunks(data)
    for place in range(len(chunks) + 1):
        for name in PNG_CHUNKS:
            for what, body in (("nothing", b""), ("a canary", CANARY)):
                new = [*chunks[:place], (name.encode(), body), *chunks[place:]]
                if new != chunks:
                    yield f"{name} of {what} at {place}", _png(new)
    for place, (kind, body) in enumerate(chunks):
        what = kind.decode()
        rest = [*chunks[:place], *chunks[place + 1 :]]
        yield f"{what} {place} left out", _png(rest)
        yield f"{what} {place} doubled", _png([*chunks[: place + 1], *chunks[place:]])
        yield (
            f"{what} {place} longer",
            _png([*chunks[:place], (kind, body + CANARY), *rest[place:]]),
        )
        yield (
            f"{what} {place} in small letters",
            _png([*chunks[:place], (kind.lower(), body), *rest[place:]]),
        )
    for place, (one, other) in enumerate(pairwise(chunks)):
        swapped = [*chunks[:place], other, one, *chunks[place + 2 :]]
        yield f"chunks {place} and {place + 1} swapped", _png(swapped)
    yield from _png_pixels(chunks)
    header = chunks[0][1]
    for at in range(8, 13):  # depth, colour, packing, filter, interlace
        for what, changed in every_value(header, at, f"header byte {at}"):
            yield what, _png([(b"IHDR", changed), *chunks[1:]])


def _png_pixels(chunks: list[tuple[bytes, bytes]]) -> Mutations:
    place = next(at for at, (name, _) in enumerate(chunks) if name == b"IDAT")
    before, packed, after = chunks[:place], chunks[place][1], chunks[place + 1 :]
    pixels = zlib.decompress(packed)
    swollen = packed[:2] + EMPTY_BLOCKS + packed[2:]
    yield "empty blocks", _png([*before, (b"IDAT", swollen), *after])
    for cut in (1, 10, 100):
        halves = [(b"IDAT", packed[:cut]), (b"IDAT", packed[cut:])]
        yield f"pixels cut at {cut}", _png([*before, *halves, *after])
    for what, cargo in CARGO.items():
        with_row = zlib.compress(pixels + cargo)
        yield f"{what} behind the pixels", _png([*before, (b"IDAT", with_row), *after])
        yield f"{what} behind the packed", _png([*before, (b"IDAT", packed + cargo), *after])
    for filter_number in range(5, 256):
        odd = zlib.compress(bytes((filter_number,)) + pixels[1:])
        yield f"filter {filter_number}", _png([*before, (b"IDAT", odd), *after])


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    at, chunks = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return SIGNATURE + b"".join(png_chunk(name, body) for name, body in chunks)


def jpeg(data: bytes) -> Mutations:
    yield from around(data)
    segments, scan = _jpeg_segments(data)
    for place in range(len(segments) + 1):
        head, tail = b"".join(segments[:place]), b"".join(segments[place:])
        for marker in range(0xC0, 0xFF):
            extra = jpeg_segment(marker, CANARY)
            yield f"marker {marker:#x} at {place}", b"\xff\xd8" + head + extra + tail + scan
        yield f"fill bytes at {place}", b"\xff\xd8" + head + b"\xff\xff\xff" + tail + scan
    for place, segment in enumerate(segments):
        head, tail = (
            b"\xff\xd8" + b"".join(segments[:place]),
            b"".join(segments[place + 1 :]) + scan,
        )
        yield f"segment {place} left out", head + tail
        yield f"segment {place} doubled", head + segment + segment + tail
        longer = jpeg_segment(segment[1], segment[4:] + CANARY)
        yield f"segment {place} longer", head + longer + tail
        for at in range(4, len(segment)):
            if segment[1] == 0xC0 and 5 <= at <= 8:
                continue  # height and width: another picture
            changed = replaced(segment, at, bytes((segment[at] ^ 0x5A,)))
            yield f"byte {at} of segment {place}", head + changed + tail
    for marker in (*range(0xD0, 0xD8), 0xC4, 0xDB, 0xDD, 0xE1, 0xFE, 0xDA, 0xD8, 0xD9):
        extra = bytes((0xFF, marker))
        for at in (0, len(scan) // 2, len(scan) - 2):
            yield (
                f"marker {marker:#x} in the scan at {at}",
                (b"\xff\xd8" + b"".join(segments) + scan[:at] + extra + scan[at:]),
            )


def _jpeg_segments(data: bytes) -> tuple[list[bytes], bytes]:
    at, segments = 2, []
    while True:
        (length,) = struct.unpack_from(">H", data, at + 2)
        segments.append(data[at : at + 2 + length])
        at += 2 + length
        if segments[-1][1] == 0xDA:
            return segments, data[at:]


def gif(data: bytes) -> Mutations:
    yield from around(data)
    places, blocks = _gif_places(data)
    for place in places:
        for what, extra in GIF_EXTENSIONS.items():
            yield f"{what} at {place}", data[:place] + extra + data[place:]
    for flag in range(8):
        changed = data[10] ^ 1 << flag
        yield f"flag {flag} of the screen", replaced(data, 10, bytes((changed,)))
    yield from every_value(data, 12, "aspect")
    for at in blocks:
        length = data[at]
        if length:
            halves = (
                bytes((1,))
                + data[at + 1 : at + 2]
                + bytes((length - 1,))
                + data[at + 2 : at + 1 + length]
            )
            yield f"block at {at} cut in two", data[:at] + halves + data[at + 1 + length :]
        else:
            for what, cargo in CARGO.items():
                block = bytes((min(255, len(cargo)),)) + cargo[:255]
                yield f"{what} behind the pixels at {at}", data[:at] + block + data[at:]


def _gif_places(data: bytes) -> tuple[list[int], list[int]]:
    """Return where extensions may stand, and where the blocks of pixels begin."""
    at = 13
    places, blocks = [], []
    while data[at] != 0x3B:
        places.append(at)
        if data[at] == 0x21:
            at += 19 if data[at + 1] == 0xFF else 8
            continue
        flags = data[at + 9]
        at += 11 + (3 * 2 << (flags & 7) if flags & 0x80 else 0)
        while True:
            blocks.append(at)
            if data[at] == 0:
                break
            at += 1 + data[at]
        at += 1
    return [*places, at], blocks

"""The check takes what our writers write, and nothing that differs from it."""

import io
import random
import struct
import zlib

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.picture import encode_picture
from sanitizer.intermediate import Mode, Picture
from tests.sanitizer.samples import gradient, jpeg_segment, png_chunk
from tests.sanitizer.written_files import (
    ANIMATION,
    GIF,
    GOOD,
    JPEG,
    PNG,
    TEXT,
    clear_png_of,
    palette_png_of,
    with_control,
    written,
)


def saved(name: str, **options: object) -> bytes:
    file = io.BytesIO()
    gradient().save(file, name, **options)
    return file.getvalue()


def png_of(*chunks: bytes) -> bytes:
    return PNG[:8] + b"".join(chunks)


# One block, and some bits behind it.
WHITE = encode_picture("image/jpeg", Picture(Mode.GRAY, 8, 8, 80, 0, b"\xff" * 64))
CLEAR_GIF = written("image/gif", "RGBA")
IHDR, IEND = PNG[8:33], PNG[-12:]
FRAME = b"\xff\xc0\0\x11"
PIXELS = zlib.compress((b"\0" + bytes(64 * 3)) * 48)


def clear_chunks() -> dict[bytes, bytes]:
    """Return what a small PNG with palette and transparency is made of, by name."""
    data, at = palette_png_of(b"abc", b"\x80"), 8
    chunks: dict[bytes, bytes] = {}
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks[data[at + 4 : at + 8]] = data[at + 8 : at + 8 + length]
        at += 12 + length
    return chunks


def short_chunk(name: bytes, by: int) -> bytes:
    chunks = clear_chunks()
    chunks[name] = chunks[name][:-by]
    return png_of(*(png_chunk(*each) for each in chunks.items()))


def twice(name: bytes) -> bytes:
    written = [
        png_chunk(*each) for each in clear_chunks().items() for _ in range(1 + (each[0] == name))
    ]
    return png_of(*written)


def packed_again(png: bytes, level: int, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """Return a PNG of one chunk of pixels with the same rows, packed otherwise."""
    rows = zlib.decompress(png[41:-16])
    packer = zlib.compressobj(level, strategy=strategy)
    packed = packer.compress(rows) + packer.flush()
    return png[:33] + png_chunk(b"IDAT", packed) + png[-12:]


def png_in_two_pieces() -> bytes:
    packed = PNG[41:-16]
    pieces = png_chunk(b"IDAT", packed[:40]) + png_chunk(b"IDAT", packed[40:])
    return PNG[:33] + pieces + PNG[-12:]


def gif_with_more_in_its_last_block(more: bytes) -> bytes:
    at = 13 + 10 + (6 << (GIF[22] & 7)) + 1
    while GIF[at + 1 + GIF[at]] != 0:
        at += 1 + GIF[at]
    end = at + 1 + GIF[at]
    return GIF[:at] + bytes([GIF[at] + len(more)]) + GIF[at + 1 : end] + more + GIF[end:]


BAD = {
    "png with a checksum that says something": ("image/png", PNG[:-1] + bytes([PNG[-1] ^ 1])),
    "gif with data behind its pixels in their block": (
        "image/gif",
        gif_with_more_in_its_last_block(b"evil\0"),
    ),
    "jpeg with a byte behind": ("image/jpeg", JPEG + b"\0"),
    "jpeg with data behind its last block": ("image/jpeg", JPEG[:-2] + b"evil" + JPEG[-2:]),
    "jpeg with bits behind its last block": (
        "image/jpeg",
        WHITE[:-3] + bytes([WHITE[-3] & 0xFE]) + WHITE[-2:],
    ),
    "progressive jpeg": ("image/jpeg", saved("JPEG", progressive=True)),
    "jpeg with tables of its own": ("image/jpeg", saved("JPEG", optimize=True)),
    "jpeg with exif": ("image/jpeg", saved("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")),
    "jpeg with comment": ("image/jpeg", saved("JPEG", comment=b"x")),
    "jpeg with profile": ("image/jpeg", saved("JPEG", icc_profile=b"x" * 200)),
    "jpeg with resolution": ("image/jpeg", saved("JPEG", dpi=(72, 72))),
    "jpeg without header": ("image/jpeg", JPEG[:2] + JPEG[20:]),
    "jpeg with two headers": ("image/jpeg", JPEG[:20] + JPEG[2:20] + JPEG[20:]),
    "jpeg with app data": ("image/jpeg", JPEG[:20] + jpeg_segment(0xE5, b"x") + JPEG[20:]),
    "jpeg with two frames": ("image/jpeg", JPEG[:-2] + JPEG[20:]),
    "jpeg without end": ("image/jpeg", JPEG[:-2]),
    "jpeg with long table": ("image/jpeg", JPEG[:20] + jpeg_segment(0xDB, bytes(66)) + JPEG[20:]),
    "jpeg with nameless table": (
        "image/jpeg",
        JPEG[:20] + jpeg_segment(0xDB, b"\x09" + bytes(64)) + JPEG[20:],
    ),
    "jpeg with a secret in a Huffman table": (
        "image/jpeg",
        JPEG[:20] + jpeg_segment(0xC4, b"\0" + bytes(16) + b"secret") + JPEG[20:],
    ),
    "jpeg of no size": ("image/jpeg", JPEG.replace(FRAME + b"\x08\0\x30", FRAME + b"\x08\0\0")),
    "cmyk jpeg": ("image/jpeg", JPEG.replace(FRAME, FRAME[:3] + b"\x14")),
    "png with a byte behind": ("image/png", PNG + b"\0"),
    "png of pixels that cannot be unpacked": (
        "image/png",
        png_of(IHDR, png_chunk(b"IDAT", b"x" * 40), IEND),
    ),
    "png with text": ("image/png", PNG[:33] + png_chunk(b"tEXt", b"k\0v") + PNG[33:]),
    "png with resolution": ("image/png", saved("PNG", dpi=(72, 72))),
    "png with a private chunk": ("image/png", PNG[:33] + png_chunk(b"puNk", b"v") + PNG[33:]),
    "png with a wrong checksum": ("image/png", PNG[:40] + bytes([PNG[40] ^ 1]) + PNG[41:]),
    "png with a colour nobody sees": ("image/png", clear_png_of(b"abc\0")),
    "png with a colour nobody sees in its palette": (
        "image/png",
        palette_png_of(b"abcdef", b"\0\xff", b"\0\1"),
    ),
    "png with its colours in another order": (
        "image/png",
        palette_png_of(b"defabc", pixels=b"\0\1"),
    ),
    "png with one colour twice": ("image/png", palette_png_of(b"abcabc", pixels=b"\0\1")),
    "png with transparency of nothing": ("image/png", palette_png_of(b"abc", b"\xff")),
    "png packed in another way": ("image/png", packed_again(PNG, 9)),
    "png packed in another way under the same header": (
        "image/png",
        packed_again(PNG, 6, zlib.Z_FILTERED),
    ),
    "png with two pieces of pixels": ("image/png", png_in_two_pieces()),
    "png with a palette it does not use": (
        "image/png",
        PNG[:33] + png_chunk(b"PLTE", b"abc") + PNG[33:],
    ),
    "png of colours with a whole palette": (
        "image/png",
        PNG[:33] + png_chunk(b"PLTE", bytes(3 * 256)) + PNG[33:],
    ),
    "png with a palette and transparency it does not use": (
        "image/png",
        PNG[:33] + png_chunk(b"PLTE", bytes(3 * 256)) + png_chunk(b"tRNS", bytes(256)) + PNG[33:],
    ),
    "png of colours with transparency beside its pixels": (
        "image/png",
        PNG[:33] + png_chunk(b"tRNS", bytes(256)) + PNG[33:],
    ),
    "png with a palette cut short": ("image/png", short_chunk(b"PLTE", 3)),
    "png with transparency cut short": ("image/png", short_chunk(b"tRNS", 1)),
    "png with a palette twice": ("image/png", twice(b"PLTE")),
    "png with transparency twice": ("image/png", twice(b"tRNS")),
    "png with a palette behind its transparency": (
        "image/png",
        png_of(
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)),
            png_chunk(b"tRNS", bytes(256)),
            png_chunk(b"PLTE", bytes(3 * 256)),
            png_chunk(b"IDAT", zlib.compress(bytes(5 * 4))),
            IEND,
        ),
    ),
    "palette png without a palette": (
        "image/png",
        png_of(
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)),
            png_chunk(b"IDAT", zlib.compress(bytes(5 * 4))),
            IEND,
        ),
    ),
    "png with a colour not in use": ("image/png", palette_png_of(b"abcdef")),
    "png with a secret in colours not in use": ("image/png", palette_png_of(b"abcsecret")),
    "png with a secret in transparency not in use": (
        "image/png",
        palette_png_of(b"abc", b"\x80secret".ljust(256, b"\0")),
    ),
    "png without pixels": ("image/png", png_of(IHDR, IEND)),
    "png with data behind its pixels": (
        "image/png",
        png_of(IHDR, png_chunk(b"IDAT", PIXELS + b"secret"), IEND),
    ),
    "png with too few pixels": (
        "image/png",
        png_of(IHDR, png_chunk(b"IDAT", zlib.compress(bytes(100))), IEND),
    ),
    "png with too many pixels": (
        "image/png",
        png_of(IHDR, png_chunk(b"IDAT", zlib.compress(bytes(193 * 49))), IEND),
    ),
    "png with an odd filter": (
        "image/png",
        png_of(IHDR, png_chunk(b"IDAT", zlib.compress((b"\x09" + bytes(192)) * 48)), IEND),
    ),
    "png with a full end": ("image/png", PNG[:-12] + png_chunk(b"IEND", b"x")),
    "png with two headers": ("image/png", png_of(IHDR, IHDR) + PNG[33:]),
    "interlaced png": ("image/png", png_of(png_chunk(b"IHDR", PNG[16:28] + b"\x01")) + PNG[33:]),
    "png of a billion pixels": (
        "image/png",
        png_of(png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))) + PNG[33:],
    ),
    "gif with a byte behind": ("image/gif", GIF + b"\0"),
    "gif with comment": ("image/gif", saved("GIF", comment=b"x")),
    "gif with data behind its pixels": ("image/gif", GIF[:-2] + b"\x04evil\0;"),
    "gif with another application": (
        "image/gif",
        ANIMATION.replace(b"NETSCAPE2.0", b"XMP DataXMP"),
    ),
    "gif of two pictures without end": ("image/gif", ANIMATION[:-1]),
    "gif with a frame beside its canvas": ("image/gif", GIF[:14] + b"\1" + GIF[15:]),
    "gif beyond its canvas": ("image/gif", GIF[:6] + b"\x10\0" + GIF[8:]),
    "gif with too few pixels": (
        "image/gif",
        GIF[:6] + b"\x40\0\x31\0" + GIF[10:].replace(b"\x40\0\x30\0", b"\x40\0\x31\0"),
    ),
    "gif with a transparent colour not in use": ("image/gif", with_control(0, 0, 7)),
    "gif with a transparent colour that is seen elsewhere": ("image/gif", with_control(1, 0, 0)),
    "gif with a transparent colour that says something": (
        "image/gif",
        CLEAR_GIF[:19] + b"\7" + CLEAR_GIF[20:],
    ),
    "gif of one picture with a duration": ("image/gif", with_control(0, 7, 0)),
    "text with bom": ("text/plain", b"\xef\xbb\xbf" + TEXT),
    "text with bare line end": ("text/plain", TEXT + b"\n"),
    "text with escape": ("text/plain", TEXT + b"\x1b[31m"),
    "text that is not utf-8": ("text/plain", "行".encode("cp932")),
    "text with an overlong character": ("text/plain", b"\xc0\xaf"),
    "a kind there is no grammar for": ("text/html", b"<p>"),
    "a jpeg called png": ("image/png", JPEG),
    "nothing at all": ("image/jpeg", b""),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_we_write_passes(name: str) -> None:
    check_file(*GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_what_we_never_write_does_not_pass(name: str) -> None:
    with pytest.raises(CheckFailed):
        check_file(*BAD[name])


@pytest.mark.parametrize("name", GOOD)
def test_a_file_cut_short_does_not_pass(name: str) -> None:
    media, data = GOOD[name]
    if media == "text/plain":
        return  # a shorter text is a text
    for end in range(0, len(data), max(1, len(data) // 200)):
        with pytest.raises(CheckFailed):
            check_file(media, data[:end])


@pytest.mark.parametrize("name", ["png", "palette png", "clear png"])
def test_no_bit_of_a_png_can_be_changed(name: str) -> None:
    media, data = GOOD[name]
    chance = random.Random(1)
    for _ in range(300):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(CheckFailed):
            check_file(media, bytes(changed))


@pytest.mark.parametrize("name", GOOD)
def test_whatever_is_changed_the_check_says_no_and_nothing_worse(name: str) -> None:
    media, data = GOOD[name]
    chance = random.Random(2)
    for _ in range(300):
        changed = bytearray(data or b"x")
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            check_file(media, bytes(changed))
        except CheckFailed:
            continue

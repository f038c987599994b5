"""Attacks on pictures: JPEG, PNG, GIF, and WebP, which is no longer written at all."""

import io
import itertools
import struct
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image

from sanitizer.intermediate import Mode
from tests.capacity.attack import Attack, DoesNotFit
from tests.capacity.jpeg_writer import Coder
from tests.sanitizer.samples import gradient, png_chunk
from tests.sanitizer.written_files import GIF, JPEG, PNG

SEGMENT = 65_000
# As many coefficients of a block as there are beside its mean.
OTHERS = 63
SIDE = 15_000


def attacks() -> Iterator[Attack]:
    for what, build in _JPEG.items():
        yield Attack("image/jpeg", what, build)
    for what, build in _PNG.items():
        yield Attack("image/png", what, build)
    for what, build in _GIF.items():
        yield Attack("image/gif", what, build)
    for what, build in _WEBP.items():
        yield Attack("image/webp", what, build)


def _pieces(cargo: bytes, size: int) -> list[bytes]:
    return [cargo[at : at + size] for at in range(0, len(cargo), size)]


def _segments(marker: int, cargo: bytes) -> bytes:
    return b"".join(
        struct.pack(">BBH", 0xFF, marker, 2 + len(piece)) + piece
        for piece in _pieces(cargo, SEGMENT)
    )


def _coefficients(cargo: bytes) -> list[list[int]]:
    """Return blocks of coefficients that each hold a byte, none of them 0."""
    return [
        [byte - 256 if byte < 128 else byte for byte in each] for each in _pieces(cargo, OTHERS)
    ]


def _zeros_before_the_end(cargo: bytes) -> bytes:
    coder = Coder(Mode.GRAY)
    counts = [
        count for byte in cargo for count in (byte >> 6, byte >> 4 & 3, byte >> 2 & 3, byte & 3)
    ]
    across = min(len(counts), SIDE // 8)
    counts += [0] * (-len(counts) % across)
    blocks = [coder.zeros(count) for count in counts]
    return coder.file((8 * across, 8 * len(counts) // across), "".join(blocks))


def _beyond_the_picture(cargo: bytes) -> bytes:
    """Fill the right blocks of light of a picture of eight pixels across."""
    coder, hidden = Coder(Mode.RGB), _coefficients(cargo)
    hidden += [[]] * (len(hidden) % 2)
    nothing, colours = coder.block(0, []), coder.block(0, [], colour=1) * 2
    units = [
        nothing + coder.block(0, one) + nothing + coder.block(0, other) + colours
        for one, other in zip(hidden[::2], hidden[1::2], strict=True)
    ]
    return coder.file((8, 16 * len(units)), "".join(units))


def _under_white(cargo: bytes) -> bytes:
    """Have blocks whiter than white, so that nothing shows of what else is in them."""
    coder, hidden = Coder(Mode.GRAY), _coefficients(cargo)
    across = min(len(hidden), SIDE // 8)
    hidden += [[]] * (-len(hidden) % across)
    bits = [coder.block(0 if index else 2047, each) for index, each in enumerate(hidden)]
    return coder.file((8 * across, 8 * len(hidden) // across), "".join(bits))


def _progressive(cargo: bytes) -> bytes:
    file = io.BytesIO()
    gradient().save(file, "JPEG", progressive=True)
    data = file.getvalue()
    at = data.index(b"\xff\xda")
    return data[:at] + _segments(0xC4, cargo) + data[at:]


_JPEG = {
    "behind the last block": lambda cargo: (
        JPEG[:-2] + cargo.replace(b"\xff", b"\xff\0") + JPEG[-2:]
    ),
    "behind the end": lambda cargo: JPEG + cargo,
    "in comments": lambda cargo: JPEG[:20] + _segments(0xFE, cargo) + JPEG[20:],
    "in tables nobody uses": _progressive,
    "in zeros before the end of blocks": _zeros_before_the_end,
    "in blocks beyond the picture": _beyond_the_picture,
    "in blocks whiter than white": _under_white,
}


def _png(header: tuple[int, int, int], *chunks: tuple[bytes, bytes]) -> bytes:
    width, height, colour = header
    written = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)), *chunks]
    return PNG[:8] + b"".join(png_chunk(*each) for each in (*written, (b"IEND", b"")))


def _filters(cargo: bytes) -> bytes:
    if 4 * len(cargo) > 65_000:
        raise DoesNotFit
    rows = b"".join(bytes((byte >> place & 3, 0)) for byte in cargo for place in (0, 2, 4, 6))
    return _png((1, 4 * len(cargo), 0), (b"IDAT", zlib.compress(rows)))


def _clear_colours(cargo: bytes) -> bytes:
    pixels = b"".join(piece.ljust(3, b"\0") + b"\0" for piece in _pieces(cargo, 3))
    width = min(len(pixels) // 4, 1000)
    pixels = pixels.ljust(-(-len(pixels) // (4 * width)) * 4 * width, b"\0")
    rows, above = [], bytes(4 * width)
    for row in _pieces(pixels, 4 * width):
        rows.append(b"\2" + bytes((one - two) % 256 for one, two in zip(row, above, strict=True)))
        above = row
    return _png((width, len(rows), 6), (b"IDAT", zlib.compress(b"".join(rows), 1)))


def _indexed(colours: bytes, count: int) -> bytes:
    """Return a PNG that uses the first `count` of `colours`."""
    rows = b"".join(bytes((0, number)) for number in range(count))
    return _png((1, count, 3), (b"PLTE", colours), (b"IDAT", zlib.compress(rows, 1)))


def _unused_colours(cargo: bytes) -> bytes:
    if len(cargo) > 3 * 255:
        raise DoesNotFit
    return _indexed(b"abc" + cargo.ljust(-(-len(cargo) // 3) * 3, b"\0"), 1)


def _colours_in_order(cargo: bytes) -> bytes:
    """Say something by the order of 256 colours."""
    return _indexed(b"".join(_permuted(cargo, 256, 210)), 256)


def _permuted(cargo: bytes, count: int, most: int) -> list[bytes]:
    """Return `count` colours in an order that says `cargo`, of at most `most` bytes."""
    number, rest, found = int.from_bytes(cargo), list(range(count)), list[bytes]()
    if len(cargo) > most:
        raise DoesNotFit
    while rest:
        number, place = divmod(number, len(rest))
        found.append(bytes((0, 0, rest.pop(place))))
    return found


def _stored(cargo: bytes, data: bytes) -> bytes:
    """Pack `data` as it is, in pieces whose lengths say something."""
    packer = [b"\x78\x01"]
    lengths = [byte + 1 for byte in cargo]
    if sum(lengths) > len(data):
        raise DoesNotFit
    at = 0
    for length in (*lengths, len(data) - sum(lengths)):
        is_last = at + length == len(data)
        packer.append(
            struct.pack("<BHH", is_last, length, length ^ 0xFFFF) + data[at : at + length]
        )
        at += length
    return b"".join(packer) + struct.pack(">I", zlib.adler32(data))


def how_packed(cargo: bytes, data: bytes) -> bytes:
    """Pack `data` without zlib's header, in a way that says `cargo`."""
    return _stored(cargo, data)[2:-4]


def _packing(cargo: bytes) -> bytes:
    height = min(60_000, len(cargo) * 130 // 61 + 40)
    rows = (b"\2" + bytes(60)) * height
    return _png((60, height, 0), (b"IDAT", _stored(cargo, rows)))


_PIXELS = PNG[41:-16]
_PNG = {
    "in a chunk of text": lambda cargo: PNG[:33] + png_chunk(b"tEXt", b"k\0" + cargo) + PNG[33:],
    "behind the end": lambda cargo: PNG + cargo,
    "behind the packed pixels": lambda cargo: (
        PNG[:33] + png_chunk(b"IDAT", _PIXELS + cargo) + PNG[-12:]
    ),
    "in colours nobody sees": _clear_colours,
    "in colours not in use": _unused_colours,
    "in the order of the colours": _colours_in_order,
    "in how rows are filtered": _filters,
    "in how pixels are packed": _packing,
    "in where the pixels are cut": lambda cargo: (
        PNG[:33]
        + b"".join(
            png_chunk(b"IDAT", _PIXELS[at : at + 1]) for at in range(min(len(cargo), len(_PIXELS)))
        )
        + png_chunk(b"IDAT", _PIXELS[min(len(cargo), len(_PIXELS)) :])
        + PNG[-12:]
    ),
}


def _gif(colours: Sequence[bytes], codes: Sequence[int], size: tuple[int, int]) -> bytes:
    """Return a GIF of codes, which are nine bits long: too few of them to be longer."""
    bits = max(1, (len(colours) - 1).bit_length())
    number = sum(code << 9 * place for place, code in enumerate((256, *codes, 257)))
    data = number.to_bytes(-(-9 * (len(codes) + 2) // 8), "little")
    blocks = b"".join(bytes((len(piece),)) + piece for piece in _pieces(data, 255))
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *size, 0x70, 0, 0)
        + struct.pack("<B4HB", 0x2C, 0, 0, *size, 0x80 | bits - 1)
        + b"".join(colours).ljust(3 << bits, b"\0")
        + b"\x08"
        + blocks
        + b"\0;"
    )


def _cut_strings(cargo: bytes) -> bytes:
    """Say by each pair of pixels whether it is one string, which is known, or two."""
    bits = [byte >> place & 1 for byte in cargo for place in range(8)]
    codes = [0, 258, *itertools.chain.from_iterable([258] if bit else [0, 0] for bit in bits)]
    if len(codes) > 250:
        raise DoesNotFit
    return _gif([b"abc"], codes, (1, 3 + 2 * len(bits)))


def _gif_colours(cargo: bytes) -> bytes:
    if len(cargo) > 3 * 127:
        raise DoesNotFit
    return _gif([b"abc", *_pieces(cargo.ljust(3 * 127, b"\0"), 3)], [0], (1, 1))


_GIF = {
    "in comments": lambda cargo: (
        GIF[:13]
        + b"\x21\xfe"
        + b"".join(bytes((len(piece),)) + piece for piece in _pieces(cargo, 255))
        + b"\0"
        + GIF[13:]
    ),
    "behind the end": lambda cargo: GIF + cargo,
    "behind the last code": lambda cargo: (
        GIF[:-2]
        + b"".join(bytes((len(piece),)) + piece for piece in _pieces(cargo, 255))
        + GIF[-2:]
    ),
    "in colours not in use": _gif_colours,
    "in the order of the colours": lambda cargo: _gif(
        _permuted(cargo, 200, 155), range(200), (1, 200)
    ),
    "in where strings are cut": _cut_strings,
}


def _webp(cargo: bytes, *, lossless: bool) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "WEBP", lossless=lossless)
    data = file.getvalue() + cargo + bytes(len(cargo) % 2)
    length = len(file.getvalue()) - 20 + len(cargo)
    return (
        data[:4]
        + struct.pack("<I", len(data) - 8)
        + data[8:16]
        + struct.pack("<I", length)
        + data[20:]
    )


_WEBP = {
    "behind the picture": lambda cargo: _webp(cargo, lossless=True),
    "behind the last partition": lambda cargo: _webp(cargo, lossless=False),
    "instead of the picture": lambda cargo: (
        b"RIFF"
        + struct.pack("<I", 4 + 8 + 10 + len(cargo))
        + b"WEBPVP8 "
        + struct.pack("<I", 10 + len(cargo))
        + b"\x10\0\0\x9d\x01\x2a\x08\0\x08\0"
        + cargo
    ),
}

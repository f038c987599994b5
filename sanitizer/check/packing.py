"""Packed data is what zlib makes of what it holds, at a known setting, and no other.

The same bytes can be packed in very many ways, and which way was taken could say something: so
whatever was unpacked is packed again, and must come out as it was.  That holds where zlib packs as
zlib itself does: 1.2.13 and 1.3.2 make the same bytes.  A library that packs otherwise, such as
zlib-ng, is told by `packs_as_known`, and nothing passes where it is in use.
Source: RFC 1950, RFC 1951; zlib's `deflate.c`.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from sanitizer.check.rule import CheckFailed, demand_rule

PIECE_BYTES = 1 << 18


class Packing(NamedTuple):
    """How a packer is set: see zlib's `deflateInit2`."""

    level: int
    window_bits: int = zlib.MAX_WBITS
    strategy: int = zlib.Z_DEFAULT_STRATEGY


# A ZIP member has no header of zlib's around it.
MEMBER = Packing(6, -zlib.MAX_WBITS)
PLAIN = Packing(6)
FAST = Packing(1)
PAGE = Packing(9)
STENCIL = Packing(8, strategy=zlib.Z_FILTERED)

# What this packs is chance, text and runs, more than a window of it.
_SAMPLE_SHA256 = "6302309daa39cae53281594d2d1ab37447c20184f884211a3911e467f5037a08"


def unpacked(packed: bytes, packing: Packing, limit: int) -> bytes:
    """Return what `packed` holds, at most `limit` bytes, or raise `CheckFailed`."""
    return b"".join(unpacked_pieces(packed, packing, limit))


def unpacked_pieces(packed: bytes, packing: Packing, limit: int) -> Iterator[bytes]:
    """Yield what `packed` holds piece by piece; raise `CheckFailed` at the first fault."""
    demand_rule(packs_as_known(), "this machine's zlib packs in another way: see doctor")
    inflater = zlib.decompressobj(packing.window_bits)
    deflater = _deflater(packing)
    again, left, rest = 0, limit, memoryview(packed)
    while not inflater.eof:
        given = inflater.unconsumed_tail or bytes(rest[:PIECE_BYTES])
        if not inflater.unconsumed_tail:
            rest = rest[PIECE_BYTES:]
        try:
            piece = inflater.decompress(given, min(PIECE_BYTES, left + 1))
        except zlib.error:
            raise CheckFailed("packed data") from None
        demand_rule(bool(piece or given or inflater.eof), "packed data cut short")
        left -= len(piece)
        demand_rule(left >= 0, "packed data that holds too much")
        again = _follow(packed, again, deflater.compress(piece))
        yield piece
    again = _follow(packed, again, deflater.flush())
    demand_rule(again == len(packed), "bytes behind the packed data")


def _follow(packed: bytes, at: int, expected: bytes) -> int:
    demand_rule(packed.startswith(expected, at), "another way to pack")
    return at + len(expected)


def _deflater(packing: Packing) -> "zlib._Compress":
    return zlib.compressobj(
        packing.level, zlib.DEFLATED, packing.window_bits, zlib.DEF_MEM_LEVEL, packing.strategy
    )


@cache
def packs_as_known() -> bool:
    """Say whether this machine's zlib packs a sample as it is known to be packed."""
    digest = hashlib.sha256()
    for packing in (MEMBER, PLAIN, FAST, PAGE, STENCIL):
        deflater = _deflater(packing)
        digest.update(b"".join([*map(deflater.compress, _sample()), deflater.flush()]))
    return digest.hexdigest() == _SAMPLE_SHA256


def _sample() -> Sequence[bytes]:
    """Return chance, text that repeats, and runs: what each of zlib's ways of searching meets."""
    chance = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1024))
    text = b"".join(
        b"<w:r><w:t>%d %b</w:t></w:r>" % (n * n, chance[n : n + 4]) for n in range(2048)
    )
    steps = bytes(n * n // 64 & 0xFF for n in range(16_384))
    return chance, text, bytes(10_000), steps, text[::-1], chance[:20_000]

"""WebP: one picture, lossy or lossless, with or without transparency, and no other chunk.

Source: RFC 9649 (container, VP8L), RFC 6386 (VP8).
"""

import struct

from sanitizer.check.rule import demand_rule

MAX_PIXELS = 250_000_000
ALPHA_FLAG = 0x10
# The three shapes a file of ours can have.
SHAPES = ((b"VP8 ",), (b"VP8L",), (b"VP8X", b"ALPH", b"VP8 "))


def check_webp(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    demand_rule(untrusted[:4] == b"RIFF" and untrusted[8:12] == b"WEBP", "not a WebP")
    demand_rule(struct.unpack_from("<I", untrusted, 4)[0] + 8 == len(untrusted), "length")
    chunks: list[tuple[bytes, bytes]] = []
    at = 12
    while at < len(untrusted):
        name, body, at = _chunk(untrusted, at)
        chunks.append((name, body))
        demand_rule(len(chunks) <= 3, "more chunks than we write")
    demand_rule(tuple(name for name, _ in chunks) in SHAPES, "chunks")
    name, body = chunks[-1]
    width, height = _lossy(body) if name == b"VP8 " else _lossless(body)
    demand_rule(width > 0 and height > 0 and width * height <= MAX_PIXELS, "dimensions")
    if len(chunks) == 3:
        demand_rule(chunks[0][1] == _extended(width, height), "extended header")
        _check_transparency(chunks[1][1], width * height)
    return width, height


def _chunk(untrusted: bytes, at: int) -> tuple[bytes, bytes, int]:
    demand_rule(at + 8 <= len(untrusted), "cut short")
    name, length = struct.unpack_from("<4sI", untrusted, at)
    end = at + 8 + length
    demand_rule(length > 0 and end + length % 2 <= len(untrusted), "chunk length")
    demand_rule(untrusted[end : end + length % 2] in (b"", b"\0"), "padding")
    return name, untrusted[at + 8 : end], end + length % 2


def _extended(width: int, height: int) -> bytes:
    return (
        struct.pack("<I", ALPHA_FLAG)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )


def _check_transparency(body: bytes, pixels: int) -> None:
    """As it is and so of a known size, or filtered and packed without loss (RFC 9649, 2.7.1.2)."""
    demand_rule(len(body) > 1 and body[0] & 0b1111_0010 == 0, "transparency header")
    demand_rule(body[0] & 1 == 1 or (body[0] == 0 and len(body) == 1 + pixels), "transparency")


def _lossy(body: bytes) -> tuple[int, int]:
    """A shown key frame, unscaled, with its first partition inside."""
    demand_rule(len(body) > 10 and body[3:6] == b"\x9d\x01\x2a", "start code")
    tag = int.from_bytes(body[:3], "little")
    demand_rule(tag & 1 == 0 and tag >> 4 & 1 == 1 and tag >> 1 & 7 == 0, "frame tag")
    demand_rule(10 + (tag >> 5) <= len(body), "first partition")
    width, height = struct.unpack_from("<HH", body, 6)
    demand_rule(width < 1 << 14 and height < 1 << 14, "scaling")
    return width, height


def _lossless(body: bytes) -> tuple[int, int]:
    demand_rule(len(body) > 5 and body[0] == 0x2F, "signature")
    bits = int.from_bytes(body[1:5], "little")
    demand_rule(bits >> 29 == 0, "version")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1

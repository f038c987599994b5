"""Sound: Opus in Ogg, in the one way we write it.  Source: RFC 3533, RFC 7845."""

import struct
from collections.abc import Sequence

from sanitizer.encode.packets import PAGE

SAMPLES_A_PACKET = 960
# What libopus puts before the sound, and players leave out again: 6.5 ms.
SKIPPED_SAMPLES = 312

HEAD = struct.pack("<8sBBHIhB", b"OpusHead", 1, 2, SKIPPED_SAMPLES, 48_000, 0, 0)
TAGS = b"OpusTags" + struct.pack("<I7sI", 7, b"sekisho", 0)

# The largest packets take six of the 255 lengths a page has.
PACKETS_A_PAGE = 40
SERIAL = 1
FIRST, LAST = 2, 4
POLYNOMIAL = 0x04C1_1DB7


def encode_ogg(packets: Sequence[bytes]) -> bytes:
    """Return a file of the Opus packets, each 20 ms."""
    pages = [_page(0, FIRST, 0, [HEAD]), _page(1, 0, 0, [TAGS])]
    for start in range(0, len(packets), PACKETS_A_PAGE):
        some = packets[start : start + PACKETS_A_PAGE]
        done = start + len(some)
        flags = LAST if done == len(packets) else 0
        pages.append(_page(len(pages), flags, done * SAMPLES_A_PACKET, some))
    return b"".join(pages)


def _page(number: int, flags: int, position: int, packets: Sequence[bytes]) -> bytes:
    lengths = b"".join(b"\xff" * (len(each) // 255) + bytes([len(each) % 255]) for each in packets)
    head = (b"OggS", 0, flags, position, SERIAL, number)
    body = lengths + b"".join(packets)
    checksum = _checksum(PAGE.pack(*head, 0, len(lengths)) + body)
    return PAGE.pack(*head, checksum, len(lengths)) + body


def _table() -> list[int]:
    table = []
    for byte in range(256):
        remainder = byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (POLYNOMIAL if remainder & 0x8000_0000 else 0)
        table.append(remainder & 0xFFFF_FFFF)
    return table


TABLE = _table()


def _checksum(data: bytes) -> int:
    remainder = 0
    for byte in data:
        remainder = (remainder << 8 & 0xFFFF_FFFF) ^ TABLE[remainder >> 24 ^ byte]
    return remainder

"""Ogg: one stream of Opus, two headers and pages of forty packets, and no comment.

Source: RFC 3533 (pages, checksum), RFC 7845 (headers), RFC 6716 3.1 (packets).
"""

import struct

from sanitizer.check.rule import demand_rule

HEADER = "<4sBBqIIIB"
HEADER_BYTES = struct.calcsize(HEADER)
OPUS_HEAD = bytes.fromhex("4f70757348656164 01 02 3801 80bb0000 0000 00")
OPUS_TAGS = b"OpusTags\7\0\0\0sekisho\0\0\0\0"
PACKETS_A_PAGE, SAMPLES_A_PACKET = 40, 960
# 64 kbit/s, whatever is heard: no packet is longer or shorter than another.
PACKET_BYTES = 160
# An hour, more than any profile lets come in.
MAX_PACKETS = 180_000


def check_ogg(untrusted: bytes) -> int:
    """Return the milliseconds of sound, or raise `CheckFailed`."""
    number, at, total, ended = 0, 0, 0, False
    while at < len(untrusted):
        demand_rule(not ended, "something after the last page")
        flags, position, packets, at = _page(untrusted, at, number)
        if number < 2:
            demand_rule(packets == [(OPUS_HEAD, OPUS_TAGS)[number]], "headers")
            demand_rule(flags == (2, 0)[number] and position == 0, "header page")
        else:
            ended = flags == 4
            demand_rule(flags in (0, 4), "flags")
            demand_rule(ended or len(packets) == PACKETS_A_PAGE, "a page that is not full")
            demand_rule(0 < len(packets) <= PACKETS_A_PAGE, "packets on a page")
            total += len(packets)
            demand_rule(total <= MAX_PACKETS and position == total * SAMPLES_A_PACKET, "position")
            for packet in packets:
                check_opus(packet)
        number += 1
    demand_rule(ended, "the last page is missing")
    return total * 20


def check_opus(packet: bytes) -> None:
    """Raise `CheckFailed` unless this is one frame of 20 ms."""
    demand_rule(len(packet) == PACKET_BYTES, "packet length")
    configuration, frames = packet[0] >> 3, packet[0] & 3
    twenty = configuration % 4 == 1 if configuration < 12 else configuration % 2 == 1
    if configuration >= 16:
        twenty = configuration % 4 == 3
    demand_rule(frames == 0 and twenty, "packet duration")


def _page(untrusted: bytes, at: int, number: int) -> tuple[int, int, list[bytes], int]:
    demand_rule(at + HEADER_BYTES <= len(untrusted), "page cut short")
    magic, version, flags, position, serial, sequence, checksum, count = struct.unpack_from(
        HEADER, untrusted, at
    )
    demand_rule((magic, version, serial, sequence) == (b"OggS", 0, 1, number), "page header")
    lacing = untrusted[at + HEADER_BYTES : at + HEADER_BYTES + count]
    body_at = at + HEADER_BYTES + count
    end = body_at + sum(lacing)
    demand_rule(len(lacing) == count > 0 and end <= len(untrusted), "page cut short")
    demand_rule(lacing[-1] < 255, "a packet that goes on")
    zeroed = untrusted[at : at + 22] + bytes(4) + untrusted[at + 26 : end]
    demand_rule(_remainder(zeroed) == checksum, "checksum")
    packets, length = [], 0
    for lace in lacing:
        length += lace
        if lace < 255:
            packets.append(untrusted[body_at : body_at + length])
            body_at += length
            length = 0
    return flags, position, packets, end


def _division() -> tuple[int, ...]:
    """Return the remainder of each byte, by x^32 + ... = 0x104C11DB7, highest bit first."""
    remainders = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = value << 1 ^ (0x1_04C1_1DB7 if value >> 31 else 0)
        remainders.append(value)
    return tuple(remainders)


_REMAINDERS = _division()


def _remainder(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value & 0xFF_FFFF) << 8 ^ _REMAINDERS[value >> 24 ^ byte]
    return value

"""ZIP as we write it: members back to back, deflated, no extra field, no comment, one fixed date.

Packed in one way (`sanitizer.check.packing`).  Source: APPNOTE.TXT 6.3.10.  Shared by archives and
Office files, which differ in what the members may be.
"""

import struct
import zlib
from collections.abc import Iterator

from sanitizer.check import packing
from sanitizer.check.rule import demand_rule

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 1 << 30
SHARED = struct.Struct("<5H3I2H")
LOCAL_BYTES = 4 + SHARED.size
CENTRAL_BYTES = 4 + 2 + SHARED.size + 14
FIXED = (20, 1 << 11, 8, 0, 0x0021)  # version, UTF-8, deflated, midnight, 1 January 1980


def members(untrusted: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and contents of each member; raise `CheckFailed` at the first fault."""
    end_at = len(untrusted) - 22
    demand_rule(end_at >= 0, "cut short")
    mark, *disks, count, size, directory_at, comment = struct.unpack_from(
        "<4s4H2IH", untrusted, end_at
    )
    demand_rule(mark == b"PK\5\6" and disks == [0, 0, count] and comment == 0, "end record")
    demand_rule(directory_at + size == end_at and 0 < count <= MAX_MEMBERS, "directory")
    at, central_at, left = 0, directory_at, MAX_UNPACKED_BYTES
    for _ in range(count):
        name, data, next_at, central_at = _member(untrusted, at, central_at, end_at, left)
        at, left = next_at, left - len(data)
        yield name, data
    demand_rule(at == directory_at and central_at == end_at, "bytes between or behind the members")


def _member(
    untrusted: bytes, at: int, central_at: int, end_at: int, left: int
) -> tuple[str, bytes, int, int]:
    demand_rule(central_at + CENTRAL_BYTES <= end_at, "cut short")
    demand_rule(untrusted[at : at + 4] == b"PK\3\4", "member header")
    shared = untrusted[at + 4 : at + LOCAL_BYTES]
    *fixed, checksum, packed, unpacked, name_length, extra = SHARED.unpack(shared)
    demand_rule(tuple(fixed) == FIXED and extra == 0, "member header fields")
    name = untrusted[at + LOCAL_BYTES : at + LOCAL_BYTES + name_length]
    central = b"PK\1\2\x14\3" + shared + struct.pack("<3H2I", 0, 0, 0, 0o100600 << 16, at) + name
    demand_rule(untrusted.startswith(central, central_at), "directory entry")
    start = at + LOCAL_BYTES + name_length
    demand_rule(start + packed <= end_at and unpacked <= left, "size")
    data = packing.unpacked(untrusted[start : start + packed], packing.MEMBER, unpacked)
    demand_rule(len(data) == unpacked and zlib.crc32(data) == checksum, "contents")
    try:
        return name.decode("utf-8"), data, start + packed, central_at + len(central)
    except UnicodeDecodeError:
        demand_rule(False, "name")
        raise

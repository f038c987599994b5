"""A new ZIP: names in UTF-8, one fixed date, nothing in any field that may hold something."""

import struct
import zlib
from collections.abc import Sequence

from sanitizer.intermediate import Member

# 1 January 1980, the first day there is: who packed what when is nobody's business.
DATE, TIME = 0x0021, 0
VERSION, UTF_8, DEFLATED = 20, 1 << 11, 8
# Unix, a plain file its owner can read and write; some programs complain of a file with no rights.
MADE_BY, RIGHTS = 3 << 8 | VERSION, 0o100600 << 16


def encode_archive(members: Sequence[Member]) -> bytes:
    """Return `members`, whose names are clean and unique, as an archive."""
    body, directory = bytearray(), bytearray()
    for member in members:
        name, data = member.name.encode("utf-8"), bytes(member.data)
        packed = _deflated(data)
        shared = struct.pack(
            "<5H3I2H",
            VERSION,
            UTF_8,
            DEFLATED,
            TIME,
            DATE,
            zlib.crc32(data),
            len(packed),
            len(data),
            len(name),
            0,
        )
        directory += b"PK\1\2" + struct.pack("<H", MADE_BY) + shared
        directory += struct.pack("<3H2I", 0, 0, 0, RIGHTS, len(body)) + name
        body += b"PK\3\4" + shared + name + packed
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()

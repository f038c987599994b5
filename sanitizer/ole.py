"""The directory of an OLE2 compound file: enough to say which program wrote it.

Nothing in it is ever opened.  Source: [MS-CFB], 2.2 (header), 2.3 (FAT), 2.6 (directory entries).
"""

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER_FAT_SECTORS = 109
ENTRY_BYTES = 128
# A directory of 64 sectors of 512 bytes names 256 streams; what we look for is among the first.
MAX_DIRECTORY_SECTORS = 64


def stream_names(untrusted: memoryview | bytes) -> frozenset[str]:
    """Return the names in the directory, or as many as can be read; none if it is no OLE2 file."""
    if bytes(untrusted[:8]) != MAGIC or len(untrusted) < 512:
        return frozenset()
    (sector_shift,) = struct.unpack_from("<H", untrusted, 30)
    if sector_shift not in (9, 12):  # the two sizes there are: 512 and 4096 bytes
        return frozenset()
    sector_bytes = 1 << sector_shift
    (sector,) = struct.unpack_from("<I", untrusted, 48)
    fat_sectors = struct.unpack_from(f"<{HEADER_FAT_SECTORS}I", untrusted, 76)
    names: set[str] = set()
    for _ in range(MAX_DIRECTORY_SECTORS):
        start = (sector + 1) * sector_bytes
        entries = bytes(untrusted[start : start + sector_bytes])
        if len(entries) < sector_bytes:
            break
        names |= _names(entries)
        following = _next_sector(untrusted, sector, sector_bytes, fat_sectors)
        if following is None:
            break
        sector = following
    return frozenset(names)


def _names(entries: bytes) -> set[str]:
    names = set()
    for at in range(0, len(entries), ENTRY_BYTES):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        if 2 <= length <= 64:
            names.add(entries[at : at + length - 2].decode("utf-16-le", "replace"))
    return names


def _next_sector(
    untrusted: memoryview | bytes, sector: int, sector_bytes: int, fat_sectors: tuple[int, ...]
) -> int | None:
    page, index = divmod(sector, sector_bytes // 4)
    if page >= len(fat_sectors):
        return None
    at = (fat_sectors[page] + 1) * sector_bytes + index * 4
    if at + 4 > len(untrusted):
        return None
    (following,) = struct.unpack_from("<I", untrusted, at)
    return int(following) if following < 0xFFFF_FFFA else None

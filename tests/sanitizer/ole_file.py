"""An OLE2 compound file, from a tree of storages and streams.  Source: [MS-CFB]."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

Tree = Mapping[str, "bytes | Tree"]
SECTOR, SMALL, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR, NONE = 0xFFFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFD, 0xFFFF_FFFF
ROOT, STORAGE, STREAM = 5, 1, 2


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = NONE
    right: int = NONE


def ole_file(tree: Tree) -> bytes:
    """Return the file.  Streams of less than 4096 bytes stand together in that of the root."""
    entries = [_Entry("Root Entry", ROOT)]
    _add(entries, 0, tree)
    small_table, small_starts = _gather_small(entries)
    sectors: list[bytes] = []
    table: list[int] = []

    def place(data: bytes) -> int:
        count = -(-len(data) // SECTOR)
        start = len(sectors)
        sectors.extend(
            data[i * SECTOR : (i + 1) * SECTOR].ljust(SECTOR, b"\0") for i in range(count)
        )
        table.extend([*range(start + 1, start + count), END] if count else [])
        return start if count else END

    placed = [(e, small_starts[id(e)] if id(e) in small_starts else place(e.data)) for e in entries]
    small_fat = place(struct.pack(f"<{len(small_table)}I", *small_table))
    directory = place(b"".join(_packed(entry, start) for entry, start in placed))
    fat_count = 1
    while (len(sectors) + fat_count) * 4 > fat_count * SECTOR:
        fat_count += 1
    fat_places = range(len(sectors), len(sectors) + fat_count)
    table += [FAT_SECTOR] * fat_count
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fat_count * SECTOR, b"\xff")
    small_fat_count = -(-len(small_table) * 4 // SECTOR)
    return _header(fat_places, directory, small_fat, small_fat_count) + b"".join(sectors) + fat


def _header(fat_places: range, directory: int, small_fat: int, small_fat_count: int) -> bytes:
    """Return the first sector: where the tables and the directory stand, in sectors behind it."""
    versions_and_shifts = (0x3E, 3, 0xFFFE, 9, 6)
    tables = (0, len(fat_places), directory, 0, CUTOFF, small_fat, small_fat_count, END, 0)
    return struct.pack(
        "<8s16x5H6xIIIIIIIII109I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *versions_and_shifts,
        *tables,
        *fat_places,
        *[FREE] * (109 - len(fat_places)),
    )


def _gather_small(entries: list[_Entry]) -> tuple[list[int], dict[int, int]]:
    """Put the short streams into that of the root; return their table, and where each starts."""
    small, table, starts = bytearray(), list[int](), dict[int, int]()
    for entry in entries:
        if 0 < len(entry.data) < CUTOFF:
            start, count = len(table), -(-len(entry.data) // SMALL)
            small += entry.data.ljust(count * SMALL, b"\0")
            table += [*range(start + 1, start + count), END]
            starts[id(entry)] = start
    entries[0].data = bytes(small)
    return table, starts


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    """Add what is in a storage as a chain of right siblings, which any reader walks."""
    before = None
    for name, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
        number = len(entries)
        if isinstance(content, bytes):
            entries.append(_Entry(name, STREAM, content))
        else:
            entries.append(_Entry(name, STORAGE))
            _add(entries, number, content)
        if before is None:
            entries[parent].child = number
        else:
            entries[before].right = number
        before = number


def _packed(entry: _Entry, start: int) -> bytes:
    name = entry.name.encode("utf-16-le")
    size = len(entry.data)
    return struct.pack(
        "<64sHBBIII16xI8x8xIQ",
        name,
        len(name) + 2,
        entry.kind,
        1,
        NONE,
        entry.right,
        entry.child,
        0,
        start if size or entry.kind == ROOT else END,
        size,
    )

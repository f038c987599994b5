"""The published form of a log: which tiles a tree of some size has, their paths and contents.

This is C2SP tlog-tiles, so that any reader of that format can verify a log of ours:

    checkpoint                     who the log is, how large, and its signed root
    tile/0/000                     256 leaf hashes
    tile/0/001.p/17                the 17 leaf hashes after them, until there are 256
    tile/1/000.p/1                 one hash for each full tile of level 0
    tile/entries/000               the 256 records themselves, each after its length

Pure: paths are text and nothing here opens one.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wire.audit.tlog import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH
from wire.reasons import Reason, Refused

CHECKPOINT_PATH: Final = "checkpoint"

_LENGTH = struct.Struct(">H")

# What the length in front of a record can say.  For scale: a record of a transfer with ten files
# is 6 kB.
MAX_RECORD_BYTES: Final = 0xFFFF

MAX_TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
MAX_BUNDLE_BYTES: Final = TILE_WIDTH * (_LENGTH.size + MAX_RECORD_BYTES)


@dataclass(frozen=True, slots=True)
class Tile:
    """A run of `width` hashes (1 to 256) of `level`; the first is number 256 × `index`."""

    level: int
    index: int
    width: int

    @property
    def first(self) -> int:
        return self.index * TILE_WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_suffix(self.index, self.width)}"

    @property
    def bundle_path(self) -> str:
        """Where the records are whose leaf hashes this tile of level 0 holds."""
        return f"tile/entries/{_suffix(self.index, self.width)}"


def tile_at(level: int, index: int, size: int) -> Tile:
    """Return the tile as a tree of `size` leaves has it, which is narrower at its right edge.

    Raises `IndexError` where that tree has no such tile.
    """
    width = min(TILE_WIDTH, hashes_at(level, size) - index * TILE_WIDTH)
    if index < 0 or width < 1:
        raise IndexError(f"a tree of {size} has no tile {index} at level {level}")
    return Tile(level, index, width)


def hashes_at(level: int, size: int) -> int:
    """Return how many hashes of `level` a tree of `size` leaves has."""
    return size >> TILE_HEIGHT * level


def tiles_between(old_size: int, new_size: int) -> Iterator[Tile]:
    """Yield the tiles that a tree of `new_size` has and one of `old_size` had not."""
    level = 0
    while hashes_at(level, new_size):
        old, new = hashes_at(level, old_size), hashes_at(level, new_size)
        if new > old:
            for index in range(old // TILE_WIDTH, (new - 1) // TILE_WIDTH + 1):
                yield tile_at(level, index, new_size)
        level += 1


def encode_bundle(records: Sequence[bytes]) -> bytes:
    """Return the entry bundle of `records`, each at most 65,535 bytes (else `struct.error`)."""
    return b"".join(_LENGTH.pack(len(record)) + record for record in records)


def decode_bundle(untrusted: bytes) -> list[bytes]:
    """Return the records of an entry bundle, or raise `Refused` where a length cannot be right."""
    records: list[bytes] = []
    at = 0
    while at < len(untrusted):
        start = at + _LENGTH.size
        if start > len(untrusted):
            raise Refused(Reason.MALFORMED, f"ends inside the length of record {len(records)}")
        at = start + _LENGTH.unpack_from(untrusted, at)[0]
        if at > len(untrusted):
            raise Refused(Reason.MALFORMED, f"ends inside record {len(records)}")
        records.append(untrusted[start:at])
    return records


def decode_tile(untrusted: bytes) -> list[bytes]:
    """Return the hashes of a tile, or raise `Refused` where the last one is cut short."""
    if len(untrusted) % HASH_BYTES:
        raise Refused(Reason.MALFORMED, "does not end with a whole hash")
    return [untrusted[at : at + HASH_BYTES] for at in range(0, len(untrusted), HASH_BYTES)]


def _suffix(index: int, width: int) -> str:
    """Return `x001/x234/067` for 1234067: no folder then holds more than a thousand names."""
    digits = f"{index % 1000:03d}"
    while index := index // 1000:
        digits = f"x{index % 1000:03d}/{digits}"
    return digits if width == TILE_WIDTH else f"{digits}.p/{width}"

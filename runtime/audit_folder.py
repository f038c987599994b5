"""Reading a published audit log, file by file.  Whatever comes out of here is untrusted.

Nothing but the folder is needed, so an auditor can work on a copy.  What makes the contents
trustworthy is in `runtime.audit_verify`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from wire.audit.note import MAX_NOTE_BYTES
from wire.audit.tiles import (
    CHECKPOINT_PATH,
    MAX_BUNDLE_BYTES,
    MAX_TILE_BYTES,
    Tile,
    decode_bundle,
    decode_tile,
    tile_at,
)
from wire.audit.tlog import TILE_WIDTH, HashReader
from wire.reasons import Reason, Refused


def read_checkpoint(folder: Path) -> bytes:
    return _read_first(folder, [CHECKPOINT_PATH], MAX_NOTE_BYTES)[1]


def read_cosigned(folder: Path, key_id: bytes) -> bytes:
    """Return the checkpoint that the witness with this key signed last."""
    return _read_first(folder, [cosigned_path(key_id)], MAX_NOTE_BYTES)[1]


def cosigned_path(key_id: bytes) -> str:
    """Return where the last checkpoint is kept that a witness signed.

    Ours, beside C2SP: while a log grows, no witness has seen the newest `checkpoint` yet.
    """
    return f"cosigned/{key_id.hex()}"


def read_tile(folder: Path, tile: Tile) -> list[bytes]:
    """Return the hashes of `tile`, as many as it is wide, or raise `Refused`."""
    return _read_items(folder, tile, tile.path, decode_tile, MAX_TILE_BYTES)


def read_bundle(folder: Path, tile: Tile) -> list[bytes]:
    """Return the records whose leaf hashes `tile` holds, or raise `Refused`."""
    return _read_items(folder, tile, tile.bundle_path, decode_bundle, MAX_BUNDLE_BYTES)


def hash_reader(folder: Path, size: int) -> HashReader:
    """Return a reader of the hashes that a tree of `size` leaves has."""

    def read_hashes(level: int, first: int, number: int) -> list[bytes]:
        tile = tile_at(level, first // TILE_WIDTH, size)
        return read_tile(folder, tile)[first - tile.first :][:number]

    return read_hashes


def _read_items(
    folder: Path, tile: Tile, path: str, decode: Callable[[bytes], list[bytes]], limit: int
) -> list[bytes]:
    # Once a tile is full, nobody keeps the partial ones that led up to it.
    full_path = path.removesuffix(f".p/{tile.width}")
    found_at, untrusted = _read_first(folder, [path, full_path], limit)
    expected = TILE_WIDTH if found_at == full_path else tile.width
    try:
        items = decode(untrusted)
    except Refused as refusal:
        raise _broken(found_at, refusal.detail) from None
    if len(items) != expected:
        raise _broken(found_at, f"holds {len(items)} and should hold {expected}")
    return items[: tile.width]


def _read_first(folder: Path, paths: Sequence[str], limit: int) -> tuple[str, bytes]:
    """Return the first of `paths` that is there, and what is in it."""
    for path in paths:
        try:
            untrusted = _read(folder / path, limit)
        except FileNotFoundError:
            continue
        if len(untrusted) > limit:
            raise _broken(path, f"is larger than {limit} bytes")
        return path, untrusted
    raise _broken(paths[0], "is missing")


def _read(path: Path, limit: int) -> bytes:
    if path.exists() and not path.is_file():  # a pipe would never end
        raise _broken(path.name, "is not a file")
    with path.open("rb") as file:
        return file.read(limit + 1)


def _broken(path: str, detail: str) -> Refused:
    return Refused(Reason.AUDIT_INCONSISTENT, f"{path} {detail}")

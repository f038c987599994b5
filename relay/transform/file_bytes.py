"""The bytes of files on disk: as they come in, and as they were rebuilt.

    arriving/HASH.part    on its way in; gone when the link breaks
    arriving/HASH         complete and of that hash; gone when its outcome is durable
    cleaned/HASH          rebuilt; gone when the verify stage has it

A name here is a hash, never a name that somebody gave.  Everything blocks: call it in
a thread.
"""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from runtime import failpoints
from wire.fields import MAX_CHUNK_BYTES
from wire.reasons import Reason, Refused, Unavailable

PART = ".part"


@dataclass(slots=True)
class FileArrival:
    """A file that is on its way in."""

    path: Path  # where it is to be
    draft: Path
    size: int
    file: BinaryIO
    received: int = 0
    pieces: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


def begin(folder: Path, sha256: str, size: int, *, session: int) -> FileArrival:
    """Begin a file of `size` bytes.  Sessions do not share what they have begun."""
    draft = folder / f"{sha256}.{session}{PART}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return FileArrival(folder / sha256, draft, size, os.fdopen(descriptor, "wb"))


def add(arrival: FileArrival, index: int, piece: bytes) -> bool:
    """Add the next piece; return whether the file is complete, and then under its name.

    Raises `Refused` for a piece that is not the next, for bytes beyond what was
    announced and for a hash that is not it, `Unavailable` when the disk is full.
    """
    if index != arrival.pieces:
        raise Refused(Reason.GAP, f"piece {index}, expected {arrival.pieces}")
    if arrival.received + len(piece) > arrival.size:
        raise Refused(Reason.BAD_SIZE, f"more than the {arrival.size} bytes announced")
    try:
        arrival.file.write(piece)
        arrival.digest.update(piece)
        arrival.received += len(piece)
        arrival.pieces += 1
        if arrival.received < arrival.size:
            return False
        if arrival.digest.hexdigest() != arrival.path.name:
            raise Refused(Reason.WRONG_HASH, "a file that is not the one announced")
        _finish(arrival.file, arrival.draft, arrival.path)
    except OSError as trouble:
        raise Unavailable(f"a file could not be kept: {trouble.strerror}") from None
    return True


def _finish(file: BinaryIO, draft: Path, path: Path) -> None:
    """Give a file its name once its bytes are on the disk (fsync, rename, fsync)."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    failpoints.reach("transform.blob.written")
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    failpoints.reach("transform.blob.named")


def abandon(arrival: FileArrival) -> None:
    """Drop a file that did not come to its end."""
    arrival.file.close()
    arrival.draft.unlink(missing_ok=True)


def keep(folder: Path, sha256: str, data: bytes) -> None:
    """Keep bytes that were rebuilt.  Raises `Unavailable` when the disk is full."""
    draft = folder / f"{sha256}{PART}"
    try:
        with draft.open("wb") as file:
            file.write(data)
            _finish(file, draft, folder / sha256)
    except OSError as trouble:
        draft.unlink(missing_ok=True)
        raise Unavailable(f"a cleaned file could not be kept: {trouble.strerror}") from None


def forget(folder: Path, hashes: Collection[str]) -> None:
    """Delete bytes of which nobody has any more need."""
    for sha256 in hashes:
        (folder / sha256).unlink(missing_ok=True)


def read(folder: Path, sha256: str, size: int) -> bytes:
    """Return the bytes of a complete file; of an empty one there are none on disk."""
    return (folder / sha256).read_bytes() if size else b""


def read_piece(folder: Path, sha256: str, index: int) -> bytes:
    """Return the piece `index` of a file: empty beyond its end, or if it is gone."""
    try:
        with (folder / sha256).open("rb") as file:
            file.seek(index * MAX_CHUNK_BYTES)
            return file.read(MAX_CHUNK_BYTES)
    except FileNotFoundError:
        return b""


def sweep(folder: Path, needed: Collection[str]) -> None:
    """Delete all but `needed`: what a process that died had yet to delete."""
    for path in folder.iterdir():
        if path.name not in needed:
            path.unlink()

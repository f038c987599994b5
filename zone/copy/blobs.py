"""The bytes of files, each under its SHA-256 in one folder of the node.

A file is written beside its place and moved there once it is whole and on the
disk, so what has a name is complete.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from runtime import failpoints
from wire.reasons import Reason, Refused, Unavailable

# For a list, and for a whole screen: the sizes in which thumbnails are made.
THUMBNAIL_SIDES = (256, 1024)


class BlobDraft:
    """A file that is being written.  Blocking: call it from a thread or for small pieces."""

    def __init__(self, folder: Path, *, limit: int) -> None:
        """Begin a file of at most `limit` bytes under `folder`."""
        self._folder = folder
        self._path = folder / f".{secrets.token_hex(8)}.draft"
        self._limit = limit
        self._hash = hashlib.sha256()
        self._file = self._path.open("xb")
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Add a piece.  Raises `Refused` past the limit, `Unavailable` if the disk is full."""
        self.size += len(piece)
        if self.size > self._limit:
            raise Refused(Reason.TOO_LARGE, f"a file of more than {self._limit} bytes")
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as trouble:
            raise Unavailable(f"the file cannot be kept: {trouble.strerror}") from None

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of what was written so far."""
        return self._hash.digest()

    def keep(self) -> str:
        """Put the file in its place, durably, and return its SHA-256."""
        sha256 = self._hash.hexdigest()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            failpoints.reach("zone.blob.written")
            self._path.replace(self._folder / sha256)
            sync_folder(self._folder)
        except OSError as trouble:
            self.discard()
            raise Unavailable(f"the file cannot be kept: {trouble.strerror}") from None
        failpoints.reach("zone.blob.kept")
        return sha256

    def discard(self) -> None:
        """Give the file up."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def path_of(folder: Path, sha256: str) -> Path:
    """Return where the bytes with that hash are, if they are here."""
    return folder / sha256


def sweep(folder: Path) -> None:
    """Remove drafts that a crash left behind."""
    for draft in folder.glob(".*.draft"):
        draft.unlink(missing_ok=True)


def thumbnail_path(folder: Path, sha256: str, side: int) -> Path:
    """Return where the thumbnail of those bytes is, once it was made (zone/copy/thumbnails.py)."""
    return folder / f".{sha256}.{side}.jpg"


def remove(folder: Path, hashes: Iterable[str]) -> None:
    """Remove bytes that nothing refers to any more, their thumbnails first."""
    for sha256 in hashes:
        for side in THUMBNAIL_SIDES:
            thumbnail_path(folder, sha256, side).unlink(missing_ok=True)
        path_of(folder, sha256).unlink(missing_ok=True)

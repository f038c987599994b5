"""Files on their way in: bytes that the transform stage rebuilt, until they are whole.

expected/HASH.part    being written; worth nothing
expected/HASH         whole, of that hash, and durable
"""

import hashlib
import os
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from runtime import failpoints
from wire.reasons import Reason, Refused

# The transform stage sends one file after another; a second may begin while the first
# waits for its next piece.
MAX_PARTS = 8
# Files whose last pieces may still be on the link when nobody needs them any more.
MAX_RECENT = 1_024


class ExpectedPiece(Enum):
    """What a piece has made of its file."""

    MORE_TO_COME = auto()
    WHOLE = auto()
    WRONG = auto()  # longer than announced, or not of its hash: it can never be right
    UNNEEDED = auto()


@dataclass(slots=True)
class _Part:
    file: BinaryIO
    size: int = 0
    pieces: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class Expected:
    """The folder of files that were announced.  Blocking calls; none takes longer than a disk."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in `folder`."""
        self._folder = folder
        self._sizes: dict[str, int] = {}
        self._recent: dict[str, None] = {}
        self._parts: dict[str, _Part] = {}

    def path(self, sha256: str) -> Path:
        """Return where the whole file is."""
        return self._folder / sha256

    def is_whole(self, sha256: str) -> bool:
        """Return whether the bytes are here."""
        return self.path(sha256).exists()

    def announce(self, sha256: str, size: int) -> None:
        """Take in pieces of this file from now on.  Of two sizes one is wrong: see `Files`."""
        self._sizes[sha256] = min(size, self._sizes.get(sha256, size))

    def sweep(self, needed: set[str]) -> None:
        """Delete, at the start, whatever no item needs."""
        for path in self._folder.iterdir():
            if path.name not in needed:
                path.unlink()

    def add(self, sha256: str, index: int, piece: bytes) -> ExpectedPiece:
        """Take in a piece.  Raises `Refused`: UNANNOUNCED, GAP, OUT_OF_BOUNDS."""
        size = self._sizes.get(sha256)
        if size is None:
            if sha256 in self._recent:
                return ExpectedPiece.UNNEEDED
            raise Refused(Reason.UNANNOUNCED, "a piece of a file that no item announced")
        part = self._begin(sha256) if index == 0 else self._parts.get(sha256)
        if part is None or part.pieces != index:
            raise Refused(Reason.GAP, f"piece {index} of a file")
        if part.size + len(piece) > size:
            self.drop(sha256)
            return ExpectedPiece.WRONG
        part.file.write(piece)
        part.digest.update(piece)
        part.size += len(piece)
        part.pieces += 1
        failpoints.reach("verify.piece.written")
        if part.size < size:
            return ExpectedPiece.MORE_TO_COME
        return self._finish(sha256, part)

    def drop(self, sha256: str) -> None:
        """Delete a file that nobody needs any more; pieces still on the link are passed over."""
        self._stop(sha256)
        self._sizes.pop(sha256, None)
        self.path(sha256).unlink(missing_ok=True)
        failpoints.reach("verify.file.deleted")
        self.pass_over(sha256)

    def forget_parts(self) -> None:
        """Give up what was begun: whoever sends it again starts again."""
        for sha256 in list(self._parts):
            self._stop(sha256)

    def pass_over(self, sha256: str) -> None:
        """Expect pieces of a file that nobody needs: they are on the link already."""
        self._recent.pop(sha256, None)
        self._recent[sha256] = None
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]

    def _begin(self, sha256: str) -> _Part:
        self._stop(sha256)
        if len(self._parts) >= MAX_PARTS:
            raise Refused(Reason.OUT_OF_BOUNDS, f"more than {MAX_PARTS} files at once")
        part = self._parts[sha256] = _Part(self._draft(sha256).open("wb"))
        return part

    def _finish(self, sha256: str, part: _Part) -> ExpectedPiece:
        if part.digest.hexdigest() != sha256:
            self.drop(sha256)
            return ExpectedPiece.WRONG
        part.file.flush()
        os.fsync(part.file.fileno())
        self._draft(sha256).rename(self.path(sha256))
        failpoints.reach("verify.file.renamed")
        _make_names_durable(self._folder)
        self._stop(sha256)
        del self._sizes[sha256]
        self.pass_over(sha256)
        return ExpectedPiece.WHOLE

    def _stop(self, sha256: str) -> None:
        part = self._parts.pop(sha256, None)
        if part is not None:
            part.file.close()
            self._draft(sha256).unlink(missing_ok=True)

    def _draft(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.part"


def _make_names_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

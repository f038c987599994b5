"""Where exported records go: standard output, or a file that may be rotated under our feet."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class LineOutlet:
    """Takes text, and says when it has left us."""

    def __init__(self, path: Path | None, head: str = "") -> None:
        """Append to the file at `path`, or write to standard output.

        `head` begins standard output, and each file that is empty.
        """
        self._path = path
        self._head = head
        self._file: BinaryIO | None = None

    def write(self, text: str) -> None:
        """Write `text` and flush it; a file is made durable."""
        file = self._opened()
        file.write(text.encode())
        file.flush()
        if self._path is not None:
            os.fsync(file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None and self._path is not None:
            self._file.close()
        self._file = None

    def _opened(self) -> BinaryIO:
        """Return the file; a new one where it was moved away, as rotation does."""
        path = self._path
        if path is not None and self._file is not None and not _is_at(path, self._file):
            self.close()
        if self._file is None:
            self._file = sys.stdout.buffer if self._path is None else self._path.open("ab")
            if self._path is None or self._file.tell() == 0:
                self._file.write(self._head.encode())
        return self._file


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Return whether the open file is still the one at `path`."""
    with suppress(FileNotFoundError):
        there, ours = path.stat(), os.fstat(file.fileno())
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return False

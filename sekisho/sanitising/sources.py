"""The files that FILE or FOLDER… stands for, and their bytes.

Nothing is followed: a symbolic link, a device or a pipe is named to the caller and left alone.
What becomes of the bytes is never here.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from sanitizer.names import clean_path

# Of a file that is too large; a disk reads no faster in larger ones.
CHUNK_BYTES = 1 << 20


class NotAFile(Exception):
    """What stands there is a device, a pipe or a socket."""


class IsSymlink(Exception):
    """What stands there is a symbolic link."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Something that is no folder, and the folder in which the new file belongs, under DIR."""

    path: Path
    place: PurePath


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of a file: no more than one beyond the limit.  The size and hash are of all of it."""

    untrusted: bytes
    size: int
    sha256: str


def find_sources(given: Sequence[Path], *, leaving_out: Path) -> Iterator[SourceFile]:
    """Yield what is in `given` and in its folders, by name, but for the folder `leaving_out`.

    What cannot be looked into is yielded too: `read` will say why.
    """
    waiting = [SourceFile(path, PurePath()) for path in reversed(given)]
    while waiting:
        source = waiting.pop()
        try:
            inside = _inside(source, leaving_out)
        except OSError:
            inside = None
        if inside is None:
            yield source
        else:
            waiting += inside


def read_source(path: Path, *, max_bytes: int) -> Content:
    """Return what is in the file at `path`; raise `IsSymlink`, `NotAFile` or `OSError`."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise IsSymlink
    # A folder is here only if it could not be looked into: opening it will say why.
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotAFile
    # Should it be exchanged for a link now, the kernel does not follow; for a pipe, not wait.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        untrusted = file.read(max_bytes + 1)
        digest, size = hashlib.sha256(untrusted), len(untrusted)
        while more := file.read(CHUNK_BYTES):
            digest.update(more)
            size += len(more)
        return Content(untrusted, size, digest.hexdigest())


def _inside(source: SourceFile, leaving_out: Path) -> list[SourceFile] | None:
    """Return what is in a folder, last name first; None if it is no folder."""
    path = source.path
    if not stat.S_ISDIR(path.lstat().st_mode):
        return None
    if path.samefile(leaving_out):
        return []
    place = source.place / _clean(path.resolve().name)
    return [SourceFile(each, place) for each in sorted(path.iterdir(), reverse=True)]


def _clean(untrusted_folder: str) -> str:
    """Return a folder's name as the sanitizer would, on the way to a file in it."""
    return clean_path(f"{untrusted_folder}/_", "x").rpartition("/")[0]

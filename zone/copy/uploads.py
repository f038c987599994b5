"""Uploads: files that come in pieces, over any number of connections (tus).

An upload is a row and a part: the bytes so far, beside the blobs.  What the row's
`offset` counts is on the disk for certain; what the part has beyond it is cut off
before more is written, so after a power cut the two agree.

    open (offset < size) -> whole (offset = size) -> finished (fid: the file it became)

`whole` is a to-do note: whoever meets it finishes it.  Functions that take a
database run inside a transaction.
"""

import hashlib
import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runtime import failpoints
from wire.reasons import Reason, Refused, Unavailable
from zone.copy.blobs import path_of, sync_folder

# An upload never leaves its zone, so its prefix is no business of `wire.ids`.
UPLOAD = "up"

# Whoever begins an upload finishes it within a day, or begins again.
KEPT_MS = 24 * 3600 * 1000

_COLUMNS = "id, uploader, name, media, size, offset, metadata, password, fid, at"


class Upload(Struct, frozen=True):
    """A row: `offset` of `size` bytes are here.  `metadata` is what tus clients are told again."""

    id: str
    uploader: str
    name: str
    media: str
    size: int
    offset: int
    metadata: str
    password: str | None
    fid: str | None
    at: int

    @property
    def expires_at(self) -> int:
        """When it is forgotten, in milliseconds since 1970."""
        return self.at + KEPT_MS


def put(db: sqlite3.Connection, upload: Upload, *, limit: int) -> None:
    """Keep a new upload, of which a user may have `limit` that are not finished."""
    (count,) = db.execute(
        "SELECT count(*) FROM upload WHERE uploader = ? AND fid IS NULL", (upload.uploader,)
    ).fetchone()
    if count >= limit:
        raise Refused(Reason.QUOTA, f"{limit} uploads are open: finish or delete one")
    db.execute(
        f"INSERT INTO upload ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
        (
            upload.id,
            upload.uploader,
            upload.name,
            upload.media,
            upload.size,
            upload.offset,
            upload.metadata,
            upload.password,
            upload.fid,
            upload.at,
        ),
    )


def find(db: sqlite3.Connection, name: str) -> Upload | None:
    """Return an upload, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM upload WHERE id = ?", (name,)).fetchone()  # noqa: S608 - our own names
    return None if row is None else Upload(*row)


def advance(db: sqlite3.Connection, name: str, offset: int) -> None:
    """Say that so many bytes are on the disk."""
    db.execute("UPDATE upload SET offset = ? WHERE id = ? AND fid IS NULL", (offset, name))


def finish(db: sqlite3.Connection, name: str, fid: str) -> None:
    """Say which file an upload became.  Its password is the file's from now on."""
    done = db.execute(
        "UPDATE upload SET fid = ?, password = NULL WHERE id = ? AND fid IS NULL", (fid, name)
    )
    if done.rowcount == 0:
        raise Refused(Reason.NOT_FOUND)  # it has expired meanwhile


def remove(db: sqlite3.Connection, name: str) -> None:
    """Forget an upload."""
    db.execute("DELETE FROM upload WHERE id = ?", (name,))


def expire(db: sqlite3.Connection, *, before: int) -> list[str]:
    """Forget uploads begun before that time; return the names of their parts."""
    rows = db.execute("DELETE FROM upload WHERE at < ? RETURNING id", (before,)).fetchall()
    return [part_name(name) for (name,) in rows]


def reserved_bytes(db: sqlite3.Connection) -> int:
    """Return how much room uploads that are not finished may yet take, or have taken."""
    row = db.execute("SELECT coalesce(sum(size), 0) FROM upload WHERE fid IS NULL").fetchone()
    return int(row[0])


def part_name(name: str) -> str:
    """Return what the part of an upload is called in the folder of blobs."""
    return f".{name}.part"


def stray_parts(db: sqlite3.Connection, names: list[str]) -> list[str]:
    """Return those parts among `names` that no open upload has: a crash left them."""
    rows = db.execute("SELECT id FROM upload WHERE fid IS NULL").fetchall()
    known = {part_name(name) for (name,) in rows}
    return [name for name in names if name.endswith(".part") and name not in known]


def on_disk(folder: Path, upload: Upload) -> Upload:
    """Return `upload` as it stands: from the start again if the disk has lost its part."""
    try:
        size = (folder / part_name(upload.id)).stat().st_size
    except FileNotFoundError:
        size = 0
    return upload if size >= upload.offset else replace(upload, offset=0)


class Part:
    """The bytes of an open upload, to be written on from its offset.  Blocking.

    A caller that was cancelled may leave a write running in its thread; the lock
    has whoever settles the part wait for it.
    """

    def __init__(self, folder: Path, upload: Upload) -> None:
        """Open the part, cut to what is known to be on the disk."""
        self._lock = threading.Lock()
        self._size = upload.size
        self.settled = self.offset = upload.offset
        path, how = folder / part_name(upload.id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.fdopen(os.open(path, how, 0o600), "r+b", buffering=0)
            self._file.truncate(upload.offset)
            sync_folder(folder)
        except OSError as trouble:
            raise _full(trouble) from None

    def write(self, piece: bytes) -> None:
        """Add a piece.  Raises `Refused` past the size, `Unavailable` if the disk is full."""
        with self._lock:
            if self.offset + len(piece) > self._size:
                raise Refused(Reason.TOO_LARGE, f"more than the {self._size} bytes announced")
            left = memoryview(piece)
            try:
                while left:
                    written = os.pwrite(self._file.fileno(), left, self.offset)
                    self.offset, left = self.offset + written, left[written:]
            except OSError as trouble:
                raise _full(trouble) from None

    def settle(self) -> int:
        """Make what was written durable; return where that ends."""
        with self._lock:
            try:
                os.fsync(self._file.fileno())
            except OSError as trouble:
                raise _full(trouble) from None
            self.settled = self.offset
        failpoints.reach("zone.upload.settled")
        return self.settled

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()


def hash_of(folder: Path, upload: Upload) -> str:
    """Return the SHA-256 of a part.  Blocking: 0.1 s for 100 MiB."""
    try:
        with (folder / part_name(upload.id)).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as trouble:
        raise _full(trouble) from None


def keep(folder: Path, upload: Upload, sha256: str) -> None:
    """Put a whole part among the blobs, durably.  Blocking.

    The part stays where it is until a row says which file it became.
    """
    kept = path_of(folder, sha256)
    try:
        with suppress(FileExistsError):  # the same bytes, kept before
            kept.hardlink_to(folder / part_name(upload.id))
        os.utime(kept)  # young, so that nobody thinks it orphaned before its row is there
        sync_folder(folder)
    except OSError as trouble:
        raise _full(trouble) from None
    failpoints.reach("zone.upload.kept")


def _full(trouble: OSError) -> Unavailable:
    return Unavailable(f"the upload cannot be kept: {trouble.strerror}")

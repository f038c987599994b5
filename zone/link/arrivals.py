"""Files on their way in: pieces put together, looked at once more, kept.

A piece is taken only for a file that the relay has announced, within its size.
What came is checked here again with `sanitizer.check`, as the verify stage did.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import NamedTuple

import structlog

from runtime import failpoints
from runtime.links import Connection
from sanitizer.check.check import CheckFailed, check_file
from wire.frames import FrameType, read_chunk
from wire.lane import Lane
from wire.reasons import Reason, Refused
from wire.records import Acknowledgement
from zone.copy import blobs, files
from zone.store.notifications import tell_file
from zone.store.store import ZoneStore
from zone.store.writing import Writing

logger = structlog.get_logger()


class Arrivals:
    """The file that is coming in on one link; pieces of one file follow each other."""

    def __init__(self, store: ZoneStore, lane: Lane, connection: Connection) -> None:
        """Keep what arrives on `lane` in `store`, and acknowledge it over `connection`."""
        self._store = store
        self._lane = lane
        self._connection = connection
        self._finishing: asyncio.Task[None] | None = None
        self._draft: blobs.BlobDraft | None = None
        self._sha256 = ""
        self._size = 0
        self._next = 0

    async def take(self, body: bytes, group: asyncio.TaskGroup) -> None:
        """Take in a piece.  With the last one, finish the file in a task of `group`.

        The events that follow it do not wait for the disk; another file to be finished does.
        """
        sha256, index, piece = read_chunk(body)
        if index == 0:
            self.close()
            size = await self._store.read(lambda db: files.expected_size(db, sha256))
            if size is None:
                await self._again(sha256)
                return
            self._draft = blobs.BlobDraft(self._store.blobs, limit=size)
            self._sha256, self._size, self._next = sha256, size, 0
        if self._draft is None and sha256 == self._sha256:
            return  # the rest of a file we have no use for
        if self._draft is None or (sha256, index) != (self._sha256, self._next):
            raise Refused(Reason.UNANNOUNCED, "a piece that does not follow the one before")
        self._next += 1
        self._draft.write(piece)
        if self._draft.size < self._size:
            return
        if self._finishing is not None:
            await asyncio.wait([self._finishing])
        draft, self._draft = self._draft, None
        self._finishing = group.create_task(self._finish(draft, sha256))

    async def _again(self, sha256: str) -> None:
        """Answer for a file that we have no use for.

        It is here already, was withdrawn on its way, or what announced it was not believed.
        """
        if not await self._store.read(lambda db: _is_known(db, sha256)):
            raise Refused(Reason.UNANNOUNCED, "a file that was not announced")
        self._sha256 = sha256
        await self._acknowledge(sha256)

    async def _acknowledge(self, sha256: str) -> None:
        record = Acknowledgement(self._lane, 0, 0, sha256)
        await self._connection.send(FrameType.ACKNOWLEDGEMENT, record.encode())

    async def _finish(self, draft: blobs.BlobDraft, announced: str) -> None:
        found = await asyncio.to_thread(draft.keep)
        if found != announced:
            blobs.remove(self._store.blobs, [found])
            raise Refused(Reason.WRONG_HASH, "a file whose bytes are not those announced")
        failpoints.reach("zone.file.kept")
        media = await self._store.read(lambda db: _media(db, found))
        looked = await asyncio.to_thread(_look, blobs.path_of(self._store.blobs, found), media)
        if looked.fault is not None:
            logger.error("file.unclean", sha256=found, fault=looked.fault)
            blobs.remove(self._store.blobs, [found])
        await self._store.write(lambda w: _settle(w, found, looked))
        failpoints.reach("zone.file.arrived")
        await self._acknowledge(found)

    def close(self) -> None:
        """Give up what is not whole: the relay sends it again from the start."""
        if self._draft is not None:
            self._draft.discard()
            self._draft = None


def _is_known(db: sqlite3.Connection, sha256: str) -> bool:
    row = db.execute(
        "SELECT 1 FROM file WHERE sha256 = ?1 AND state <> 'arriving'"
        " UNION ALL SELECT 1 FROM quarantine WHERE sha256 = ?1 LIMIT 1",
        (sha256,),
    ).fetchone()
    return row is not None


def _media(db: sqlite3.Connection, sha256: str) -> str:
    row = db.execute("SELECT media FROM file WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
    return str(row[0]) if row else ""


class _Looked(NamedTuple):
    """What is wrong with a file, if anything is; and of a picture its width and height."""

    fault: str | None
    pixels: tuple[int, int] | None


def _look(path: Path, media: str) -> _Looked:
    try:
        return _Looked(None, check_file(media, path.read_bytes()))
    except CheckFailed as failure:
        return _Looked(str(failure), None)


def _settle(writing: Writing, sha256: str, looked: _Looked) -> None:
    if looked.fault is not None:
        messages = files.refuse(writing.db, sha256, Reason.FILE_CHECK)
    else:
        messages = files.arrived(writing.db, sha256, looked.pixels)
    for message in messages:
        for file in files.of_message(writing.db, message):
            if file.sha256 == sha256:
                tell_file(writing, message, file.id)

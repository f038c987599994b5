"""The rows of files in a transform stage's store, as they are read."""

import sqlite3
from typing import NamedTuple

from relay.normal_form import FileOutcome
from relay.states import State
from relay.transform.ledger import Ledger
from relay.transform.normalise import UNKNOWN_MEDIA
from wire.choices import FileState
from wire.reasons import Reason


class FileRow(NamedTuple):
    """A row of the table `file`, as far as others need it."""

    seq: int
    file: int
    fid: str
    name: str
    media: str
    sha256: str
    size: int
    message: str
    room: str | None
    hlc: int
    author: bytes
    sender: str
    source: str
    state: str
    attempts: int
    revision: int
    rule: str | None  # by which it is held, or was
    found: int
    consents: bytes | None  # of those who have released it or denied it, JSON
    held_at: int | None
    until: int | None
    password: str | None


_COLUMNS = ", ".join(FileRow._fields)


_SELECT = f"SELECT {_COLUMNS} FROM file"  # noqa: S608 - our own column names


class CleanedFile(NamedTuple):
    """What came of a file's bytes, ready to be told."""

    state: FileState
    reason: Reason | None
    media: str
    sha256: str | None
    size: int
    removed: list[tuple[str, int]]
    outcome: FileOutcome
    rule: str | None = None  # that its contents were held or refused by, and
    found: int = 0  # how many times it found something


def unread(file: FileRow, reason: Reason) -> CleanedFile:
    """Return what is told of a file that is refused without anybody's having looked into it."""
    told = FileOutcome(file.fid, UNKNOWN_MEDIA, file.size, file.sha256, "none", 0)
    return CleanedFile("refused", reason, file.media, None, 0, [], told)


def find(db: sqlite3.Connection, seq: int, place: int) -> FileRow:
    """Return the file `place` of event `seq`, which there must be."""
    return FileRow(*db.execute(f"{_SELECT} WHERE seq = ? AND file = ?", (seq, place)).fetchone())


def of_event(ledger: Ledger, seq: int) -> list[FileRow]:
    """Return the files of the event `seq`."""
    return select_files(ledger.db, "WHERE seq = ?", seq)


def of_message(ledger: Ledger, message: str) -> list[FileRow]:
    """Return the files of a message."""
    return select_files(ledger.db, "WHERE message = ?", message)


def to_clean(db: sqlite3.Connection, limit: int) -> list[FileRow]:
    """Return files whose bytes are here and whose event is not held, the oldest first."""
    return select_files(
        db,
        "WHERE state = ? AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.seq = file.seq)"
        " ORDER BY seq, file LIMIT ?",
        State.ARRIVED,
        limit,
    )


def held(db: sqlite3.Connection) -> list[FileRow]:
    """Return the files that wait for a person."""
    return select_files(db, "WHERE state = ? ORDER BY seq, file", State.HELD)


def due(db: sqlite3.Connection, now: int) -> list[FileRow]:
    """Return those of them that nobody has decided upon in time."""
    return select_files(db, "WHERE state = ? AND until <= ?", State.HELD, now)


def select_files(db: sqlite3.Connection, where: str, *values: object) -> list[FileRow]:
    return [FileRow(*row) for row in db.execute(f"{_SELECT} {where}", values)]

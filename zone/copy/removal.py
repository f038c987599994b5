"""What goes when something is taken back, removed or too old: rows, and the bytes of files.

Every function here runs inside a transaction, behind `zone.copy.apply`.  The bytes go once it
is durable: `withdrawn_files` says which.
"""

import sqlite3
from collections.abc import Sequence

from wire.bodies import FileReady, ItemRemove, MessagePost, MessageWithdraw, RoomPurge
from wire.events import Event
from zone.copy import files, journal, readings, registers
from zone.copy.apply import purged_before

# Ids in one statement; SQLite takes 32,766.
_MANY = 500


def withdrawn_files(db: sqlite3.Connection, event: Event) -> list[str]:
    """Return the hashes of files that nothing refers to once `event` is applied.

    Withdrawing a message or removing an item reaches its files: their rows say so, and
    their bytes go.
    """
    if isinstance(event.body, MessagePost):  # most events are
        return []
    match event.body:
        case MessageWithdraw(owner):
            journal.forget_texts(db, [owner], deleted=False)
            return _withdraw(db, [owner])
        case ItemRemove(owner):
            return _withdraw(db, [owner])
        case FileReady(owner) if _is_gone(db, owner, event.room):
            return _withdraw(db, [owner])
        case RoomPurge() if event.room is not None:
            return _purge(db, event.room)
        case _:
            return []


def _is_gone(db: sqlite3.Connection, owner: str, room: str | None) -> bool:
    if registers.words(db, owner, (registers.WITHDRAWN, registers.REMOVED)):
        return True
    if room is None or purged_before(db, room) == 0:
        return False
    row = db.execute(
        "SELECT 1 FROM message WHERE id = ?1 UNION ALL SELECT 1 FROM item WHERE id = ?1", (owner,)
    ).fetchone()
    return row is None


def _withdraw(db: sqlite3.Connection, owners: Sequence[str]) -> list[str]:
    marks = ",".join("?" * len(owners))
    rows = db.execute(
        f"UPDATE file SET state = 'withdrawn' WHERE message IN ({marks})"  # noqa: S608 - marks
        " RETURNING sha256",
        list(owners),
    ).fetchall()
    return files.unknown(db, {sha256 for (sha256,) in rows if sha256 is not None})


def _purge(db: sqlite3.Connection, room: str) -> list[str]:
    """Delete what was said in a room before the time up to which it is purged."""
    before = purged_before(db, room)
    found = db.execute("SELECT id FROM message WHERE room = ? AND at < ?", (room, before))
    gone = [message for (message,) in found.fetchall()]
    orphans: list[str] = []
    for start in range(0, len(gone), _MANY):
        some = gone[start : start + _MANY]
        orphans += _withdraw(db, some)
        db.executemany("DELETE FROM message WHERE id = ?", [(message,) for message in some])
        registers.forget(db, some)
        journal.forget_texts(db, some, deleted=True)
        db.executemany("DELETE FROM revision WHERE message = ?", [(message,) for message in some])
    registers.forget_pins(db, room)
    readings.forget(db, room)
    return orphans

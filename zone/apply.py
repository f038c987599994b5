"""What an event does to the store, whichever zone it was made in.

This is `wire.merge.Copy.apply` in SQL: a test compares the two.  Every function
here runs inside a transaction of `runtime.database`.
"""

import sqlite3

import msgspec

from wire.events import Event, FileReady, MessageWithdraw, RelayNotice
from wire.lane import Zone
from wire.merge import Register, message_of, registers_of
from wire.order import stamp

_encode = msgspec.json.Encoder().encode


def apply(db: sqlite3.Connection, event: Event, zone: Zone) -> list[Register]:
    """Take in an event made in `zone`, and return the registers that it won.

    Applying an event again, or a later one first, ends in the same state.
    """
    _put_message(db, event, zone)
    won = [word for word in registers_of(event, zone) if _put_register(db, word)]
    if isinstance(event.body, RelayNotice) and event.room is not None:
        _put_placeholder(db, event, event.body, zone)
    return won


def _put_message(db: sqlite3.Connection, event: Event, zone: Zone) -> None:
    message = message_of(event, zone)
    if message is None:
        return
    db.execute(
        """
        INSERT INTO message (id, room, zone, author, at, stamp, text, reply_to)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE
           SET room = excluded.room, zone = excluded.zone, author = excluded.author,
               at = excluded.at, stamp = excluded.stamp, text = excluded.text,
               reply_to = excluded.reply_to
         WHERE message.text IS NULL
        """,
        (message.id, message.room, zone, message.author, message.at, message.stamp,
         message.text, message.reply_to),
    )  # fmt: skip


def _put_placeholder(db: sqlite3.Connection, event: Event, notice: RelayNotice, zone: Zone) -> None:
    """Keep a held message's place in its room; its release fills in the text."""
    if notice.what != "message.post":
        return
    db.execute(
        "INSERT INTO message (id, room, zone, author, at, stamp) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (notice.subject, event.room, zone, event.author.uid, event.at, stamp(event.lc, zone)),
    )


def _put_register(db: sqlite3.Connection, word: Register) -> bool:
    cursor = db.execute(
        """
        INSERT INTO register (object, field, value, stamp) VALUES (?, ?, ?, ?)
        ON CONFLICT (object, field) DO UPDATE SET value = excluded.value, stamp = excluded.stamp
         WHERE excluded.stamp > register.stamp
        """,
        (word.object, word.field, _encode(word.value).decode(), word.stamp),
    )
    return cursor.rowcount > 0


def register(db: sqlite3.Connection, name: str, field: str) -> object | None:
    """Return the latest word on a field of an object, or None."""
    row = db.execute(
        "SELECT value FROM register WHERE object = ? AND field = ?", (name, field)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0])


def people_and_rooms(db: sqlite3.Connection) -> list[Register]:
    """Return what `zone.directory` keeps in memory."""
    rows = db.execute(
        """
        SELECT object, field, value, stamp FROM register
         WHERE object BETWEEN 'us_' AND 'us`'
            OR (object BETWEEN 'rm_' AND 'rm`' AND field NOT BETWEEN 'read:' AND 'read;')
        """
    )
    return [Register(o, f, msgspec.json.decode(v), s) for o, f, v, s in rows]


def withdrawn_files(db: sqlite3.Connection, event: Event) -> list[str]:
    """Return the hashes of files that nothing refers to once `event` is applied.

    Withdrawing a message reaches its files: their rows say so, and their bytes go.
    """
    match event.body:
        case MessageWithdraw(message):
            db.execute(
                "UPDATE file SET state = 'withdrawn' WHERE message = ? AND state <> 'withdrawn'",
                (message,),
            )
        case FileReady(message, file) if register(db, message, "withdrawn") is not None:
            db.execute("UPDATE file SET state = 'withdrawn' WHERE fid = ?", (file,))
        case _:
            return []
    rows = db.execute(
        """
        SELECT DISTINCT sha256 FROM file AS gone
         WHERE message = ? AND sha256 IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM file
                            WHERE sha256 = gone.sha256 AND state <> 'withdrawn')
        """,
        (event.body.message,),
    )
    return [sha256 for (sha256,) in rows]

"""Words that lost to a later one, beside the register table: what was said before, or came late.

One of them stands again where the word that it lost to is taken out (`zone.copy.recall`).  Every
function runs inside a transaction.
"""

import sqlite3


def set_aside(
    db: sqlite3.Connection, name: str, field: str, value: str, stamp: str, at: int
) -> None:
    """Keep a word (its value is JSON) that lost at a time, in milliseconds."""
    db.execute(
        "INSERT OR IGNORE INTO displaced (object, field, value, stamp, at) VALUES (?, ?, ?, ?, ?)",
        (name, field, value, stamp, at),
    )


def drop(db: sqlite3.Connection, name: str, field: str, stamp: str) -> None:
    """Forget the word that was said under a stamp, if it lost."""
    db.execute(
        "DELETE FROM displaced WHERE object = ? AND field = ? AND stamp = ?", (name, field, stamp)
    )


def take_latest(db: sqlite3.Connection, name: str, field: str) -> tuple[str, str] | None:
    """Return (value, stamp) of the latest word that lost on a field, and keep it no longer."""
    row = db.execute(
        "SELECT value, stamp FROM displaced WHERE object = ? AND field = ?"
        " ORDER BY stamp DESC LIMIT 1",
        (name, field),
    ).fetchone()
    if row is None:
        return None
    drop(db, name, field, row[1])
    return str(row[0]), str(row[1])


def forget(db: sqlite3.Connection, objects: list[tuple[str]]) -> None:
    """Delete all that lost on objects that are deleted themselves."""
    db.executemany("DELETE FROM displaced WHERE object = ?", objects)

"""The log that frontends follow: read behind a cursor, and cut at its old end.

A cursor says where in the log a frontend has got to, and is opaque to it.  It names the store too:
a cursor of another store, or of this one before it was restored from a backup, is not taken for a
place in this one.
"""

import sqlite3
from collections.abc import Iterator

from wire.reasons import Reason, Refused
from zone.store.sealing import Numbered
from zone.store.writing import Notification

TAG_LENGTH = 8
MAX_DIGITS = 16  # 2^63 in hexadecimal
# What a stream puts around the body of an entry: its cursor, type and room.
FRAME_BYTES = 160


def write_cursor(tag: str, n: int) -> str:
    """Return the cursor behind entry `n` of the store `tag`."""
    return f"{tag}{n:x}"


def read_cursor(tag: str, untrusted: str) -> int:
    """Return the number of the entry that `untrusted` stands behind, or raise `Refused`."""
    digits = untrusted[TAG_LENGTH:]
    if untrusted[:TAG_LENGTH] != tag or not 0 < len(digits) <= MAX_DIGITS:
        raise Refused(Reason.CURSOR_GONE, "the cursor is of another store: take a new snapshot")
    try:
        n = int(digits, 16)
    except ValueError:
        raise Refused(Reason.CURSOR_GONE, "not a cursor: take a new snapshot") from None
    if write_cursor(tag, n) != untrusted:
        raise Refused(Reason.CURSOR_GONE, "not a cursor: take a new snapshot")
    return n


def behind(db: sqlite3.Connection, n: int, limit: int) -> list[Numbered]:
    """Return up to `limit` entries behind entry `n`, whoever they are for.

    Raises `Refused` if `n` is not a place in the log any more.
    """
    _demand_place(db, n)
    return list(_rows(db, n, limit))


def piece_behind(
    db: sqlite3.Connection, n: int, limit: int, limit_bytes: int
) -> tuple[list[Numbered], bool]:
    """Return entries behind entry `n`, and whether they are all there are.

    They are up to `limit`, and hold up to `limit_bytes` unless one alone holds more.  Raises as
    `behind`.
    """
    _demand_place(db, n)
    found: list[Numbered] = []
    size = 0
    for entry in _rows(db, n, limit):
        size += len(entry.entry.body) + FRAME_BYTES
        if found and size > limit_bytes:
            return found, False
        found.append(entry)
    return found, len(found) < limit


def _rows(db: sqlite3.Connection, n: int, limit: int) -> Iterator[Numbered]:
    rows = db.execute(
        "SELECT n, type, room, audience, at, body FROM log WHERE n > ? ORDER BY n LIMIT ?",
        (n, limit),
    )
    yield from (Numbered(row[0], Notification(*row[1:])) for row in rows)


def _demand_place(db: sqlite3.Connection, n: int) -> None:
    (high,) = db.execute("SELECT log_high FROM counter").fetchone()
    (oldest,) = db.execute("SELECT min(n) FROM log").fetchone()
    first_place = high if oldest is None else oldest - 1
    if not first_place <= n <= high:
        raise Refused(Reason.CURSOR_GONE, "too old: take a new snapshot")


def cut(db: sqlite3.Connection, *, keep: int, limit: int) -> int:
    """Forget up to `limit` entries older than the last `keep`; return how many."""
    cursor = db.execute(
        "DELETE FROM log WHERE n IN (SELECT n FROM log"
        " WHERE n <= (SELECT log_high FROM counter) - ? ORDER BY n LIMIT ?)",
        (keep, limit),
    )
    return cursor.rowcount

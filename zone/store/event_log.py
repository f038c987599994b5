"""The log that frontends follow: read behind a cursor, and cut at its old end."""

import sqlite3

from wire.reasons import Reason, Refused
from zone.store.writing import Notification, Numbered


def behind(db: sqlite3.Connection, n: int, limit: int) -> list[Numbered]:
    """Return up to `limit` entries behind entry `n`, whoever they are for.

    Raises `Refused` if `n` is not a place in the log any more.
    """
    (high,) = db.execute("SELECT log_high FROM counter").fetchone()
    (oldest,) = db.execute("SELECT min(n) FROM log").fetchone()
    first_place = high if oldest is None else oldest - 1
    if not first_place <= n <= high:
        raise Refused(Reason.CURSOR_GONE, "too old: take a new snapshot")
    rows = db.execute(
        "SELECT n, type, room, audience, at, body FROM log WHERE n > ? ORDER BY n LIMIT ?",
        (n, limit),
    )
    return [Numbered(row[0], Notification(*row[1:])) for row in rows]


def cut(db: sqlite3.Connection, *, keep: int, limit: int) -> int:
    """Forget up to `limit` entries older than the last `keep`; return how many."""
    cursor = db.execute(
        "DELETE FROM log WHERE n IN (SELECT n FROM log"
        " WHERE n <= (SELECT log_high FROM counter) - ? ORDER BY n LIMIT ?)",
        (keep, limit),
    )
    return cursor.rowcount

"""The rows of events that a transform stage holds back, as they are read."""

import sqlite3
from typing import NamedTuple

from wire.reasons import Reason, Refused


class Hold(NamedTuple):
    """A row of the table `hold`."""

    seq: int
    event: str
    sender: str
    source: str
    rule: str
    changes: bytes
    at: int
    until: int
    size: int
    body: bytes


def select(db: sqlite3.Connection, where: str, *values: object) -> list[Hold]:
    """Return the rows for which the condition `where`, which is always ours, holds."""
    columns = ", ".join(Hold._fields)
    query = f"SELECT {columns} FROM hold {where}"  # noqa: S608 - our own column names
    return [Hold(*row) for row in db.execute(query, values)]


def find(db: sqlite3.Connection, event: str) -> Hold:
    """Return the row of an event that is held.  Raises `Refused` (NOT_FOUND)."""
    rows = select(db, "WHERE event = ? ORDER BY seq LIMIT 1", event)
    if not rows:
        raise Refused(Reason.NOT_FOUND, "nothing of this id is held")
    return rows[0]

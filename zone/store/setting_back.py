"""Setting a store back whose clock is ahead: the mend for a host whose clock was in the future.

While the clock of a host was wrong, its zone stamped what was done with times to come.  No relay
takes that, and the store's own clock never runs backwards: once the host's clock is right, the
zone says nothing until that time has come, or until this is done.  Every stamp that is ahead is
moved to the present, all of them in the order that they had.

The daemon must not be running.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from wire.order import ahead_ms, hlcs_in, move_stamps, next_hlc
from wire.reasons import Unavailable

# Whatever holds stamps; a test compares with the schema.
STAMPED: Final = (
    ("message", "stamp"),
    ("birth", "stamp"),
    ("item", "stamp"),
    ("register", "stamp"),
    ("reading", "stamp"),
    ("revision", "stamp"),
    ("item_revision", "stamp"),
    ("item_revision", "base"),
    ("displaced", "stamp"),
)


def set_back_store(folder: Path, now: int) -> int:
    """Set the store of the node in `folder` back.  Raises `Unavailable` if it is in use."""
    try:
        with closing(sqlite3.connect(folder / "zone.db", isolation_level=None, timeout=0.2)) as db:
            return set_back(db, now)
    except sqlite3.OperationalError as trouble:
        raise Unavailable(f"the zone is running, or its store cannot be used: {trouble}") from None


def set_back(db: sqlite3.Connection, now: int) -> int:
    """Move every stamp that is ahead of `now` behind it, and return how many there were.

    One transaction; `now` is in milliseconds since 1970.
    """
    found = {hlc for table, column in STAMPED for hlc in _hlcs(db, table, column)}
    (clock,) = db.execute("SELECT clock FROM counter").fetchone()
    ahead = sorted(hlc for hlc in found | {clock} if ahead_ms(hlc, now) > 0)
    latest = max((hlc for hlc in found if ahead_ms(hlc, now) <= 0), default=0)
    first = max(latest + 1, next_hlc(0, now) - len(ahead))
    places = {hlc: first + index for index, hlc in enumerate(ahead)}
    db.execute("BEGIN IMMEDIATE")
    for table, column in STAMPED:
        _move(db, table, column, places)
    db.execute("UPDATE counter SET clock = ?", (places.get(clock, clock),))
    db.execute("COMMIT")
    return len(ahead)


def _hlcs(db: sqlite3.Connection, table: str, column: str) -> set[int]:
    stamps = db.execute(f"SELECT DISTINCT {column} FROM {table}")  # noqa: S608 - of the list
    return {hlc for (stamp,) in stamps if stamp for hlc in hlcs_in(stamp)}


def _move(db: sqlite3.Connection, table: str, column: str, places: dict[int, int]) -> None:
    rows = db.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608 - as above
    stamps = [stamp for (stamp,) in rows if stamp]
    db.executemany(
        f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - as above
        [
            (move_stamps(s, places), s)
            for s in sorted(stamps)
            if any(h in places for h in hlcs_in(s))
        ],
    )

"""What a peer is refused for, counted, so that its retries leave few records.

A peer that errs comes again within a second, and for as long as nobody mends it.  The first
refusal of a reason is put on record at once; what follows is counted in the store, over all
connections and restarts, and put on record once in a period with how often it came.
"""

import sqlite3
from typing import Final

from wire.order import MAX_COUNT
from wire.reasons import Reason

PERIOD_MS: Final = 3_600_000

TALLY_SCHEMA: Final = """
-- Refusals since the last record of each reason (runtime.tallies).
CREATE TABLE refusal (
    reason TEXT    PRIMARY KEY,
    at     INTEGER NOT NULL,  -- when the last record of it was made
    times  INTEGER NOT NULL   -- how often it came since then
) STRICT, WITHOUT ROWID;
"""


def count_refusal(db: sqlite3.Connection, reason: Reason, now: int) -> int:
    """Count one refusal; return how many are to be put on record now, or 0 for none yet."""
    row = db.execute("SELECT at, times FROM refusal WHERE reason = ?", (reason,)).fetchone()
    if row is not None and abs(now - row[0]) < PERIOD_MS:
        db.execute(
            "UPDATE refusal SET times = min(times + 1, ?) WHERE reason = ?", (MAX_COUNT, reason)
        )
        return 0
    db.execute("INSERT OR REPLACE INTO refusal VALUES (?, ?, 0)", (reason, now))
    return 1 if row is None else min(int(row[1]) + 1, MAX_COUNT)


def are_due(db: sqlite3.Connection, now: int) -> bool:
    """Return whether there is something for `take_due` to return."""
    return bool(_due(db, now))


def take_due(db: sqlite3.Connection, now: int) -> list[tuple[Reason, int]]:
    """Return what is to be put on record of a period that is over: reasons, and how often."""
    due = _due(db, now)
    db.executemany(
        "UPDATE refusal SET at = ?, times = 0 WHERE reason = ?",
        [(now, reason) for reason, _ in due],
    )
    return due


def _due(db: sqlite3.Connection, now: int) -> list[tuple[Reason, int]]:
    query = "SELECT reason, times FROM refusal WHERE times > 0 AND abs(? - at) >= ?"
    rows = db.execute(query + " ORDER BY reason", (now, PERIOD_MS))
    return [(Reason(reason), times) for reason, times in rows]

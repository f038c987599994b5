"""Who did something in which month, counted as it is done: the source of the usage figures.

Both zones have the same of what crosses, whichever of them it was done in.  Nothing of
what was said is here, and nothing is taken away when that is deleted.
"""

import sqlite3
import time
from collections import Counter
from functools import lru_cache

from wire.bodies import RELAY_ONLY, MessagePost, ReadSet
from wire.events import Event

# Months are those of Japan, which has no summer time.
JAPAN_MS = 9 * 3_600_000

Acts = list[tuple[str, str, int]]  # month, user, how often they spoke


def month_of(at: int) -> str:
    """Return the month of a time in milliseconds since 1970, as 2026-11."""
    return _month_of_hour((at + JAPAN_MS) // 3_600_000)


@lru_cache(maxsize=16)  # what is said now is of this hour
def _month_of_hour(hour: int) -> str:
    when = time.gmtime(hour * 3600)
    return f"{when.tm_year:04d}-{when.tm_mon:02d}"


def note(talks: Counter[tuple[str, str]], event: Event) -> None:
    """Count an event that is applied just now.  What operators and the relay do does not count.

    `talks` gathers by month and user how often somebody spoke: 0 for who did something else.
    """
    if event.author.assurance == "operator" or isinstance(event.body, RELAY_ONLY):
        return
    month = month_of(event.at)
    if isinstance(event.body, MessagePost):
        talks[month, event.author.uid] += 1
        return
    users = [other.user for other in event.body.users] if isinstance(event.body, ReadSet) else []
    for user in (event.author.uid, *users):
        talks[month, user] += 0


def put(db: sqlite3.Connection, talks: Counter[tuple[str, str]]) -> None:
    """Keep what was counted in a group of transactions."""
    db.executemany(
        "INSERT INTO activity VALUES (?, ?, ?)"
        " ON CONFLICT (month, user) DO UPDATE SET talks = talks + excluded.talks",
        [(month, user, count) for (month, user), count in talks.items()],
    )


def acts(db: sqlite3.Connection, first: str, last: str) -> Acts:
    """Return who did something from one month to another, both included."""
    return db.execute(
        "SELECT month, user, talks FROM activity WHERE month BETWEEN ? AND ?", (first, last)
    ).fetchall()

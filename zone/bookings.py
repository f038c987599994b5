"""Who has booked what, and when: of two bookings that overlap the one made first holds.

Both zones can book the same hour before they hear of each other; the order of events
is the same in both, so both come to the same answer.
"""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A resource's time that a booking asks for, in milliseconds since 1970."""

    booking: str
    starts: int
    ends: int
    stamp: str
    holds: bool


def slots(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Slot]:
    """Return the bookings of a resource that touch a time, each held or beaten by another."""
    rows = db.execute(
        """
        SELECT item.id, cast(s.value AS INTEGER), cast(e.value AS INTEGER), item.stamp
          FROM register AS r
          JOIN item ON item.id = r.object AND item.type = 'booking'
          JOIN register AS s ON s.object = r.object AND s.field = 'starts'
          JOIN register AS e ON e.object = r.object AND e.field = 'ends'
         WHERE r.field = 'resource' AND r.value = ?
           AND cast(s.value AS INTEGER) < ? AND cast(e.value AS INTEGER) > ?
           AND NOT EXISTS (SELECT 1 FROM register WHERE object = r.object AND field = 'removed')
         ORDER BY item.stamp
        """,
        (f'"{resource}"', until, since),
    ).fetchall()
    found: list[Slot] = []
    for booking, starts, ends, stamp in rows:
        is_beaten = any(s.holds and s.starts < ends and starts < s.ends for s in found)
        found.append(Slot(booking, starts, ends, stamp, not is_beaten))
    return found


def overlapping(
    db: sqlite3.Connection, resource: str, starts: int, ends: int, *, but: str | None = None
) -> list[Slot]:
    """Return who holds a resource at that time, but for one booking."""
    return [s for s in slots(db, resource, starts, ends) if s.holds and s.booking != but]

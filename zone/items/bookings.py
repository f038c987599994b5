"""Who has booked what, and when: of two bookings that overlap the one made first holds.

Both zones can book the same hour before they hear of each other; the order of events
is the same in both, so both come to the same answer.  What a booking asks for never
changes, so what was made first stays first.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource's time that a booking asks for, in milliseconds since 1970."""

    booking: str
    room: str
    author: str
    at: int
    starts: int
    ends: int
    stamp: str  # of the booking: its place in the order of events


@dataclass(frozen=True, slots=True)
class Slot:
    """A claim, and which booking beats it; null if it holds."""

    claim: Claim
    beaten_by: str | None

    @property
    def holds(self) -> bool:
        """Whether the resource is this booking's."""
        return self.beaten_by is None


def settle_claims(claims: Iterable[Claim]) -> list[Slot]:
    """Return who holds what, of all claims on one resource that hang together."""
    found: list[Slot] = []
    for claim in sorted(claims, key=lambda c: c.stamp):
        beats = [s.claim.booking for s in found if s.holds and _overlap(s.claim, claim)]
        found.append(Slot(claim, beats[0] if beats else None))
    return found


def _overlap(one: Claim, other: Claim) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def slots(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Slot]:
    """Return the bookings of a resource that touch a time, each held or beaten by another."""
    asked = (since, until)
    while True:
        claims = _claims(db, resource, since, until)
        reach = (
            min([since, *(c.starts for c in claims)]),
            max([until, *(c.ends for c in claims)]),
        )
        if reach == (since, until):
            break
        since, until = reach  # what one of these is beaten by may lie further out
    touching = (s for s in settle_claims(claims) if s.claim.starts < asked[1])
    return [s for s in touching if s.claim.ends > asked[0]]


def _claims(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Claim]:
    rows = db.execute(
        """
        SELECT item.id, item.room, item.author, item.at, cast(s.value AS INTEGER),
               cast(e.value AS INTEGER), item.stamp
          FROM register AS r
          JOIN item ON item.id = r.object AND item.type = 'booking'
          JOIN register AS s ON s.object = r.object AND s.field = 'starts'
          JOIN register AS e ON e.object = r.object AND e.field = 'ends'
         WHERE r.field = 'resource' AND r.value = ?
           AND cast(s.value AS INTEGER) < ? AND cast(e.value AS INTEGER) > ?
           AND NOT EXISTS (SELECT 1 FROM register WHERE object = r.object AND field = 'removed')
        """,
        (f'"{resource}"', until, since),
    )
    return [Claim(*row) for row in rows]


def slot(
    db: sqlite3.Connection, booking: str, resource: str, starts: int, ends: int
) -> Slot | None:
    """Return how a booking stands, or None if it was removed."""
    found = slots(db, resource, starts, ends)
    return next((s for s in found if s.claim.booking == booking), None)


def overlapping(db: sqlite3.Connection, resource: str, starts: int, ends: int) -> list[Slot]:
    """Return who holds a resource at that time."""
    return [s for s in slots(db, resource, starts, ends) if s.holds]

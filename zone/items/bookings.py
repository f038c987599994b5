"""Who has booked what, and when: of two bookings that overlap the one made first holds.

Both zones can book the same hour before they hear of each other; the order of events
is the same in both, so both come to the same answer.  What a booking asks for never
changes, so what was made first stays first.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from zone.copy import register_pieces, registers


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


def turned(before: Iterable[Slot], after: Iterable[Slot]) -> list[Slot]:
    """Return those of `after` that stand otherwise than before, or were not there."""
    known = {slot.claim.booking: slot for slot in before}
    return [slot for slot in after if known.get(slot.claim.booking) != slot]


def lost(before: Iterable[Slot], after: Iterable[Slot]) -> list[Slot]:
    """Return those of `after` that have no resource, and had it before or were not there."""
    beaten = {slot.claim.booking for slot in before if not slot.holds}
    return [slot for slot in after if not slot.holds and slot.claim.booking not in beaten]


def _overlap(one: Claim, other: Claim) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def slots(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Slot]:
    """Return the bookings of a resource that touch a time, each held or beaten by another."""
    touching = (s for s in chained(db, resource, since, until) if s.claim.starts < until)
    return [s for s in touching if s.claim.ends > since]


def chained(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Slot]:
    """Return the bookings that touch a time, with all that overlap them, and those, and so on.

    Who holds what of these depends on no other booking.
    """
    while True:
        claims = _claims(db, resource, since, until)
        reach = (
            min([since, *(c.starts for c in claims)]),
            max([until, *(c.ends for c in claims)]),
        )
        if reach == (since, until):
            return settle_claims(claims)
        since, until = reach  # what one of these is beaten by may lie further out


def _claims(db: sqlite3.Connection, resource: str, since: int, until: int) -> list[Claim]:
    table, is_of_resource = register_pieces.saying("r", "resource")
    starts, ends = register_pieces.number("s"), register_pieces.number("e")
    rows = db.execute(
        f"""
        SELECT item.id, item.room, item.author, item.at, {starts}, {ends}, item.stamp
          FROM {table}
          JOIN item ON item.id = r.object AND item.type = 'booking'
          {register_pieces.joined("s", "r.object", "starts")}
          {register_pieces.joined("e", "r.object", "ends")}
         WHERE {is_of_resource} AND {starts} < ? AND {ends} > ?
           AND {register_pieces.lacks("r.object", registers.REMOVED)}
        """,  # noqa: S608 - pieces
        (registers.encoded(resource), until, since),
    )
    return [Claim(*row) for row in rows]


def booked_for(db: sqlite3.Connection, entry: str) -> list[str]:
    """Return the bookings that are for an entry of the schedule, by id."""
    table, is_for_entry = register_pieces.saying("r", "entry")
    rows = db.execute(
        f"SELECT r.object FROM {table} WHERE {is_for_entry}"  # noqa: S608 - pieces
        f" AND {register_pieces.lacks('r.object', registers.REMOVED)} ORDER BY r.object",
        (registers.encoded(entry),),
    )
    return [booking for (booking,) in rows]


def slot(
    db: sqlite3.Connection, booking: str, resource: str, starts: int, ends: int
) -> Slot | None:
    """Return how a booking stands, or None if it was removed."""
    found = slots(db, resource, starts, ends)
    return next((s for s in found if s.claim.booking == booking), None)


def overlapping(db: sqlite3.Connection, resource: str, starts: int, ends: int) -> list[Slot]:
    """Return who holds a resource at that time."""
    return [s for s in slots(db, resource, starts, ends) if s.holds]

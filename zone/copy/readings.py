"""Who looked at a room, when, and what was there: the tables `reading` and `unseen`.

A reading is kept once and never changed (`wire.merge`).  It covers a message that was said in
zone A if the reading's count for A is the message's or later, and the message is not among those
that were not there yet (`unseen`): held by the relay then, or released after the last message
that was shown.

    each message has its pair: how far this             came  said     lgwan  internet
    zone had come of what was said in either            m1    here     41     57
    zone when it came.  Whoever looked up to            m2    here     42     57
    a message says the pair of that message.            m3    far, 60  42     60
    One that was held has a count of its own            m0    far, 58  43     60
    in the order of the zone that it came to.

Readings made in one zone are in one order: of two, one has the larger counts and was later.  So
the first that covers a message is found by one step in an index, and tells when somebody read it
first.  How far somebody is in a room is the larger of each count over all of their readings.

Every function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from wire.lane import Zone
from wire.merge import Reading
from wire.order import hlc_of, last_place

_COLUMN: Final = {Zone.LGWAN: "lgwan", Zone.INTERNET: "internet"}
# What a count is compared with where nothing is left that it could cover.
_NEVER: Final = 2**53


class Counts(NamedTuple):
    """How far of what was said in each zone."""

    lgwan: int
    internet: int

    def of(self, zone: Zone) -> int:
        """Return how far of what was said in `zone`."""
        return self.lgwan if zone is Zone.LGWAN else self.internet


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message, as far as readings can cover it.

    `has_arrived` is whether it is certain that the other zone has it, if it was made here.
    """

    id: str
    room: str
    zone: Zone
    stamp: str
    has_arrived: bool


def put(db: sqlite3.Connection, reading: Reading) -> None:
    """Keep a reading.  The same one twice is one; the earlier time counts."""
    key = (reading.room, reading.user, reading.zone, reading.lgwan, reading.internet)
    db.execute(
        "INSERT INTO reading (room, user, zone, lgwan, internet, at, message)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET at = excluded.at, message = excluded.message"
        " WHERE (excluded.at, excluded.message) < (reading.at, reading.message)",
        (*key, reading.at, reading.message),
    )
    db.executemany(
        "INSERT OR IGNORE INTO unseen (room, user, zone, lgwan, internet, message)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(*key, message) for message in reading.without],
    )


def counts_at(db: sqlite3.Connection, message: str) -> Counts:
    """Return how far this zone had come when a message came."""
    row = db.execute("SELECT lgwan, internet FROM message WHERE id = ?", (message,)).fetchone()
    return Counts(*row)


def last_look(db: sqlite3.Connection, room: str, user: str, zone: Zone) -> Reading | None:
    """Return the furthest reading that somebody made in `zone`."""
    row = db.execute(
        "SELECT lgwan, internet, message, at FROM reading WHERE room = ? AND user = ? AND zone = ?"
        " ORDER BY lgwan DESC, internet DESC LIMIT 1",
        (room, user, zone),
    ).fetchone()
    if row is None:
        return None
    without = _without(db, (room, user, zone, *row[:2]))
    return Reading(room, user, zone, row[0], row[1], row[2], row[3], without)


def not_there(
    db: sqlite3.Connection, room: str, here: Zone, far: Zone, counts: Counts
) -> list[tuple[str, str]]:
    """Return what of the far zone those counts would cover, and what was not there: id, stamp.

    The relay has held it: it has no text yet, or its text came later.
    """
    rows = db.execute(
        "SELECT id, stamp FROM message WHERE room = ? AND was_held = 1 AND zone = ? AND stamp <= ?"  # noqa: S608 - a column
        f" AND (text IS NULL OR {_COLUMN[here]} > ?) ORDER BY stamp",
        (room, far, last_place(counts.of(far), far), counts.of(here)),
    )
    return rows.fetchall()


def furthest(db: sqlite3.Connection, room: str, user: str) -> Counts:
    """Return how far somebody has read a room, in either zone: the larger of each."""
    found = db.execute(
        f"SELECT {_max('lgwan', 'lgwan')}, {_max('lgwan', 'internet')},"
        f" {_max('internet', 'lgwan')}, {_max('internet', 'internet')}",
        (room, user),
    ).fetchone()
    return Counts(max(found[0] or 0, found[1] or 0), max(found[2] or 0, found[3] or 0))


def _max(column: str, zone: str) -> str:
    where = f"room = ?1 AND user = ?2 AND zone = '{zone}'"
    return f"(SELECT max({column}) FROM reading WHERE {where})"  # noqa: S608 - columns


def last_named(db: sqlite3.Connection, room: str, user: str) -> str | None:
    """Return the message up to which somebody has read a room, where they looked last."""
    looks = [look for zone in Zone if (look := last_look(db, room, user, zone)) is not None]
    return max(looks, key=lambda look: look.at).message if looks else None


def first_reads(
    db: sqlite3.Connection, here: Zone, of: ReadMessage, users: Sequence[str]
) -> dict[str, int]:
    """Return who of `users` has read a message, and when first, in milliseconds.

    What was made here, and of which it is not certain that it arrived, nobody has read there.
    """
    column = _COLUMN[of.zone]
    zones = [z for z in Zone if z is here or of.zone is not here or of.has_arrived]
    firsts = ", ".join(_first(column, zone) for zone in zones)
    rows = db.execute(
        f"SELECT value, {firsts} FROM json_each(?4)",  # noqa: S608 - columns
        (of.room, hlc_of(of.stamp), of.id, msgspec.json.encode(users).decode()),
    )
    found = ((user, [at for at in times if at is not None]) for user, *times in rows)
    return {user: min(times) for user, times in found if times}


def _first(column: str, zone: Zone) -> str:
    """Return the time of the first reading made in `zone` that covers a message."""
    other = "internet" if column == "lgwan" else "lgwan"
    return (
        f"(SELECT at FROM reading AS r WHERE r.room = ?1 AND r.user = value AND r.zone = '{zone}'"  # noqa: S608 - columns
        f" AND r.{column} >= ?2 AND NOT EXISTS (SELECT 1 FROM unseen AS u WHERE u.room = r.room"
        " AND u.message = ?3 AND u.user = r.user AND u.zone = r.zone AND u.lgwan = r.lgwan"
        f" AND u.internet = r.internet) ORDER BY r.{column}, r.{other} LIMIT 1)"
    )


# What is still to cross.


@dataclass(frozen=True, slots=True)
class Leaving:
    """A reading that is to cross, and who its author is, as JSON."""

    reading: Reading
    author: bytes


def leave(db: sqlite3.Connection, reading: Reading, author: bytes) -> None:
    """Have a reading cross; the author is JSON."""
    db.execute(
        "UPDATE reading SET author = ? WHERE room = ? AND user = ? AND zone = ?"
        " AND lgwan = ? AND internet = ?",
        (author, *reading[:5]),
    )


def leaving(db: sqlite3.Connection) -> list[Leaving]:
    """Return the readings that are to cross, the earliest first."""
    rows = db.execute(
        "SELECT room, user, zone, lgwan, internet, message, at, author FROM reading"
        " WHERE author IS NOT NULL ORDER BY at, room, user"
    ).fetchall()
    found = []
    for room, user, zone, lgwan, internet, message, at, author in rows:
        without = _without(db, (room, user, zone, lgwan, internet))
        reading = Reading(room, user, Zone(zone), lgwan, internet, message, at, without)
        found.append(Leaving(reading, author))
    return found


def _without(db: sqlite3.Connection, key: Sequence[object]) -> tuple[str, ...]:
    rows = db.execute(
        "SELECT message FROM unseen WHERE room = ? AND user = ? AND zone = ? AND lgwan = ?"
        " AND internet = ? ORDER BY message",
        tuple(key),
    )
    return tuple(message for (message,) in rows)


def has_left(db: sqlite3.Connection) -> None:
    """Forget that readings are to cross: they are sealed."""
    db.execute("UPDATE reading SET author = NULL WHERE author IS NOT NULL")


# What goes.


def forget(db: sqlite3.Connection, room: str) -> None:
    """Delete the readings of a room that cover nothing that is left in it."""
    oldest = [_oldest(db, room, zone) for zone in (Zone.LGWAN, Zone.INTERNET)]
    db.execute(
        "DELETE FROM reading WHERE room = ? AND lgwan < ? AND internet < ? AND author IS NULL",
        (room, *oldest),
    )
    db.execute(
        "DELETE FROM unseen WHERE room = ?"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE id = unseen.message)",
        (room,),
    )


def _oldest(db: sqlite3.Connection, room: str, zone: Zone) -> int:
    row = db.execute(
        "SELECT stamp FROM message WHERE room = ? AND zone = ? ORDER BY stamp LIMIT 1",
        (room, zone),
    ).fetchone()
    return _NEVER if row is None else hlc_of(row[0])

"""Closing a group of transactions: what leaves is sealed into envelopes, what is told is numbered.

Who spoke is counted once for all of it.  All three run inside the transaction of the group, behind
everything that it says (`zone.store.writing`).
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wire import payload as payloads
from wire.bodies import EventRefuse, ReadSet
from wire.digests import CopyDigest
from wire.envelope import payload_digest, seal_envelope
from wire.events import Event
from wire.fields import MAX_EVENTS, MAX_PAYLOAD_BYTES
from wire.keys import SigningKey
from wire.lane import Hop, Link
from wire.payload import Payload
from wire.reasons import Unavailable
from zone.copy import activity
from zone.copy.side import Side
from zone.store.writing import Clock, Notification, Written

# A head takes 300 bytes; what is left of a payload is for events and their commas.
_ROOM_FOR_EVENTS = MAX_PAYLOAD_BYTES - 1024
# Reading positions, and what daemons say to each other: nobody waits for these to arrive.
_UNNOTICED = (ReadSet, CopyDigest, EventRefuse)
# Of so many events that left it is known whether they are such.
_REMEMBERED = 1_000_000


@dataclass(frozen=True, slots=True)
class Numbered:
    """An entry with its place in the log."""

    n: int
    entry: Notification


@dataclass(frozen=True, slots=True)
class Group:
    """What a commit made durable beside the results: behind it, tell everybody."""

    numbered: list[Numbered]
    sealed: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """What it takes to close a group: the link out, and the key for it."""

    side: Side
    site: str
    key: SigningKey
    now: Callable[[], int]

    def close(self, db: sqlite3.Connection, written: Sequence[Written[Any]], clock: Clock) -> Group:
        """Seal what leaves, number what is told, count who spoke, in the group's transaction."""
        leaving = [pair for one in written for pair in one.writing.leaving]
        entries = [entry for one in written for entry in one.writing.entries]
        talks = Counter[tuple[str, str]]()
        for one in written:
            talks.update(one.writing.talks)
        activity.put(db, talks)
        if leaving:
            self._seal(db, leaving)
        numbered = _number(db, entries, clock)
        return Group(numbered, bool(leaving))

    def _seal(self, db: sqlite3.Connection, leaving: Sequence[tuple[Event, bytes]]) -> None:
        lane = self.side.leaving
        link = Link(self.site, lane, Hop.SOURCE)
        epoch, high, prev, halted = db.execute(
            "SELECT epoch, high, head, halted FROM chain WHERE lane = ?", (lane,)
        ).fetchone()
        if halted is not None:
            raise Unavailable(f"nothing leaves this zone: {halted}")
        unnoticed: list[int] = []
        for batch in _batches(leaving):
            head = payloads.head(link, epoch=epoch, seq=high + 1, prev=prev, sent_at=self.now())
            encoded = payloads.encode(Payload(head, batch))
            first, high, prev = high + 1, high + len(batch), payload_digest(encoded)
            db.execute(
                "INSERT INTO outbox (first, last, sha256, envelope) VALUES (?, ?, ?, ?)",
                (first, high, prev, seal_envelope(encoded, self.key)),
            )
            unnoticed += [first + i for i, e in enumerate(batch) if isinstance(e.body, _UNNOTICED)]
        if unnoticed:
            db.executemany("INSERT INTO unnoticed VALUES (?)", [(seq,) for seq in unnoticed])
            db.execute("DELETE FROM unnoticed WHERE seq < ?", (high - _REMEMBERED,))
        db.execute("UPDATE chain SET high = ?, head = ? WHERE lane = ?", (high, prev, lane))


def _batches(leaving: Iterable[tuple[Event, bytes]]) -> list[list[Event]]:
    """Cut events into payloads: at most 256, and at most 256 KiB with their heads."""
    batches: list[list[Event]] = []
    room = 0
    for event, encoded in leaving:
        size = len(encoded)
        if not batches or len(batches[-1]) == MAX_EVENTS or size + 1 > room:
            batches.append([])
            room = _ROOM_FOR_EVENTS
        batches[-1].append(event)
        room -= size + 1
    return batches


def _number(
    db: sqlite3.Connection, entries: Sequence[Notification], clock: Clock
) -> list[Numbered]:
    (high,) = db.execute("SELECT log_high FROM counter").fetchone()
    numbered = [Numbered(high + 1 + i, entry) for i, entry in enumerate(entries)]
    db.executemany(
        "INSERT INTO log (n, room, audience, at, type, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(high + 1 + i, x.room, x.audience, x.at, x.type, x.body) for i, x in enumerate(entries)],
    )
    db.execute(
        "UPDATE counter SET clock = ?, heard = ?, log_high = ?",
        (clock.hlc, clock.heard, high + len(entries)),
    )
    return numbered

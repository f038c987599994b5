"""Writing to a zone's store: what one transaction says, and what a group leaves behind.

A transaction gets a `Writing`, and through it makes events and tells frontends.  What an event
brings with it in the store is a list of side effects, which is handed in and run in its order
(`zone.store.side_effects`): this module knows none of them.  Behind all transactions of a group, in
the same commit, what is to cross is sealed into envelopes, what is to be told gets its place in
the log, and who spoke is counted (`zone.store.sealing`).

    one commit
    ┌───────────────────────────────────────────────────────────────────────┐
    │ transaction   act ────┐                                               │
    │               act ────┼─▶ side effects ─▶ rows, registers that won ───┼─▶ directory
    │ transaction   receive ┘                   orphans ────────────────────┼─▶ files deleted
    │                  │                                                    │
    │                  ├─ crosses ─▶ leaving ─▶ sealed, numbered ─▶ outbox ─┼─▶ link wakes
    │                  └─ tell ────▶ entries ─▶ numbered ─▶ log ────────────┼─▶ streams
    └───────────────────────────────────────────────────────────────────────┘
      all of it durable, or none of it                        behind it: zone.store.store
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from runtime.bounds import TOLERANCE_MS, excess_of
from wire import payload as payloads
from wire.bodies import Body, MessagePost
from wire.events import Author, Event, FileRef
from wire.fields import MAX_EVENT_BYTES
from wire.ids import ACT
from wire.lane import Zone
from wire.merge import Register
from wire.order import ahead_ms, hlc_after, next_hlc
from wire.reasons import Reason, Refused, Unavailable
from zone.copy import journal
from zone.copy.deliveries import row_of
from zone.copy.side import Side
from zone.copy.views import ItemView, MessageView, OutgrownView
from zone.store.table_facts import TableFacts

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode

# What one notification may hold.  With its cursor, type and room it fits into a frame of 256 KiB,
# which every client of WebSockets takes.
MAX_TOLD_BYTES = 192 * 1024
# Before the name of a duty and of a person: an audience of all who have it for their municipality.
DUTY = "duty:"
# Before a person: an audience of all who see more of them than who they are.
KNOWN = "known:"
# An audience of everybody, for what is about nobody in particular.
EVERYBODY = "everybody"


def duty_audience(duty: str, whose: str) -> str:
    """Return the audience of all who have a duty for the municipality of somebody."""
    return f"{DUTY}{duty}:{whose}"


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell frontends: a room's members, an audience, or everybody.

    An audience is one user, all whom a broadcast reaches (its id), all of a municipality (its
    id), all with a `DUTY` for somebody's municipality, all to whom somebody is `KNOWN`, or
    `EVERYBODY`.  `at` is when what it speaks of was said: a guest is told of nothing older than
    their membership.
    """

    type: str
    room: str | None
    audience: str | None
    at: int
    body: bytes


@dataclass(slots=True)
class Clock:
    """The hybrid logical clock of this store (`wire.order`): what it last made or saw.

    `heard` is the largest `hlc` of what came from the far zone.  Only the database thread
    touches it.
    """

    hlc: int = 0
    heard: int = 0
    tolerance: int = TOLERANCE_MS  # how far another clock may be ahead of ours


@dataclass(slots=True)
class Writing:
    """One transaction, while it runs."""

    db: sqlite3.Connection
    now: int
    side: Side
    clock: Clock
    mint: Callable[[str, int], str]
    effects: Sequence["SideEffect"]
    facts: TableFacts  # as they stand within this transaction
    leaving: list[tuple[Event, bytes]] = field(default_factory=list)  # and how it is encoded
    entries: list[Notification] = field(default_factory=list)
    won: list[Register] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)  # fields without a word now
    orphans: list[str] = field(default_factory=list)  # files whose bytes are to go
    touched: set[str] = field(default_factory=set)  # objects that are not what they were
    talks: Counter[tuple[str, str]] = field(default_factory=Counter)  # by month and user
    has_digests: bool = False  # of the far zone, or words to send again
    has_readings: bool = False  # that wait to cross
    # Whether what was received last is later than all that was made or heard here before it.
    is_latest: bool = False
    # What a side effect found before an event was applied, by item, to tell the difference.
    before: dict[str, Any] = field(default_factory=dict)

    def act(
        self,
        author: Author,
        body: Body,
        *,
        room: str | None,
        crosses: bool,
        id: str | None = None,  # noqa: A002 - the name of the field
        files: Sequence[FileRef] = (),
    ) -> Event:
        """Make an event here, apply it, and have it cross if it is to."""
        ahead = ahead_ms(self.clock.hlc, self.now)
        if ahead > self.clock.tolerance:
            raise Unavailable(f"the store's clock is {ahead // 1000} s ahead: see sekisho doctor")
        self.clock.hlc = next_hlc(self.clock.hlc, self.now)
        event = Event(
            id or self.mint(ACT, self.now),
            self.clock.hlc,
            self.now,
            room,
            author,
            body,
            list(files),
        )
        beyond = excess_of(event, now=self.now, tolerance=self.clock.tolerance)
        if beyond is not None:
            raise Refused(beyond.reason, f"{beyond.field} is out of bounds")
        about = self._touch(event, self.side.zone)
        if crosses:
            encoded = payloads.encode_event(event)
            if len(encoded) > MAX_EVENT_BYTES:
                size = f"an event of {len(encoded)} bytes; 64 KiB may cross"
                raise Refused(Reason.TOO_LARGE, size)
            kept = self._leave(event, encoded)
            journal.keep(self.db, event, kept, about)
        self._apply(event, self.side.zone)
        return event

    def receive(self, event: Event) -> None:
        """Apply an event that was made in the far zone."""
        self.is_latest = event.hlc > self.clock.hlc
        self.clock.hlc = hlc_after(self.clock.hlc, event.hlc)
        if isinstance(event.body, MessagePost) and event.hlc <= self.clock.heard:
            # The relay had held it: it gets a place here, behind what everybody here has read.
            self.clock.hlc = next_hlc(self.clock.hlc, self.now)
        self.clock.heard = max(self.clock.heard, event.hlc)
        journal.hear(self.db, event, self.side.far)
        self._touch(event, self.side.far)
        self._apply(event, self.side.far)

    def repeat(self, event: Event) -> None:
        """Have what was said here before cross once more, as it was said."""
        self._leave(event, payloads.encode_event(event))

    def _leave(self, event: Event, encoded: bytes) -> bytes:
        """Note what leaves, behind all others; return it as it may be kept.

        It is numbered as it will be sealed.
        """
        self.leaving.append((event, encoded))
        kept = journal.without_passwords(event, encoded)
        self.db.execute(
            "INSERT OR REPLACE INTO delivery (event, room, author, about, said, hlc)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*row_of(event, kept), event.hlc),
        )
        return kept

    def leaves(self, event: Event) -> bool:
        """Return whether the event that was made last is to cross."""
        return bool(self.leaving) and self.leaving[-1][0] is event

    def tell(
        self,
        event_type: str,
        view: object,
        *,
        room: str | None = None,
        audience: str | None = None,
        at: int | None = None,
    ) -> None:
        """Have the members of `room`, or an `audience`, told.

        What would be too large for a stream is told by its id: a message on which thousands
        have put a reaction, an item with as many answers.
        """
        when, body = self.now if at is None else at, _encode(view)
        if len(body) > MAX_TOLD_BYTES and isinstance(view, MessageView | ItemView):
            event_type = f"{event_type.partition('.')[0]}.outgrown"
            body = _encode(OutgrownView(view.id, len(body)))
        self.entries.append(Notification(event_type, room, audience, when, body))

    def _touch(self, event: Event, zone: Zone) -> str:
        """Return the object that an event is about, noting that it is not what it was."""
        about = journal.object_of(event, zone)
        self.touched.add(about)
        return about

    def _apply(self, event: Event, zone: Zone) -> None:
        for effect in self.effects:
            effect(self, event, zone)
        self.facts.follow(event.body)


# What an event, made in `zone`, brings with it in the transaction that makes or receives it.
SideEffect = Callable[[Writing, Event, Zone], None]


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """What one transaction came to."""

    result: T
    writing: Writing

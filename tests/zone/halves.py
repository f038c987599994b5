"""Both zones of a conversation in one process: real tables and use cases, and lanes that wait.

No envelope, relay or socket, which have tests of their own: what an event is and does.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import TypeVar

import msgspec

from tests.zone.events import FRONTEND, TENANT
from wire.events import Author, Event
from wire.ids import mint_id
from wire.lane import Lane
from wire.payload import GENESIS
from zone.conversation.actor import Actor
from zone.copy.side import Side
from zone.link import belief
from zone.store.directory import Directory
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import SCHEMA as SCHEMA_FILE
from zone.store.table_facts import TableFacts
from zone.store.writing import Clock, Notification, Writing

T = TypeVar("T")
SCHEMA = SCHEMA_FILE.read_text(encoding="utf-8")
NOW = 1_790_000_000_000
# Two clocks that have drifted so far are just within what is tolerated between two zones.
DRIFTS_TO_MS = 149_000


class Time:
    """What is now, in milliseconds: later whenever it is asked.  And ids, each another."""

    def __init__(self) -> None:
        self.now = NOW
        self._numbers = itertools.count(1)

    def __call__(self) -> int:
        self.now += 1
        return self.now

    def mint(self, prefix: str, at: int) -> str:
        return mint_id(prefix, now=at, entropy=next(self._numbers).to_bytes(10))


class ZoneClock:
    """The clock of one zone: ahead of the time of the world by `ahead` milliseconds, or behind.

    It gains `drift` milliseconds a second, or loses them, until it is `DRIFTS_TO_MS` ahead or
    behind: there the host's own service sets it.
    """

    def __init__(self, time: Time) -> None:
        self._time = time
        self._set_to, self._set_at, self._drift = 0, time.now, 0
        self.mint = time.mint

    @property
    def ahead(self) -> int:
        drifted = self._set_to + (self._time.now - self._set_at) * self._drift // 1000
        least, most = min(self._set_to, -DRIFTS_TO_MS), max(self._set_to, DRIFTS_TO_MS)
        return max(least, min(most, drifted))

    @ahead.setter
    def ahead(self, ahead: int) -> None:
        self._set_to, self._set_at = ahead, self._time.now

    def drift(self, drift: int) -> None:
        """Go at another speed from now on."""
        self.ahead = self.ahead
        self._drift = drift

    @property
    def now(self) -> int:
        return self._time.now + self.ahead

    def __call__(self) -> int:
        return self._time() + self.ahead


@cache
def _empty_store() -> bytes:
    """Return a store with every table and no row: to run the schema takes longer by far."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(SCHEMA)
        return bytes(db.serialize())


class Half:
    """One zone.  What leaves it waits in `leaving`, as bytes; `told` is what its log would have."""

    def __init__(self, side: Side, time: Time) -> None:
        self.side, self.time = side, ZoneClock(time)
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.deserialize(_empty_store())
        self.db.execute("INSERT INTO counter VALUES (1, 'test', 0, 0, 0)")
        rows = [(lane, GENESIS) for lane in Lane]
        self.db.executemany("INSERT INTO chain (lane, epoch, high, head) VALUES (?, 1, 0, ?)", rows)
        self.directory, self.clock, self.facts = Directory(), Clock(), TableFacts(self.db)
        self.leaving: list[bytes] = []
        self.told: list[Notification] = []

    def act(
        self,
        uid: str,
        work: Callable[[Actor], T],
        *,
        operator: bool = False,
        tenant: str = TENANT,
    ) -> T:
        """Have somebody do something; what is refused leaves nothing behind."""
        with self._transaction() as writing:
            author = Author(uid, tenant, FRONTEND, "operator" if operator else "frontend")
            return work(Actor(writing, self.directory, author, outbox_events=1000))

    def write(self, work: Callable[[Writing], T]) -> T:
        """Have the daemon itself do something."""
        with self._transaction() as writing:
            return work(writing)

    def take(self, raw: bytes, *, again: bool = False) -> None:
        """Take in what the far zone said, as `zone.link.inbox` does.  Both zones are honest."""
        event = msgspec.json.decode(raw, type=Event)
        with self._transaction() as writing:
            reason = belief.take_in(writing, event)
            assert reason is None or again, (reason, event)

    @contextmanager
    def _transaction(self) -> Iterator[Writing]:
        writing = Writing(
            self.db, self.time(), self.side, self.clock, self.time.mint, SIDE_EFFECTS, self.facts
        )
        self.db.execute("BEGIN")
        try:
            yield writing
        except BaseException:
            self.db.execute("ROLLBACK")
            self.facts.forget()
            raise
        self.db.execute(
            "UPDATE counter SET clock = ?, heard = ?", (self.clock.hlc, self.clock.heard)
        )
        self.db.execute("COMMIT")
        self.directory.forget(writing.gone)
        self.directory.learn(writing.won)
        self.told += writing.entries
        self.leaving += [msgspec.json.encode(event) for event, _ in writing.leaving]

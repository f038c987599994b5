"""A zone's store: one database, its directory and its hub, kept in step.

Every write is a function of a `Writing` (zone/store/writing.py, which draws what a commit brings);
when `write` returns, what it did is durable, the directory knows it and the streams have been
told.  Behind each commit, in this order:

    1. the directory learns the registers that won       who may do what from now on
       and `on_people` asks open requests again          streams whose right has ended end
    2. files that no row speaks of lose their bytes
    3. `Subscriptions` hands the new entries of the log to the streams that may see them
    4. the outbox is woken, if something was sealed

Should the daemon die in between, nothing is missing: the directory is read from the store,
streams resume from the log, the outbox sends what is not acknowledged, and `blobs.sweep` and
the upkeep find what is left over.
"""

import asyncio
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

from runtime import database, failpoints
from runtime.bounds import TOLERANCE_MS
from runtime.database import Database, StoreFault
from wire.ids import ENTROPY_BYTES, ORG, ROOM, USER, mint_id
from wire.keys import SigningKey
from wire.lane import Lane
from wire.merge import MEMBER, Register
from wire.order import ahead_ms
from wire.payload import GENESIS
from zone.copy import blobs, registers
from zone.copy.side import Side
from zone.store.directory import Directory
from zone.store.sealing import Group, Seal
from zone.store.subscriptions import Subscriptions
from zone.store.table_facts import TableFacts
from zone.store.writing import Clock, SideEffect, Writing, Written

T = TypeVar("T")

KIND = "zone"
NAME = "zone.db"
SCHEMA = Path(__file__).with_name("schema.sql")
# What of a person decides whether they may be here, and whose frontends may act for them.
_STANDING = frozenset({"zones", "expires", "shared_by", "user_kind", "orgs", "tenant"})


def create_zone_store(folder: Path) -> None:
    """Make the empty store of the node in `folder`, and its folders for files and for search."""
    for name in ("blobs", "search"):
        (folder / name).mkdir(mode=0o700)
    path = folder / NAME
    database.create_database(path, KIND, SCHEMA.read_text(encoding="utf-8"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO counter VALUES (1, ?, 0, 0, 0)", (secrets.token_hex(4),))
        db.executemany(
            "INSERT INTO chain (lane, epoch, high, head) VALUES (?, 1, 0, ?)",
            [(lane, GENESIS) for lane in Lane],
        )
        db.commit()


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def fresh_id(prefix: str, at: int) -> str:
    """Return a new id."""
    return mint_id(prefix, now=at, entropy=secrets.token_bytes(ENTROPY_BYTES))


class ZoneStore:
    """An open store."""

    def __init__(
        self,
        db: Database,
        side: Side,
        folder: Path,
        clock: Callable[[], int],
        tag: str,
        log_high: int,
        effects: Sequence[SideEffect],
        facts: TableFacts,
    ) -> None:
        """Use `Store.open`."""
        self._db = db
        self.side = side
        self._effects = effects
        self._facts = facts
        self._clock = Clock()
        self.folder = folder
        self.blobs = folder / "blobs"
        self.now = clock
        self.tag = tag
        self.directory = Directory()
        self.subscriptions = Subscriptions(self.directory, side.zone, clock, tag, log_high)
        self.on_sealed: Callable[[], None] = lambda: None
        self.has_readings = asyncio.Event()  # that wait to cross
        self.has_imports = asyncio.Event()  # of which something is still to be said
        self.has_new_webhooks = asyncio.Event()  # or fewer, or some to try again
        self.on_logged: Callable[[], None] = lambda: None
        self.has_digests = asyncio.Event()  # of the far zone, or words to send again
        self.touched: set[str] = set()  # objects that were spoken of since somebody looked
        self.on_people: Callable[[], None] = lambda: None  # or who is in which room
        # Hashes of files whose row is about to be written: their bytes stay.
        self.keeping: Counter[str] = Counter()

    def linger_while(self, is_crowded: Callable[[], bool]) -> None:
        """Let what is written wait for company while `is_crowded`, a few milliseconds at most."""
        self._db.is_crowded = is_crowded

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        side: Side,
        site: str,
        key: SigningKey,
        effects: Sequence[SideEffect],
        clock: Callable[[], int] = now_ms,
        tolerance: int = TOLERANCE_MS,
    ) -> AsyncIterator["ZoneStore"]:
        """Open the store of the node in `folder`; `effects` are what each event brings with it.

        `tolerance` is how far, in milliseconds, another clock may be ahead of this one.
        Raises `StoreFault` if it is the store of another zone or installation.
        """
        path = folder / NAME
        async with Database.open(path, KIND) as db:
            await db.write(lambda c: _claim(c, path, side, site))
            (tag, hlc, heard, log_high) = await db.read(
                lambda c: c.execute("SELECT tag, clock, heard, log_high FROM counter").fetchone()
            )
            facts = await db.read(TableFacts)
            store = cls(db, side, folder, clock, tag, log_high, effects, facts)
            store._clock = Clock(hlc, heard, tolerance)
            store.directory.learn(await db.read(registers.people_and_rooms))
            blobs.sweep(store.blobs)
            seal = Seal(side, site, key, clock)
            db.on_commit(lambda c, results: store._close(c, results, seal), store._settle)
            yield store

    async def write(self, work: Callable[[Writing], T]) -> T:
        """Run `work` in a transaction; return its result once all of it is durable."""

        def transaction(db: sqlite3.Connection) -> Written[T]:
            writing = Writing(
                db, self.now(), self.side, self._clock, fresh_id, self._effects, self._facts
            )
            heard = self._clock.heard
            try:
                return Written(work(writing), writing)
            except BaseException:
                self._facts.forget()
                self._clock.heard = heard  # what was taken in is not there: nobody has read it
                raise

        return (await self._db.write(transaction)).result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which only reads."""
        return await self._db.read(work)

    @property
    def clock_ahead_ms(self) -> int:
        """By how many milliseconds the clock of the store is ahead of the host's."""
        return ahead_ms(self._clock.hlc, self.now())

    def drop(self, orphans: Iterable[str]) -> None:
        """Remove the bytes of files that no row speaks of, unless one is about to."""
        blobs.remove(self.blobs, (sha256 for sha256 in orphans if not self.keeping[sha256]))

    def _close(self, db: sqlite3.Connection, written: Sequence[Written[Any]], seal: Seal) -> Group:
        """Before a commit: what it may yet undo is not kept."""
        if any(one.writing.won for one in written):
            self._facts.forget()
        return seal.close(db, written, self._clock)

    def _settle(self, written: Sequence[Written[Any]], group: Group) -> None:
        """After a commit: the directory learns, the streams are told, the outbox is woken."""
        for one in written:
            self.directory.forget(one.writing.gone)
            self.directory.learn(one.writing.won)
            self.touched |= one.writing.touched
            if one.writing.has_digests:
                self.has_digests.set()
            if one.writing.has_readings:
                self.has_readings.set()
            if one.writing.orphans:
                self.drop(one.writing.orphans)
        if any(_concerns_rights(word) for one in written for word in one.writing.won):
            self.on_people()
        self.subscriptions.publish(group.numbered)
        if group.numbered:
            self.on_logged()
        if group.sealed:
            failpoints.reach("zone.outbox.sealed")
            self.on_sealed()


def _claim(db: sqlite3.Connection, path: Path, side: Side, site: str) -> None:
    """Say whose store this is, the first time, and refuse that of another.

    A copy of LGWAN's store on the internet side would be served there, with rooms that
    stay in LGWAN.
    """
    found = db.execute("SELECT zone, site FROM home").fetchone()
    if found is None:
        db.execute("INSERT INTO home VALUES (1, ?, ?)", (side.zone, site))
    elif found != (side.zone, site):
        zone, of = found
        raise StoreFault(f"{path} is the store of {zone} of {of}, not of {side.zone} of {site}")


def _concerns_rights(word: Register) -> bool:
    """Return whether a word that won may end what somebody was entitled to."""
    if word.object.startswith(USER):
        return word.field in _STANDING
    if word.object.startswith(ROOM):
        return word.field.startswith(MEMBER) or word.field == "history"
    return word.object.startswith(ORG) and word.field == "parent"

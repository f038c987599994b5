"""A transform stage's store, and the memory that follows it.

Every write is a function of a `Ledger`; when `write` returns, what it did is durable
and the memory knows it.  The memory never knows more than the store: what is said to
either neighbour is said of durable things only.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from relay.states import State
from relay.transform import file_bytes
from relay.transform.ledger import Change, LaneContext, LanePosition, Ledger, Staged, ToldVerdict
from relay.transform.newest_rows import NewestRows
from runtime import database, failpoints
from runtime.bounds import TOLERANCE_MS
from runtime.database import Database
from runtime.tallies import TALLY_SCHEMA
from wire.ids import ENTROPY_BYTES
from wire.lane import Lane
from wire.payload import GENESIS
from wire.reasons import Reason, Unavailable
from wire.receipts import Verdict

T = TypeVar("T")

KIND = "transform"
NAME = "transform.db"
SCHEMA = Path(__file__).with_name("schema.sql")
# Rows read back at a time by who sends them: a batch has up to 1 MiB, a receipt 256 bytes.
BATCHES_READ = 8
RECEIPTS_READ = 1_000


def create_transform_store(folder: Path) -> None:
    """Make the empty store of the node in `folder`, and its folders for bytes."""
    for name in ("arriving", "cleaned"):
        (folder / name).mkdir(mode=0o700)
    database.create_database(folder / NAME, KIND, SCHEMA.read_text(encoding="utf-8") + TALLY_SCHEMA)
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute("INSERT INTO lane VALUES (1, 1, 0, ?, 0, 0, 0, ?, NULL)", (GENESIS, GENESIS))
        db.commit()


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any
    change: Change


class TransformStore:
    """An open store."""

    def __init__(
        self, db: Database, folder: Path, context: LaneContext, clock: Callable[[], int]
    ) -> None:
        """Use `Store.open`."""
        self._db = db
        self._context = context
        self.now = clock
        self.arriving = folder / "arriving"
        self.cleaned = folder / "cleaned"
        self.position = LanePosition(1, 0, GENESIS, 0, 0, 0, GENESIS, None)
        self.waiting = 0
        # The files that may come: their size, or None for what is known and no longer wanted.
        self.files: dict[str, int | None] = {}
        self._sources: dict[str, int] = {}  # sizes of what is complete in `arriving`
        self.source_bytes = 0
        self.is_full = False  # the disk
        self._batches: NewestRows[Staged] = NewestRows(lambda staged: staged.number)
        self._receipts: NewestRows[ToldVerdict] = NewestRows(lambda told: told.tick)
        # Bells only save time: what they announce is found without them as well.
        self.near_bell = asyncio.Event()
        self.stage_bell = asyncio.Event()
        self.cleaning_bell = asyncio.Event()
        self.has_handable = True  # files for the verify stage, which nobody has looked for

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        site: str,
        lane: Lane,
        policy_sha256: str,
        clock: Callable[[], int],
        tolerance: int = TOLERANCE_MS,
    ) -> AsyncIterator["TransformStore"]:
        """Open the store of the node in `folder`.

        `tolerance` is how far, in milliseconds, a zone's clock may be ahead of this one.
        """
        entropy = partial(secrets.token_bytes, ENTROPY_BYTES)
        context = LaneContext(site, lane, policy_sha256, entropy, tolerance)
        async with Database.open(folder / NAME, KIND) as db:
            store = cls(db, folder, context, clock)
            await store._remember()
            db.on_commit(lambda _db, _results: None, store._follow)
            yield store

    async def _remember(self) -> None:
        """Learn from the store where everything stands, and take away what it has no need of."""

        def query(db: sqlite3.Connection) -> tuple[LanePosition, int, set[str]]:
            position = Ledger(db, self._context, 0).position
            (waiting,) = db.execute(
                "SELECT coalesce(sum(last - first + 1), 0) FROM span"
            ).fetchone()
            cleaned = db.execute(
                "SELECT clean FROM file WHERE handed = 0 AND state = ? AND clean IS NOT NULL",
                (State.FORWARDED,),
            )
            return position, waiting, {row[0] for row in cleaned}

        self.position, self.waiting, cleaned = await self.read(query)
        rows = await self.read(_files)
        for sha256, size, is_here, _ in rows:
            if is_here:
                self.keep_source(sha256, size)
        self.files = {sha256: size if wanted else None for sha256, size, _, wanted in rows}
        file_bytes.sweep(self.arriving, self._sources)
        file_bytes.sweep(self.cleaned, cleaned)
        self.cleaning_bell.set()

    def adopt(self, policy_sha256: str) -> None:
        """Have what is decided from now on say that it was decided by this policy."""
        self._context = replace(self._context, policy_sha256=policy_sha256)

    async def write(self, work: Callable[[Ledger], T], *, policy_sha256: str | None = None) -> T:
        """Run `work` in the next group; return its result once it is durable.

        `policy_sha256` is by which policy it decides, if not by the one that is in force.
        Raises what `work` raises, and `Unavailable` when the disk is full.
        """

        context = self._context
        if policy_sha256 is not None:
            context = replace(context, policy_sha256=policy_sha256)

        def transaction(db: sqlite3.Connection) -> _Done:
            ledger = Ledger(db, context, self.now())
            result = work(ledger)
            return _Done(result, ledger.close())

        try:
            done = await self._db.write(transaction)
        except Unavailable:
            self.is_full = True
            self.near_bell.set()
            raise
        if self.is_full:
            self.is_full = False
            self.near_bell.set()
        result: T = done.result
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which only reads, between two groups."""
        return await self._db.read(work)

    def _follow(self, results: Sequence[_Done], _made: Any) -> None:
        """Learn what a group of transactions did.  Runs on the loop, once it is durable."""
        for done in results:
            change = done.change
            self.position = change.position
            self.waiting += change.waiting
            self._batches.extend(change.batches)
            self._receipts.extend(change.receipts)
            self.files.update(change.files)
            self.has_handable |= change.handable
            if change.cleanable:
                self.cleaning_bell.set()
            failpoints.reach("transform.bytes.needless")
            for sha256 in change.needless_sources:
                self.source_bytes -= self._sources.pop(sha256, 0)
            for sha256 in change.unknown:
                self.files.pop(sha256, None)
            file_bytes.forget(self.arriving, change.needless_sources)
            file_bytes.forget(self.cleaned, change.needless_cleaned)
        self.stage_bell.set()  # first: what goes on is waited for more than what goes back
        self.near_bell.set()

    def keep_source(self, sha256: str, size: int) -> None:
        """Note that a file is complete in `arriving`."""
        self.source_bytes += size - self._sources.get(sha256, 0)
        self._sources[sha256] = size

    async def batches_after(self, number: int) -> list[Staged]:
        """Return some of the batches after `number`, in order; none if there are none."""
        if number >= self.position.batch:
            return []
        rows = self._batches.after(number)
        if rows is not None:
            return rows
        return await self.read(lambda db: _batches(db, number))

    async def receipts_after(self, tick: int) -> list[ToldVerdict]:
        """Return some of what was told after `tick`, in order; nothing if that was all."""
        if tick >= self.position.tick:
            return []
        rows = self._receipts.after(tick)
        if rows is not None:
            return rows
        return await self.read(lambda db: _receipts(db, tick))


def _files(db: sqlite3.Connection) -> list[tuple[str, int, int, int]]:
    """Return (hash, size, whether the bytes are here, whether they are wanted) of all files."""
    here = f"state IN ('{State.ARRIVED}', '{State.HELD}')"
    query = (
        f"SELECT sha256, max(size), max({here} AND size > 0), max(state = '{State.AWAITED}')"  # noqa: S608 - our own words
        " FROM file GROUP BY sha256"
    )
    return db.execute(query).fetchall()


def _batches(db: sqlite3.Connection, number: int) -> list[Staged]:
    query = "SELECT * FROM batch WHERE number > ? ORDER BY number LIMIT ?"
    return [Staged(*row) for row in db.execute(query, (number, BATCHES_READ))]


def _receipts(db: sqlite3.Connection, tick: int) -> list[ToldVerdict]:
    query = "SELECT * FROM receipt WHERE tick > ? ORDER BY tick LIMIT ?"
    rows = db.execute(query, (tick, RECEIPTS_READ))
    return [
        ToldVerdict(
            tick,
            first,
            last,
            file,
            Verdict(verdict),
            Reason(reason) if reason else None,
            removed,
            *by,
        )
        for tick, first, last, file, verdict, reason, removed, *by in rows
    ]

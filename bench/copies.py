"""Comparing two copies of a city: how long a round takes, and how long everybody else waits for it.

Both zones are in this process, with their real stores; what leaves one is taken in by the other.
Three rounds: the first reads everything, the second has all sums in memory, and before the third
one copy has lost words, which come back.

What is held is measured in processor time, of the database thread for each piece of work, and of
the event loop for each of its turns: what other processes do meanwhile is in neither.
"""

import asyncio
import base64
import gc
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bench.load import percentile
from bench.million import Report, Town, fill
from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from wire import payload as payloads
from wire.keys import SigningKey
from wire.order import make_stamp
from zone.link import reconciliation
from zone.link.inbox import take_in
from zone.reconcile.rounds import Rounds
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore
from zone.store.writing import Writing

T = TypeVar("T")
MESSAGES: Final = 20_000
LOST: Final = 1_500
_TURNS: Final = 200


class MeasuredStore(ZoneStore):
    """A store that notes how long each piece of work holds the database thread, in ms."""

    held: list[tuple[float, str]]

    async def read(self, work: Callable[..., T]) -> T:
        """Run `work`, which only reads, and note how long it takes."""
        return await super().read(self._measured(work))

    async def write(self, work: Callable[[Writing], T]) -> T:
        """Run `work` in a transaction, and note how long it takes."""
        return await super().write(self._measured(work))

    def _measured(self, work: Callable[..., T]) -> Callable[..., T]:
        name = getattr(getattr(work, "func", work), "__qualname__", "?")

        def measured(subject: object) -> T:
            began = time.thread_time()
            try:
                return work(subject)
            finally:
                self.held.append((1e3 * (time.thread_time() - began), name))

        return measured


class _LoopTurns:
    """How long each turn of the event loop computes, in ms of processor time."""

    def __init__(self) -> None:
        self.held: list[float] = []
        self._last = time.thread_time()
        self._is_on = True
        asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        now = time.thread_time()
        self.held.append(1e3 * (now - self._last))
        self._last = now
        if self._is_on:
            asyncio.get_running_loop().call_soon(self._tick)

    def end(self) -> None:
        self._is_on = False


class _Lane:
    """What one zone says, taken in by the other."""

    def __init__(self, source: MeasuredStore, target: MeasuredStore) -> None:
        self.source, self.target = source, target
        self._carried = 0

    async def carry(self) -> bool:
        rows = await self.source.read(
            lambda db: db.execute(
                "SELECT last, envelope FROM outbox WHERE first > ? ORDER BY first LIMIT 20",
                (self._carried,),
            ).fetchall()
        )
        for last, envelope in rows:
            encoded = base64.b64decode(msgspec.json.decode(envelope)["payload"])
            for event in payloads.decode(encoded).events:
                await self.target.write(lambda w, event=event: take_in(w, [event]))  # type: ignore[misc]
            self._carried = int(last)
            await self.source.write(self._settle)
        return bool(rows)

    def _settle(self, writing: Writing) -> None:
        writing.db.execute(
            "UPDATE delivery SET verdict = 'delivered' WHERE seq <= ? AND verdict IS NULL",
            (self._carried,),
        )


@asynccontextmanager
async def _zones(folder: Path) -> AsyncIterator[tuple[MeasuredStore, MeasuredStore]]:
    places = [folder / side.zone for side in (LGWAN, INTERNET)]
    for place in places:
        place.mkdir()
        stores.create_zone_store(place)
    fill(places[0], Town(), MESSAGES)
    shutil.copyfile(places[0] / "zone.db", places[1] / "zone.db")
    with closing(sqlite3.connect(places[1] / "zone.db", isolation_level=None)) as db:
        (clock,) = db.execute("SELECT clock FROM counter").fetchone()
        heard = (make_stamp(clock, LGWAN.zone), "ac_last", b"")
        db.execute("INSERT INTO heard (stamp, event, digest) VALUES (?, ?, ?)", heard)
    async with AsyncExitStack() as stack:
        opened = []
        for place, side in zip(places, (LGWAN, INTERNET), strict=True):
            key = SigningKey.from_seed(side.source_key, bytes(32))
            store = await stack.enter_async_context(
                MeasuredStore.open(place, side, "bench", key, SIDE_EFFECTS)
            )
            assert isinstance(store, MeasuredStore)
            opened.append(store)
        yield opened[0], opened[1]


async def copies(report: Report) -> None:
    """Compare two copies thrice, and say what everybody else waited for."""
    MeasuredStore.held = []
    with tempfile.TemporaryDirectory(prefix=".sk-", dir=".") as name:
        async with _zones(Path(name).resolve()) as zones:  # noqa: ASYNC240 - nothing else runs yet
            rounds = [Rounds(store, 0) for store in zones]
            lanes = [_Lane(*zones), _Lane(zones[1], zones[0])]
            gc.collect()
            gc.freeze()  # as the daemon does once it is ready
            for what in ("first round", "second round", f"{LOST:,} messages lost"):
                if what.endswith("lost"):
                    await _lose(zones[1])
                await _measure(report, what, rounds, lanes)


async def _lose(store: MeasuredStore) -> None:
    lost = "DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id DESC LIMIT ?)"
    await store.write(lambda w: w.db.execute(lost, (LOST,)))
    store.touched.add("")


async def _measure(report: Report, what: str, rounds: list[Rounds], lanes: list[_Lane]) -> None:
    MeasuredStore.held.clear()
    turns, began = _LoopTurns(), time.perf_counter()
    before = [each.survey.read_rows for each in rounds]
    for lane in lanes:
        await lane.source.write(lambda w: reconciliation.ask(w.db))
    for _ in range(_TURNS):
        for each in rounds:
            await each.turn()
        if not [lane for lane in lanes if await lane.carry()]:
            break
    turns.end()
    read = sum(each.survey.read_rows - was for each, was in zip(rounds, before, strict=True))
    report(f"{what}: {time.perf_counter() - began:.1f} s, {read:,} rows read in both zones")
    held = sorted(MeasuredStore.held, reverse=True)
    times = [each for each, _ in held]
    report(
        f"  database thread, {len(held):,} times: p50 {percentile(times, 0.5):.2f} ms"
        f"  p99 {percentile(times, 0.99):.2f} ms  max {times[0]:.2f} ms ({held[0][1]})"
    )
    longest: dict[str, float] = {}
    for took, name in held:
        longest.setdefault(name, took)
    for name, took in list(longest.items())[:6]:
        report(f"    {took:6.2f} ms {name}")
    report(
        f"  event loop, {len(turns.held):,} turns: p99 {percentile(turns.held, 0.99):.2f} ms"
        f"  max {max(turns.held):.2f} ms"
    )

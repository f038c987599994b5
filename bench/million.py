"""A million stored messages: how long a search takes, how long a snapshot, how large the index is.

The store is filled before its daemon starts, by the code with which the daemon takes
events in (`zone.copy.apply`).  What is measured goes through the daemon's socket.
"""

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench import machine
from bench.load import percentile
from bench.sentences import sentences
from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.demo.daemons import running_daemons
from sekisho.setup import Plan, tenant_of
from sekisho.site import Host
from sekisho_client import Client
from wire.bodies import Body, MemberSet, MessagePost, ProfileSet, RoomPut
from wire.events import Author, Event
from wire.ids import mint_id
from wire.lane import Zone
from zone.api.http.frontend_scope import SCOPES
from zone.copy.apply import apply_event

MESSAGES: Final = 1_000_000
ROOMS, USERS, ROOMS_OF_EACH = 300, 3_000, 30
_YEARS_MS = 3 * 365 * 24 * 3600 * 1000
_ROUNDS = 25
_BUILD_S = 1800.0

# Looked for: one, two, three and more characters, in most messages, in few, in none.
WORDS: Final = (
    "の",
    "訓",
    "9",
    "訓練",
    "明日",
    "佐々",
    "台風",
    "説明会",
    "髙橋課長",
    "避難訓練",
    "個人番号カード",
    "の締切は金曜日",
    "受付番号12",
    "台風 締切",
    "訓練 -避難",
    "存在しない語",
)
Report = Callable[[str], None]


class Town:
    """Who there is, which rooms, and what was said: the same every time."""

    def __init__(self) -> None:
        """Found the town."""
        self.dice = random.Random(20261122)
        self.start = time.time_ns() // 1_000_000 - _YEARS_MS
        self.count = 0
        self.users = [self._id("us") for _ in range(USERS)]
        self.rooms = [self._id("rm") for _ in range(ROOMS)]
        self.tenant, self.frontend = self._id("tn"), self._id("fe")
        # The first is staff in 30 rooms like the others, the last a guest in two large ones.
        self.staff, self.guest = self.users[0], self.users[-1]

    def _id(self, prefix: str, at: int | None = None) -> str:
        return mint_id(prefix, now=at or self.start, entropy=self.dice.randbytes(10))

    def events(self, messages: int) -> Iterator[Event]:
        """Yield all that ever happened."""
        zones = [Zone.LGWAN, Zone.INTERNET]
        for n, user in enumerate(self.users):
            kind = "guest" if user == self.guest else "staff"
            profile = ProfileSet(
                user,
                name=f"職員{n}",
                kana="しょくいん",
                user_kind=kind,  # type: ignore[arg-type] # literals
                section="防災課",
                zones=zones,  # type: ignore[arg-type] # literals
            )
            yield self._event(user, profile, self.start)
        for n, room in enumerate(self.rooms):
            look = RoomPut(f"ルーム{n}", room_kind="talk", scope="shared")
            yield self._event(self.staff, look, self.start, room)
        for user in self.users[:-1]:
            for room in self.dice.sample(self.rooms, ROOMS_OF_EACH):
                yield self._event(self.staff, MemberSet(user, "member"), self.start, room)
        for n in range(messages):
            if n == messages // 2:
                yield from self._let_guest_in(self.start + n * _YEARS_MS // messages)
            yield self._message(self.start + n * _YEARS_MS // messages)

    def _let_guest_in(self, at: int) -> Iterator[Event]:
        for room in self.rooms[:2]:
            yield self._event(self.staff, MemberSet(self.guest, "guest"), at, room)

    def _message(self, at: int) -> Event:
        # Some rooms are busier than others: the first has 17 times what the middle one has.
        room = self.rooms[int(ROOMS * self.dice.random() ** 2)]
        body = MessagePost(sentences(self.dice))
        return self._event(self.dice.choice(self.users), body, at, room, "ms")

    def _event(
        self, user: str, body: Body, at: int, room: str | None = None, prefix: str = "ac"
    ) -> Event:
        self.count += 1
        author = Author(user, self.tenant, self.frontend)
        return Event(self._id(prefix, at), self.count, at, room, author, body)


def fill(folder: Path, town: Town, messages: int) -> None:
    """Take everything into the empty store in `folder`."""
    with closing(sqlite3.connect(folder / "zone.db", isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -262144")
        db.execute("BEGIN")
        for event in town.events(messages):
            apply_event(db, event, Zone.LGWAN)
        db.execute("UPDATE counter SET clock = ?", (town.count,))
        db.execute("COMMIT")


async def million(report: Report, messages: int = MESSAGES) -> None:
    """Fill a store, let its daemon index it, and ask it."""
    with tempfile.TemporaryDirectory(prefix=".sk-", dir=".") as name:
        folder = Path(name).resolve()  # noqa: ASYNC240 - nothing else runs yet
        for _ in setup.make(
            Plan(folder, "bench", Host.ONE, tenant_of("bench"), Addresses()), now=_now()
        ):
            pass
        town, started = Town(), time.perf_counter()
        fill(folder / "lgwan", town, messages)
        report(
            f"{messages:,} messages stored in {time.perf_counter() - started:.0f} s, "
            f"{_size(folder / 'lgwan' / 'zone.db')}"
        )
        started = time.perf_counter()
        async with running_daemons(folder, folder) as daemons:
            pids = [daemon.process.pid for daemon in daemons]
            before = machine.use(pids)
            await _until_indexed(folder)
            report(
                f"indexed in {time.perf_counter() - started:.0f} s, "
                f"{_size(folder / 'lgwan/search/search.db')}, "
                f"{machine.foreign(before, machine.use(pids))}"
            )
            await _measure(report, folder, town)
            zone = next(d for d in daemons if d.name == "lgwan")
            report(f"the zone's daemon has {machine.resident_mb(zone.process.pid):.0f} MB resident")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _size(path: Path) -> str:
    return f"{path.name} {path.stat().st_size / 1e6:,.0f} MB"


async def _operate(folder: Path, method: str, path: str, body: Any = None) -> Any:
    socket = aiohttp.UnixConnector(str(folder / "lgwan" / "run" / "admin.sock"))
    async with (
        aiohttp.ClientSession(connector=socket) as session,
        session.request(
            method, f"http://localhost{path}", json=body, raise_for_status=True
        ) as answer,
    ):
        return await answer.json()


async def _until_indexed(folder: Path) -> None:
    async with asyncio.timeout(_BUILD_S):
        while True:
            search = (await _operate(folder, "GET", "/v1/status"))["search"]
            if search["complete"] and not search["merging"]:
                return
            await asyncio.sleep(0.2)


async def _measure(report: Report, folder: Path, town: Town) -> None:
    form = {"name": "bench", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
    token = (await _operate(folder, "POST", "/v1/frontends", form))["token"]
    socket = folder / "lgwan" / "run" / "api.sock"
    async with (
        Client(socket, token, town.staff) as staff,
        Client(socket, token, town.guest) as guest,
    ):
        rooms = [room.id for room in await staff.rooms()]
        await _searches(report, f"staff in {len(rooms)} rooms", staff, {})
        await _searches(report, "staff, one room", staff, {"room": rooms[0]})
        await _searches(report, "staff, one author", staff, {"author": town.users[1]})
        await _searches(report, "guest in 2 rooms", guest, {})
        for who, client in (("staff", staff), ("the guest", guest)):
            times = [await _timed(_snapshot(client)) for _ in range(_ROUNDS)]
            _say(report, f"snapshot of {who}", times)


async def _snapshot(client: Client) -> None:
    """Take a snapshot, and do not read what is in it: that is the frontend's time."""
    async with client.session.get("/v1/snapshot") as answer:
        assert answer.status == 200
        await answer.read()


async def _searches(report: Report, who: str, client: Client, more: Mapping[str, str]) -> None:
    every: list[float] = []
    worst = ("", 0.0)
    for word in WORDS:
        times = [await _timed(client.search(word, **more)) for _ in range(_ROUNDS)]
        worst = max(worst, (word, percentile(times, 0.5)), key=lambda pair: pair[1])
        every += times
    _say(report, f"search, {who}", every, f"  slowest: {worst[0]} (p50 {worst[1]:.1f} ms)")


async def _timed(asked: Coroutine[Any, Any, Any]) -> float:
    started = time.perf_counter()
    await asked
    return 1e3 * (time.perf_counter() - started)


def _say(report: Report, what: str, times: list[float], more: str = "") -> None:
    report(
        f"{what:<28} p50 {percentile(times, 0.5):6.1f} ms  p95 {percentile(times, 0.95):6.1f} ms"
        f"  max {max(times):6.1f} ms   {len(times)} times{more}"
    )

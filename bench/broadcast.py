"""An all-staff call: 3,000 people in both zones, and all of them answer within a minute.

Half of them have a stream open.  Each opens the call, has read it, and answers; the caller
looks on in both zones.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.city import City, city
from bench.load import Follower, Sender, percentile
from bench.people import staff_list
from wire.lane import Zone

PEOPLE, STREAMS, MINUTE_S = 3_000, 750, 60.0
# People do not wait for each other; so many are asking at the same time at most.
SENDERS = 32
_PATIENCE_S = 180.0

_CALL = re.compile(rb'"type":"item\.created"')
_ANSWER = re.compile(
    rb'"type":"answer\.set"[^{]*\{"item":"[^"]*","user":"(us_\w{26})","part":"answer"'
)

Report = Callable[[str], None]


class Listener(Follower):
    """A stream of somebody who is called, or of who calls."""

    called_at: float | None = None

    def note(self, frame: bytes, now: float) -> None:
        """Note when the call came, and each answer to it."""
        if self.called_at is None and _CALL.search(frame):
            self.called_at = now
        for user in _ANSWER.findall(frame):
            self.created.setdefault(user, now)


@dataclass
class Town:
    """The city, everybody in it, and who calls."""

    place: City
    people: list[str]

    def headers(self, zone: Zone, user: str) -> bytes:
        """Return who asks, as header lines."""
        token = self.place.tokens[zone]
        return f"Authorization: Bearer {token}\r\nSekisho-Act-As: {user}\r\n".encode()

    async def listen(self, zone: Zone, user: str) -> Listener:
        """Follow somebody's stream."""
        return await Listener.connect(self.place.socket(zone), self.headers(zone, user))


async def broadcast(report: Report) -> None:
    """Call everybody and watch the answers come in."""
    async with city() as place:
        town = await _settle(place, report)
        crowd = [
            (zone, await town.listen(zone, user))
            for zone, people in zip(
                Zone, (town.people[:STREAMS], town.people[-STREAMS:]), strict=True
            )
            for user in people
        ]
        callers = {zone: await town.listen(zone, place.user) for zone in Zone}
        before = machine.use(list(place.pids().values()))
        call = await _call(town, crowd, report)
        sent, took = await _answer(town, call, callers)
        after = machine.use(list(place.pids().values()))
        for zone in Zone:
            there = [
                1e3 * (callers[zone].created[u] - at)
                for u, (home, at) in sent.items()
                if home != zone
            ]
            report(
                f"answers of the other zone, seen in {zone:<9} p50 {percentile(there, 0.5):6.0f} ms"
                f"  p95 {percentile(there, 0.95):6.0f} ms  max {max(there):6.0f} ms"
            )
        report(f"{len(sent):,} people answered in {took:.0f} s, {machine.foreign(before, after)}")
        await _look(town, call, report)


async def _settle(place: City, report: Report) -> Town:
    """Admit everybody, as a personnel office does: by a list."""
    started = time.perf_counter()
    await place.admin(Zone.LGWAN, "POST", "/v1/users:import", staff_list(PEOPLE))
    change = {"duties": ["broadcast"]}
    await place.admin(Zone.LGWAN, "PATCH", f"/v1/users/{place.user}", change)
    async with asyncio.timeout(_PATIENCE_S):
        while len(found := await _people(place, Zone.INTERNET)) < PEOPLE:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
    report(f"{PEOPLE:,} people known in both zones after {time.perf_counter() - started:.1f} s")
    return Town(place, [user for user in found if user != place.user])


async def _people(place: City, zone: Zone) -> list[str]:
    items = (await place.admin(zone, "GET", "/v1/users"))["items"]
    return [one["id"] for one in items if one["name"].startswith("職員")]


async def _call(town: Town, crowd: Sequence[tuple[Zone, Listener]], report: Report) -> str:
    sender = await Sender.connect(town.place.socket(Zone.LGWAN))
    form = {"title": "安否確認", "audience": {}, "require": "answer", "choices": ["無事", "負傷"]}
    headers = town.headers(Zone.LGWAN, town.place.user)
    started = time.perf_counter()
    made = await sender.post(b"/v1/broadcasts", headers, json.dumps(form).encode())
    async with asyncio.timeout(_PATIENCE_S):
        while any(listener.called_at is None for _, listener in crowd):  # noqa: ASYNC110 - filled by protocols
            await asyncio.sleep(0.01)
    for zone in Zone:
        times = [1e3 * ((one.called_at or 0) - started) for home, one in crowd if home is zone]
        report(
            f"the call, on {len(times)} streams in {zone:<9} first {min(times):6.0f} ms"
            f"  last {max(times):6.0f} ms"
        )
    return str(json.loads(made)["id"])


async def _answer(
    town: Town, call: str, callers: dict[Zone, Listener]
) -> tuple[dict[bytes, tuple[Zone, float]], float]:
    """Have everybody open the call, read it and answer it, at some time within a minute."""
    dice, started = random.Random(311), time.perf_counter()
    due = sorted((started + MINUTE_S * dice.random(), user) for user in town.people)
    free: dict[Zone, asyncio.Queue[Sender]] = {zone: asyncio.Queue() for zone in Zone}
    for zone in Zone:
        for _ in range(SENDERS):
            free[zone].put_nowait(await Sender.connect(town.place.socket(zone)))
    sent: dict[bytes, tuple[Zone, float]] = {}
    path = f"/v1/items/{call}/answer".encode()

    async def one(zone: Zone, user: str) -> None:
        sender, headers = await free[zone].get(), town.headers(zone, user)
        await sender.ask(b"GET", b"/v1/broadcasts", headers)
        await sender.ask(b"PUT", path, headers, b'{"answer":{"type":"seen"}}')
        sent[user.encode()] = (zone, time.perf_counter())
        await sender.ask(b"PUT", path, headers, b'{"answer":{"type":"reply","choice":0}}')
        free[zone].put_nowait(sender)

    async with asyncio.TaskGroup() as group:
        for at, user in due:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            group.create_task(one(dice.choice(list(Zone)), user))
    took = time.perf_counter() - started
    async with asyncio.timeout(_PATIENCE_S):
        while any(len(listener.created) < len(sent) for listener in callers.values()):  # noqa: ASYNC110 - filled by protocols
            await asyncio.sleep(0.02)
    return sent, took


async def _look(town: Town, call: str, report: Report) -> None:
    """Time what the caller asks, with all the answers there."""
    for zone in Zone:
        sender = await Sender.connect(town.place.socket(zone))
        headers = town.headers(zone, town.place.user)
        for path in (
            f"/v1/broadcasts/{call}/status",
            f"/v1/broadcasts/{call}/unread",
            f"/v1/items/{call}",
            "/v1/snapshot",
        ):
            started = time.perf_counter()
            answer = json.loads(await sender.ask(b"GET", path.encode(), headers))
            took = 1e3 * (time.perf_counter() - started)
            name = Path(path).name if "broadcasts" in path else path.split("/")[2]
            counted = answer.get("answered", len(answer.get("items", ())))
            report(f"    {name:<9} {took:6.1f} ms in {zone}  ({counted})")

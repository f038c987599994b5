"""A disaster: 161 people of both zones in one room, each with a photo to post within a minute.

All have a stream open, and go on writing.  First they only write: that is the idle lane
beside which the texts among photos are seen.
"""

import asyncio
import base64
import hashlib
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bench import machine
from bench.city import City, city
from bench.load import Follower, Sender, percentile
from bench.people import admit, join
from bench.photos import photos
from wire.lane import Lane, Zone

PEOPLE, MINUTE_S, QUIET_S = 161, 60.0, 30.0
TEXTS_S = 16.0  # of everybody together: each says something every ten seconds
SENDERS = 8
_SAMPLE_S = 5.0
_PATIENCE_S = 300.0
_FILE = re.compile(
    rb'"type":"file\.updated"[^{]*\{"message":"\w+","file":\{"id":"(\w+)"[^{}]*?'
    rb'"state":"(clean|altered|held|refused)"'
)

Report = Callable[[str], None]


class Witness(Follower):
    """Somebody's stream: when each message came, and when each photo was there to be looked at."""

    def note(self, frame: bytes, now: float) -> None:
        """Note what came in a frame."""
        super().note(frame, now)
        for file, state in _FILE.findall(frame):
            if state in (b"held", b"refused"):
                raise RuntimeError(f"a photo is {state.decode()}")
            self.files.setdefault(file, now)

    def __init__(self, headers: bytes) -> None:
        """Use `connect`."""
        super().__init__(headers)
        self.files: dict[bytes, float] = {}


@dataclass
class Room:
    """The room, who is in it, and what was said there: by zone, when it was said."""

    place: City
    homes: list[tuple[Zone, str]]
    witnesses: dict[Zone, list[Witness]]
    free: dict[Zone, asyncio.Queue[Sender]]
    texts: dict[Zone, dict[bytes, float]] = field(default_factory=lambda: {z: {} for z in Zone})
    photos: dict[Zone, dict[bytes, float]] = field(default_factory=lambda: {z: {} for z in Zone})

    async def say(self, person: tuple[Zone, str], more: dict[str, Any]) -> tuple[bytes, float]:
        """Say something; return its id, and when it was said."""
        zone, user = person
        sender = await self.free[zone].get()
        said_at = time.perf_counter()
        body = json.dumps({"text": "現地の状況です。", **more}, ensure_ascii=False).encode()
        path = f"/v1/rooms/{self.place.room}/messages".encode()
        answer = json.loads(await sender.post(path, self._headers(zone, user), body))
        self.free[zone].put_nowait(sender)
        return answer["id"].encode(), said_at

    def _headers(self, zone: Zone, user: str) -> bytes:
        return self.place.headers(zone, user) + b"Idempotency-Key: %d\r\n" % next(self.place.keys)

    async def text(self, person: tuple[Zone, str]) -> None:
        """Have somebody write something."""
        message, at = await self.say(person, {})
        self.texts[person[0]][message] = at

    async def photo(self, person: tuple[Zone, str], data: bytes) -> None:
        """Have somebody post a photo."""
        zone, user = person
        # The generator speaks HTTP without pipelining: a large body has a connection of its own.
        sender = await Sender.connect(self.place.socket(zone))
        digest = base64.b64encode(hashlib.sha256(data).digest())
        headers = self._headers(zone, user) + b"Content-Digest: sha-256=:%b:\r\n" % digest
        made = json.loads(await sender.post(b"/v1/files?name=IMG.jpg", headers, data))
        sender.close()
        _, at = await self.say(person, {"files": [made["id"]]})
        self.photos[zone][made["id"].encode()] = at

    def far(self, zone: Zone) -> Witness:
        """Return somebody of the other zone."""
        return self.witnesses[Lane.leaving(zone).target][0]

    def waiting(self) -> int:
        """Return how many posted photos are not yet to be seen in the other zone."""
        return sum(
            len(posted.keys() - self.far(zone).files.keys()) for zone, posted in self.photos.items()
        )


async def disaster(report: Report) -> None:
    """Have everybody write, then write and post photos, and see what becomes of it."""
    shots = list(islice(photos(), PEOPLE))
    async with city() as place:
        room = await _gather(place)
        pids = place.pids()
        memory = {name: machine.resident_mb(pid) for name, pid in pids.items()}
        await _write(room, QUIET_S)
        _say_texts(report, room, "texts, no photos")
        for said in room.texts.values():
            said.clear()
        before = machine.use(list(pids.values()))
        cpu = {name: machine.family_cpu_s(pid) for name, pid in pids.items()}
        started = time.perf_counter()
        await _photograph(report, room, shots)
        took = time.perf_counter() - started
        after = machine.use(list(pids.values()))
        _say_texts(report, room, "texts among photos")
        _say_photos(report, room, took)
        for name, pid in pids.items():
            report(
                f"    {name:<18} {machine.family_cpu_s(pid) - cpu[name]:6.1f} s CPU with its jail, "
                f"{memory[name]:4.0f} MB resident before, {machine.resident_mb(pid):4.0f} MB after"
            )
        report(machine.foreign(before, after))


async def _gather(place: City) -> Room:
    users = await admit(place, PEOPLE)
    await join(place, users)
    homes = [(list(Zone)[n % 2], user) for n, user in enumerate(users)]
    witnesses: dict[Zone, list[Witness]] = {zone: [] for zone in Zone}
    free: dict[Zone, asyncio.Queue[Sender]] = {zone: asyncio.Queue() for zone in Zone}
    for zone, user in homes:
        headers = place.headers(zone, user)
        witnesses[zone].append(await Witness.connect(place.socket(zone), headers))
    for zone in Zone:
        for _ in range(SENDERS):  # few, since a zone hangs up on connections that say nothing
            free[zone].put_nowait(await Sender.connect(place.socket(zone)))
    return Room(place, homes, witnesses, free)


async def _write(room: Room, seconds: float) -> None:
    """Have somebody write something, at an even pace."""
    dice, started = random.Random(161), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for n in range(int(TEXTS_S * seconds)):
            await _until(started + n / TEXTS_S)
            group.create_task(room.text(dice.choice(room.homes)))
    await _all_told(room)


async def _photograph(report: Report, room: Room, shots: list[bytes]) -> None:
    dice, started = random.Random(2026), time.perf_counter()
    sizes = [len(shot) / 1e6 for shot in shots]
    report(
        f"{PEOPLE} photos of {min(sizes):.1f} to {max(sizes):.1f} MB, {sum(sizes):.0f} MB in all"
    )
    due = sorted(started + MINUTE_S * dice.random() for _ in shots)

    async def post_all() -> None:
        async with asyncio.TaskGroup() as group:
            for at, person, shot in zip(due, room.homes, shots, strict=True):
                await _until(at)
                group.create_task(room.photo(person, shot))

    sampling = asyncio.create_task(_sample(report, room, started))
    await asyncio.gather(_write(room, MINUTE_S), post_all())
    async with asyncio.timeout(_PATIENCE_S):
        while room.waiting():  # noqa: ASYNC110 - filled by a protocol
            await asyncio.sleep(0.05)
    sampling.cancel()


async def _sample(report: Report, room: Room, started: float) -> None:
    for n in range(int(_PATIENCE_S / _SAMPLE_S)):
        await _until(started + n * _SAMPLE_S)
        posted = sum(map(len, room.photos.values()))
        report(
            f"    after {n * _SAMPLE_S:3.0f} s: {posted:3} photos posted, {room.waiting():3} of "
            "them not yet to be seen in the other zone"
        )


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))


async def _all_told(room: Room) -> None:
    """Wait until every stream of both zones has had every text."""
    said = room.texts[Zone.LGWAN].keys() | room.texts[Zone.INTERNET].keys()
    everybody: list[Witness] = [one for each in room.witnesses.values() for one in each]
    async with asyncio.timeout(_PATIENCE_S):
        while any(not said <= one.created.keys() for one in everybody):  # noqa: ASYNC110 - filled by protocols
            await asyncio.sleep(0.05)


def _say_texts(report: Report, room: Room, what: str) -> None:
    times = [
        1e3 * (room.far(zone).created[message] - at)
        for zone, said in room.texts.items()
        for message, at in said.items()
    ]
    report(
        f"{what}: POST to stream in the other zone p50 {percentile(times, 0.5):.1f} ms, "
        f"p99 {percentile(times, 0.99):.1f} ms; {len(times)} posted, all on all {PEOPLE} streams"
    )


def _say_photos(report: Report, room: Room, took: float) -> None:
    times = [
        room.far(zone).files[file] - at
        for zone, posted in room.photos.items()
        for file, at in posted.items()
    ]
    report(
        f"photos: clean in the other zone p50 {percentile(times, 0.5):.1f} s, "
        f"p95 {percentile(times, 0.95):.1f} s, max {max(times):.1f} s after the POST; "
        f"{len(times)} posted, all seen after {took:.0f} s"
    )

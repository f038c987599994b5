"""The list of a whole city hall: when both zones know everybody, and how chat fares meanwhile."""

import asyncio
import json
import time
from collections.abc import Callable

from bench import machine
from bench.city import City, city
from bench.load import Follower, Sender, ids, percentile
from bench.people import staff_list
from wire.lane import Zone

PEOPLE = 10_000
_PATIENCE_S = 180.0
_EVERY_S = 0.1
# Each look makes a zone list everybody: often enough for a tenth of what it takes.
_LOOK_S = 0.25
Report = Callable[[str], None]


async def people(report: Report) -> None:
    """Import a list of 10,000 under the rates as delivered, while one person goes on talking."""
    async with city(has_rates=True) as place:
        follower = await place.follower(Zone.INTERNET)
        posted: dict[bytes, float] = {}
        done = asyncio.Event()
        cpu = {name: machine.cpu_s(pid) for name, pid in place.pids().items()}
        before, started = machine.use(list(place.pids().values())), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(_talk(place, posted, done))
            knowing = [group.create_task(_known_in(place, zone, started)) for zone in Zone]
            taken = await place.admin(Zone.LGWAN, "POST", "/v1/users:import", staff_list(PEOPLE))
            answered = time.perf_counter() - started
            known = {zone: await task for zone, task in zip(Zone, knowing, strict=True)}
            done.set()
        after = machine.use(list(place.pids().values()))
        report(
            f"{taken['added']:,} people: answered after {answered:.1f} s, known in LGWAN after "
            f"{known[Zone.LGWAN]:.1f} s, on the internet after {known[Zone.INTERNET]:.1f} s, "
            f"{machine.foreign(before, after)}"
        )
        used = {name: machine.cpu_s(pid) - cpu[name] for name, pid in place.pids().items()}
        for name, seconds in used.items():
            report(f"    {name:<18} {seconds:5.1f} s of CPU")
        report(f"    {'all of them':<18} {sum(used.values()):5.1f} s of CPU")
        await _talked(posted, follower, report)


async def _known_in(place: City, zone: Zone, started: float) -> float:
    """Return after how many seconds a zone knows everybody on the list."""
    asking = await Sender.connect(place.socket(zone))
    path = f"/v1/users?limit=1&next={PEOPLE}".encode()  # all of the list, and who opened the room
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if json.loads(await asking.ask(b"GET", path, place.headers(zone)))["items"]:
                return time.perf_counter() - started
            await asyncio.sleep(_LOOK_S)


async def _talk(place: City, posted: dict[bytes, float], done: asyncio.Event) -> None:
    """Say something ten times a second, and note when; until it is done."""
    sender = await Sender.connect(place.socket(Zone.LGWAN))
    while not done.is_set():
        due = time.perf_counter()
        posted[ids(await place.post(sender, Zone.LGWAN))[0]] = due
        await asyncio.sleep(_EVERY_S)


async def _talked(posted: dict[bytes, float], follower: Follower, report: Report) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not posted.keys() <= follower.created.keys():  # noqa: ASYNC110 - filled by a protocol
            await asyncio.sleep(_EVERY_S)
    times = [1e3 * (follower.created[one] - at) for one, at in posted.items()]
    report(
        f"chat meanwhile: {len(times)} messages, to the other zone p50 "
        f"{percentile(times, 0.5):.0f} ms, p95 {percentile(times, 0.95):.0f} ms, "
        f"max {max(times):.0f} ms"
    )

"""A good client among bad ones: how long its answers take, with and without them.

The bad ones are another frontend, in a process of its own; the daemon, they and the good one
share the machine.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bench import machine
from bench.city import City, city
from bench.load import Sender, percentile
from bench.unruly import KINDS
from wire.lane import Zone
from zone.api.http.frontend_scope import SCOPES

ZONE, REQUESTS, RATE = Zone.LGWAN, 300, 20
# What a frontend may ask for in a second here: five times what the good one does.
LIMITS = {"frontend_rate": 100, "frontend_burst": 100}

Report = Callable[[str], None]


async def limits(report: Report) -> None:
    """Post 20 times a second, alone and beside each kind of bad client, and beside all of them."""
    async with city(limits=LIMITS) as place:
        form = {"name": "unruly", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
        token = (await place.admin(ZONE, "POST", "/v1/frontends", form))["token"]
        await _times(place)  # warm
        alone = await _times(place)
        _say(report, "alone", alone, alone, "")
        for kinds in (*KINDS, ",".join(KINDS)):
            ends: list[str] = []
            async with _unruly(place, kinds, token, ends):
                times = await _times(place)
            _say(report, kinds if "," not in kinds else "all of them", times, alone, ends[0])
        _say(report, "alone again", await _times(place), alone, "")
        report(machine.describe())


async def _times(place: City) -> list[float]:
    """Return how long each answer took from when it was due, in milliseconds."""
    sender, times = await Sender.connect(place.socket(ZONE)), list[float]()
    started = time.perf_counter()
    for n in range(REQUESTS):
        due = started + n / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await place.post(sender, ZONE)
        times.append(1e3 * (time.perf_counter() - due))
    sender.close()
    return times


@asynccontextmanager
async def _unruly(place: City, kinds: str, token: str, ends: list[str]) -> AsyncIterator[None]:
    headers = f"Authorization: Bearer {token}\r\nSekisho-Act-As: {place.user}\r\n"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.unruly",
        kinds,
        str(place.socket(ZONE)),
        headers,
        place.room,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    if kinds not in ("flood", "deaf"):
        await asyncio.sleep(6)  # so that the ends of most fall into what is measured
    yield
    process.stdin.close()
    found = json.loads(await process.stdout.readline())
    ends.append(", ".join(f"{count} × {end}" for end, count in found.items()))
    await process.wait()


def _say(report: Report, what: str, times: list[float], alone: list[float], ends: str) -> None:
    p99 = percentile(times, 0.99)
    report(
        f"{what:<12} p50 {percentile(times, 0.5):6.1f} ms  p99 {p99:6.1f} ms"
        f"  ratio of p99 {p99 / percentile(alone, 0.99):5.2f}   {ends}"
    )

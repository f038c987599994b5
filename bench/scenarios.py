"""The measurements of `python3 dev.py bench`: each prints what it found, and asserts nothing."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

from bench import machine, sanitizer
from bench.broadcast import broadcast
from bench.city import city
from bench.copies import copies
from bench.disaster import disaster
from bench.limits import limits
from bench.load import Follower, Sender, ids, percentile
from bench.million import million
from bench.numbers import numbers
from bench.staff import people
from bench.streams import streams
from wire.lane import Zone

NEAR, FAR = Zone.INTERNET, Zone.LGWAN
Report = Callable[[str], None]
_PATIENCE_S = 120.0


async def arrived(follower: Follower, posted: dict[bytes, float]) -> None:
    """Wait until every posted message has come out of the stream."""
    async with asyncio.timeout(_PATIENCE_S):
        while not posted.keys() <= follower.created.keys():  # noqa: ASYNC110 - filled by a protocol
            await asyncio.sleep(0.02)


async def at_rate(report: Report, rate: int, seconds: int = 10) -> None:
    """Post at a fixed rate, whatever the answers do, and time each message to the far stream."""
    async with city() as place:
        follower = await place.follower(FAR)
        senders = [await Sender.connect(place.socket(NEAR)) for _ in range(min(64, 2 + rate // 20))]
        free: asyncio.Queue[Sender] = asyncio.Queue()
        for sender in senders:
            free.put_nowait(sender)
        posted: dict[bytes, float] = {}

        async def post(due: float) -> None:
            sender = await free.get()
            answer = await place.post(sender, NEAR)
            posted[ids(answer)[0]] = due
            free.put_nowait(sender)

        for _ in range(20):  # warm
            await post(time.perf_counter())
        await arrived(follower, posted)
        posted.clear()
        before = machine.use(list(place.pids().values()))
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for n in range(rate * seconds):
                due = started + n / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(post(due))
        await arrived(follower, posted)
        after = machine.use(list(place.pids().values()))
        times = [1e3 * (follower.created[m] - at) for m, at in posted.items()]
        report(
            f"{rate:>6}/s  p50 {percentile(times, 0.5):6.1f} ms"
            f"  p99 {percentile(times, 0.99):6.1f} ms  max {max(times):6.1f} ms"
            f"   {len(times)} messages, {machine.foreign(before, after)}"
        )


async def sustained(report: Report, senders: int = 32, seconds: float = 10, batch: int = 0) -> None:
    """Post as fast as answers come, and count what comes out of the far stream."""
    async with city() as place:
        follower = await place.follower(FAR)
        posted: dict[bytes, float] = {}
        until = time.perf_counter() + seconds

        async def keep_posting() -> None:
            sender = await Sender.connect(place.socket(NEAR))
            while (now := time.perf_counter()) < until:
                if batch:
                    answer = await place.post_batch(sender, NEAR, batch)
                else:
                    answer = await place.post(sender, NEAR)
                posted.update(dict.fromkeys(ids(answer), now))

        pids = place.pids()
        before, started = machine.use(list(pids.values())), time.perf_counter()
        cpu = {name: machine.cpu_s(pid) for name, pid in pids.items()}
        await asyncio.gather(*(keep_posting() for _ in range(senders)))
        answered = time.perf_counter() - started
        await arrived(follower, posted)
        took = time.perf_counter() - started
        after = machine.use(list(pids.values()))
        how = f"batches of {batch}" if batch else "single posts"
        report(
            f"{how}, {senders} senders: {len(posted) / took:,.0f} messages/s end to end "
            f"({len(posted) / answered:,.0f}/s answered), {len(posted)} in {took:.1f} s, "
            f"{machine.foreign(before, after)}"
        )
        for name, pid in pids.items():
            share = 1e6 * (machine.cpu_s(pid) - cpu[name]) / len(posted)
            memory = machine.resident_mb(pid)
            report(f"    {name:<18} {share:6.0f} µs CPU a message   {memory:5.0f} MB resident")


async def drain(report: Report, events: int = 100_000) -> None:
    """Queue events while the relay is stopped, let it go on, and time each tenth on its way."""
    async with city() as place:
        follower = await place.follower(FAR)
        stages = [pid for name, pid in place.pids().items() if name.startswith("import-")]
        for pid in stages:
            os.kill(pid, signal.SIGSTOP)
        sender = await Sender.connect(place.socket(NEAR))
        posted: dict[bytes, float] = {}
        while len(posted) < events:
            posted.update(dict.fromkeys(ids(await place.post_batch(sender, NEAR, 200)), 0.0))
        started = time.perf_counter()
        for pid in stages:
            os.kill(pid, signal.SIGCONT)
        await arrived(follower, posted)
        times = sorted(follower.created[m] - started for m in posted)
        tenth = len(times) // 10
        rates = [
            tenth / (times[(i + 1) * tenth - 1] - (times[i * tenth - 1] if i else 0.0))
            for i in range(10)
        ]
        report(
            f"{len(times):,} queued events drained in {times[-1]:.1f} s, "
            f"{len(times) / times[-1]:,.0f}/s; first tenth {rates[0]:,.0f}/s, "
            f"last tenth {rates[-1]:,.0f}/s"
        )


async def idle(report: Report) -> None:
    """Leave an installation alone for a few seconds and look at its memory."""
    async with city() as place:
        await asyncio.sleep(3)
        for name, pid in place.pids().items():
            report(f"    {name:<18} {machine.resident_mb(pid):5.0f} MB resident when idle")


Scenario = Callable[[Report], Coroutine[Any, Any, None]]
SCENARIOS: dict[str, Scenario] = {
    "idle": idle,
    "latency-50": lambda report: at_rate(report, 50),
    "latency-1000": lambda report: at_rate(report, 1_000, 8),
    "single": sustained,
    "batch": lambda report: sustained(report, senders=8, batch=100),
    "drain": drain,
    "sanitizer": sanitizer.sanitizer,
    "million": million,
    "broadcast": broadcast,
    "people": people,
    "limits": limits,
    "streams": streams,
    "disaster": disaster,
    "numbers": numbers,
    "copies": copies,
}

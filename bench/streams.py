"""A thousand open streams in one zone: what one message to all of them takes, and what they cost.

Everybody is in one room.  Then all are cut off at once and come back, and then one of
them stops reading.
"""

import asyncio
import json
import socket
import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice

from bench import machine
from bench.city import City, city
from bench.crowd import Crowd, Kind
from bench.load import Sender, percentile
from bench.people import admit, join
from wire.lane import Zone

STREAMS, ROUNDS, IDLE_S = 1_000, 40, 10.0
# Of ten frontends: most hold a WebSocket, some behind old proxies do not.
_KINDS: tuple[Kind, ...] = ("websocket",) * 6 + ("sse",) * 3 + ("poll",)
_PATIENCE_S = 60.0
_HERE = Zone.LGWAN

Report = Callable[[str], None]


async def streams(report: Report) -> None:
    """Open the streams, tell them something, cut them off, and have one fall silent."""
    async with city() as place:
        users = await admit(place, STREAMS)
        await join(place, users)
        pid = place.pids()[str(_HERE)]
        before = machine.resident_mb(pid)
        wanted = [
            (kind, place.headers(_HERE, user))
            for kind, user in zip(islice(cycle(_KINDS), STREAMS), users, strict=True)
        ]
        with Crowd(place.socket(_HERE)) as crowd:
            took = await asyncio.to_thread(crowd.take, wanted)
            more = machine.resident_mb(pid) - before
            report(
                f"{STREAMS:,} streams opened in {took:.2f} s, {1e3 * more / STREAMS:.0f} kB each"
            )
            cpu = machine.cpu_s(pid)
            await asyncio.to_thread(crowd.wait_for, b"", IDLE_S)
            report(f"idle: {100 * (machine.cpu_s(pid) - cpu) / IDLE_S:.1f} % of a core")
            await _tell(report, place, crowd, pid, "told")
            crowd.leave()
            took = await asyncio.to_thread(crowd.take, wanted)
            report(f"{STREAMS:,} streams cut off: all are back after {took:.2f} s")
            with _silent(place, users[0]):
                await _flood(place, crowd)
                await _tell(report, place, crowd, pid, "told, beside one who reads nothing")
        report(f"the zone's daemon has {machine.resident_mb(pid):.0f} MB resident")


def _silent(place: City, user: str) -> socket.socket:
    """Open a stream that nobody reads."""
    one = socket.socket(socket.AF_UNIX)
    one.connect(str(place.socket(_HERE)))
    one.sendall(
        b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n" % place.headers(_HERE, user)
    )
    return one


async def _flood(place: City, crowd: Crowd) -> None:
    """Say more than any buffer on the way holds, and wait until all who read have read it."""
    sender = await Sender.connect(place.socket(_HERE))
    for n in range(10):
        await place.post_batch(sender, _HERE, 200)
        await _say(place, crowd, f"ここまで{n}回。")


async def _say(place: City, crowd: Crowd, text: str) -> float:
    """Say something, wait until everybody was told, and return when it was said."""
    sender = await Sender.connect(place.socket(_HERE))
    listening = asyncio.create_task(asyncio.to_thread(crowd.wait_for, text.encode(), _PATIENCE_S))
    await asyncio.sleep(0.02)
    started = time.perf_counter()
    path, form = f"/v1/rooms/{place.room}/messages", {"text": text}
    body = json.dumps(form, ensure_ascii=False).encode()
    await sender.post(path.encode(), place.headers(_HERE), body)
    sender.close()
    await listening
    return started


async def _tell(report: Report, place: City, crowd: Crowd, pid: int, what: str) -> None:
    """Say something so many times, and see when it has come to all."""
    spreads, lasts = [], []
    by_kind: dict[Kind, list[float]] = {kind: [] for kind in _KINDS}
    cpu, before = machine.cpu_s(pid), machine.use([pid])
    for n in range(ROUNDS):
        started = await _say(place, crowd, f"訓練の連絡その{n}、{what}。")
        times = [seat.came_at for seat in crowd.seats()]
        spreads.append(1e3 * (max(times) - min(times)))
        lasts.append(1e3 * (max(times) - started))
        for kind, found in by_kind.items():
            mine = [seat.came_at for seat in crowd.seats(kind)]
            found.append(1e3 * (max(mine) - min(times)))
        await asyncio.sleep(0.1)
    report(
        f"{what}: first to last p50 {statistics.median(spreads):.1f} ms, p99 "
        f"{percentile(spreads, 0.99):.1f} ms; POST to last p50 {statistics.median(lasts):.1f} ms, "
        f"p99 {percentile(lasts, 0.99):.1f} ms; {machine.foreign(before, machine.use([pid]))}"
    )
    for kind, found in by_kind.items():
        report(
            f"    last {kind:<9} p50 {statistics.median(found):6.1f} ms behind the first of all"
            f"  p99 {percentile(found, 0.99):6.1f} ms"
        )
    each = 1e6 * (machine.cpu_s(pid) - cpu) / ROUNDS / STREAMS
    report(f"    {each:.0f} µs CPU of the zone for each stream and message")

"""Receipts at a pace: neither when a record comes nor how many come says anything."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from relay.transform import pacer
from relay.transform.ledger import ToldVerdict
from relay.transform.pacer import RECORDS_A_TICK, merge_runs
from tests.relay.transform.near import Near
from tests.relay.transform.site import post
from tests.relay.transform.world import world
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict

QUIET = b"nothing new"
PACE_S = 0.02


async def sent(queued: Iterable[bytes], ticks: int) -> list[bytes]:
    """Return what is written in so many ticks while the queue is fed with `queued`."""
    queue, written, is_done = pacer.pace_queue(), list[bytes](), asyncio.Event()

    async def feed() -> None:
        for record in queued:
            await queue.put(record)

    async def send(record: bytes) -> None:
        written.append(record)
        if len(written) == ticks * RECORDS_A_TICK:
            is_done.set()

    tasks = [
        asyncio.create_task(feed()),
        asyncio.create_task(pacer.write_at_pace(queue, lambda: QUIET, send, pace_s=PACE_S)),
    ]
    async with asyncio.timeout(20):
        await is_done.wait()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return written[: ticks * RECORDS_A_TICK]


@pytest.mark.parametrize("number", [0, 1, RECORDS_A_TICK, 2 * RECORDS_A_TICK + 5])
async def test_each_tick_has_the_same_number_of_records_however_much_there_is_to_say(
    number: int,
) -> None:
    said = [b"%d" % n for n in range(number)]
    written = await sent(said, ticks=4)
    ticks = [written[at : at + RECORDS_A_TICK] for at in range(0, len(written), RECORDS_A_TICK)]
    assert [record for record in written if record != QUIET] == said
    # Within a tick the rest says nothing new, and what there is to say never waits for a later one.
    full, rest = divmod(number, RECORDS_A_TICK)
    news = [sum(record != QUIET for record in tick) for tick in ticks]
    assert news == ([RECORDS_A_TICK] * full + [rest] + [0] * 4)[:4]


async def test_a_tick_that_was_missed_is_not_made_up_for() -> None:
    queue, written, is_due = pacer.pace_queue(), list[float](), asyncio.Event()
    clock = asyncio.get_running_loop().time

    async def send(_record: bytes) -> None:
        written.append(clock())
        if len(written) == RECORDS_A_TICK:
            await asyncio.sleep(20 * PACE_S)  # the zone does not read for a while
        if len(written) == 12 * RECORDS_A_TICK:
            is_due.set()

    writing = asyncio.create_task(pacer.write_at_pace(queue, lambda: QUIET, send, pace_s=PACE_S))
    async with asyncio.timeout(20):
        await is_due.wait()
    writing.cancel()
    ticks = written[::RECORDS_A_TICK]
    assert ticks[11] - ticks[1] >= 9 * PACE_S


def told(tick: int, first: int, last: int, **changes: object) -> ToldVerdict:
    return ToldVerdict(tick, first, last, 0, Verdict.DELIVERED, None, 0)._replace(**changes)  # type: ignore[arg-type]


def test_neighbours_of_one_fate_are_one_record() -> None:
    assert merge_runs([told(1, 1, 3), told(2, 4, 4), told(3, 5, 9)]) == [told(3, 1, 9)]


@pytest.mark.parametrize(
    "after",
    [
        told(2, 5, 5),
        told(2, 3, 3),
        told(2, 4, 4, verdict=Verdict.ALTERED),
        told(2, 4, 4, reason=Reason.DENIED),
        told(2, 4, 4, file=1),
        told(2, 4, 4, removed=1),
        told(2, 4, 4, rule="my-number"),
        told(2, 4, 4, until=1),
        told(2, 4, 4, desk="operator"),
    ],
)
def test_what_differs_in_anything_is_a_record_of_its_own(after: ToldVerdict) -> None:
    assert merge_runs([told(1, 1, 3), after]) == [told(1, 1, 3), after]


def test_two_files_of_one_event_are_two_records() -> None:
    both = [told(1, 1, 1, file=1), told(2, 2, 2, file=1)]
    assert merge_runs(both) == both


async def test_at_a_pace_the_near_zone_hears_all_that_it_heard_at_once(folder: Path) -> None:
    settings: dict[str, Any] = {"receipts.pace_ms": 20}
    async with world(folder, **settings) as found:
        near = found.near
        for number in range(3):
            await near.send(post(f"第{number}号"), post("取扱注意"), post("機密性3"))
        await until_told(near, 9)
        records = len(near.receipts)
        # And goes on hearing that there is nothing new, though nothing happens.
        await near.until(lambda _: len(near.receipts) > records + 2 * RECORDS_A_TICK)
    fates = [near.told[seq, 0] for seq in range(1, 10)]
    assert fates == [[Verdict.DELIVERED], [Verdict.HELD], [Verdict.REFUSED]] * 3


async def until_told(near: Near, number: int) -> None:
    """Wait until so many verdicts were heard."""

    def is_told(_: LaneStatus) -> bool:
        return len(near.told) >= number

    await near.until(is_told)

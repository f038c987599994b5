"""Receipts at a pace: as many records at each tick, whether or not anything has happened.

    what happened ──▶ queue ──▶ every tick: RECORDS_A_TICK records, the rest says nothing new

The writer knows the time and the queue and nothing else.  When a record comes, and how many come
with it, therefore says nothing; a tick that was missed is not made up for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from relay.transform.ledger import ToldVerdict

# Verdicts of one fate are one record, so that this is enough for 50 messages a second of which
# half are held, and for the proof of a tree beside them: at most 17 records.
RECORDS_A_TICK = 32

PaceQueue = asyncio.Queue[bytes]


def pace_queue() -> PaceQueue:
    """Return a queue of what one tick can take; whoever fills it waits for the tick."""
    return asyncio.Queue(RECORDS_A_TICK)


async def write_at_pace(
    queue: PaceQueue,
    quiet: Callable[[], bytes],
    send: Callable[[bytes], Awaitable[None]],
    *,
    pace_s: float,
) -> None:
    """Send what is in `queue` at each tick, filled up with what `quiet` makes, until cancelled."""
    clock = asyncio.get_running_loop().time
    at = clock()
    while True:
        at += pace_s
        await asyncio.sleep(max(0.0, at - clock()))
        at += pace_s * ((clock() - at) // pace_s)
        for record in _take(queue, quiet()):
            await send(record)


def _take(queue: PaceQueue, quiet: bytes) -> list[bytes]:
    """Return the records of one tick."""
    records = [queue.get_nowait() for _ in range(min(RECORDS_A_TICK, queue.qsize()))]
    return records + [quiet] * (RECORDS_A_TICK - len(records))


def merge_runs(told: Sequence[ToldVerdict]) -> list[ToldVerdict]:
    """Return the same verdicts in as few records as can say them.

    Neighbours of one fate become a run under the number of the later one.  That of the earlier is
    told with it: a zone that knows a record knows all before it.
    """
    merged: list[ToldVerdict] = []
    for each in told:
        before = merged[-1] if merged else None
        if before is not None and _continues(before, each):
            merged[-1] = each._replace(first=before.first)
        else:
            merged.append(each)
    return merged


def _continues(before: ToldVerdict, after: ToldVerdict) -> bool:
    is_next = after.file == before.file == 0 and after.first == before.last + 1
    return is_next and after == before._replace(tick=after.tick, first=after.first, last=after.last)

"""How much a far zone can say past the policy: `python3 dev.py covert`.

Prints bits per second and errors for each path, told at once and at a pace of one second.  Ends
with 1 if any path carries more than 0.05 bit/s at the pace.  `--slots N` sends N symbols each,
`--path WORD` takes only the paths with that word in their name.
"""

import argparse
import asyncio
import random
import sys
import time
from contextlib import suppress

from relay.verify.settings import LOOK_S
from tests.covert import decode
from tests.covert.decode import Reading
from tests.covert.lane import Setting, lane
from tests.covert.paths import PATHS, Path

MOST_BITS_PER_S = 0.05
# What one look tells: whether the far zone is away, and whether more is taken in.
BITS_A_LOOK = 2
AT_ONCE, PACED = (0, 0), (1_000, LOOK_S)
# At a pace no slot shorter than two ticks is worth trying.
PACED_SLOT_S = 2.0
WARM_UP_S = 3.0


async def measure(path: type[Path], pace_ms: int, look_s: int, slots: int) -> Reading:
    """Return how well a path is read under a setting."""
    slot_s = max(path.slot_s, PACED_SLOT_S if pace_ms else 0.0)
    random.seed(path.name)
    sent = [random.random() < 0.5 for _ in range(slots)]
    async with lane(Setting(pace_ms, look_s, path.max_waiting)) as (ear, far):
        way = path(far)
        tasks = [asyncio.create_task(ear.listen())]
        async with way.ready():
            tasks.append(asyncio.create_task(ear.talk(path.talks_every_s)))
            await asyncio.sleep(WARM_UP_S)
            began = time.monotonic()
            for number, bit in enumerate(sent):
                await asyncio.sleep(max(0.0, began + number * slot_s - time.monotonic()))
                await way.send(bit, slot_s)
            await asyncio.sleep(max(0.0, began + (slots + 1) * slot_s - time.monotonic()))
            seen = [ear.seen(began + n * slot_s, slot_s) for n in range(slots)]
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    return decode.read(sent, seen, slot_s)


async def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, default=60)
    parser.add_argument("--path", default="")
    arguments = parser.parse_args()
    print("| path | told | bit/s | errors | read by |")
    print("|---|---|---:|---:|---|")
    worst = 0.0
    for path in (each for each in PATHS if arguments.path in each.name):
        for (pace_ms, look_s), told in ((AT_ONCE, "at once"), (PACED, "every 1 s")):
            found = await measure(path, pace_ms, look_s, arguments.slots)
            errors = f"{found.errors} of {found.slots}"
            print(f"| {path.name} | {told} | {found.bits_per_s:.3f} | {errors} | {found.by} |")
            sys.stdout.flush()
            worst = max(worst, found.bits_per_s if pace_ms else 0.0)
    ceiling = BITS_A_LOOK / LOOK_S
    print(f"\nby what looks tell, {LOOK_S} s apart, at most: {ceiling:.4f} bit/s")
    print(f"the most at the pace: {worst:.3f} bit/s; the goal: {MOST_BITS_PER_S}")
    return int(worst + ceiling > MOST_BITS_PER_S)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

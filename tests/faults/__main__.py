"""`python3 dev.py faults [MINUTES]`: the long form: every failpoint many times, storms, outages,
kills while the copies are compared.

Prints one line for each kind of trouble and ends non-zero if an invariant broke.
"""

import asyncio
import itertools
import sys
import time

from tests.faults.repair import COMPARING, kill_while_comparing, sweeps
from tests.faults.runs import (
    Template,
    Trouble,
    clock_jumps,
    failpoints,
    outage,
    places,
    run,
    silence,
    storm,
    sweep,
)

# After so many runs both zones are killed while they compare and mend their copies.
COMPARE_EACH = 20
# And at one of so many commits, at another each time.
COMMITS = 12


def _troubles() -> "itertools.chain[tuple[str, Trouble]]":
    """Yield troubles without end: each failpoint at its nth passing, storms in between."""
    sweeps = (
        (f"{point} in {name}, passing {nth}", sweep(point, name, nth))
        for nth in itertools.count(1)
        for point in failpoints()
        if not point.startswith(COMPARING)
        for name in places(point)
    )
    others = (
        pair
        for seed in itertools.count(1000)
        for pair in (
            (f"storm {seed}", storm(seed, 40)),
            (f"outage {seed}", outage(1 + seed % 5)),
            (f"silence {seed}", silence(1 + seed % 5)),
            (f"clocks {seed}", clock_jumps(seed)),
        )
    )
    return itertools.chain.from_iterable(zip(sweeps, sweeps, sweeps, sweeps, others, strict=False))


async def main(minutes: float) -> int:
    """Run for so many minutes."""
    template = Template()
    runs = kills = broken = 0
    until = time.monotonic() + 60 * minutes
    try:
        await template.prepare()
        for name, trouble in _troubles():
            if time.monotonic() > until:
                break
            died, found = await run(template, trouble, messages=16)
            runs, kills, broken = runs + 1, kills + died, broken + bool(found)
            print(f"{name}: {found or 'ok'}", flush=True)
            if runs % COMPARE_EACH == 0:
                n = runs // COMPARE_EACH
                some = list(sweeps((1 + n % COMMITS,)))
                died, found = await kill_while_comparing(template, some, messages=3, seed=n)
                kills, broken = kills + died, broken + bool(found)
                print(f"while comparing {n}: {found or 'ok'}", flush=True)
    finally:
        template.remove()
    print(f"{runs} runs, {kills} kills, {broken} with a broken invariant")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))

"""`python3 dev.py hostile [--seed N] [--short]`: thousands of hostile files through the real jail.

Two workers, each with a jail of its own.  Prints what became of each group, each fault by name,
and ends non-zero if there was one.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path

from sanitizer.jail import Jail
from tests.sanitizer import (
    hostile_containers,
    hostile_damage,
    hostile_office,
    hostile_pdf,
    hostile_pictures,
)
from tests.sanitizer.hostile import Case, Result, judged

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
WORKERS = 2
# In the short form, one case in so many, spread over all groups.
ONE_IN = 24


def all_cases(seed: int, *, short: bool) -> Iterator[Case]:
    """Yield the cases of a seed, always the same ones in the same order."""
    files = {} if short or not CORPUS.is_dir() else hostile_damage.real(CORPUS, 12)
    every = chain(
        hostile_pdf.cases(),
        hostile_office.cases(),
        hostile_pictures.cases(),
        hostile_containers.cases(),
        hostile_damage.cases(seed, files, times=8 if files else 24),
    )
    return islice(every, seed % ONE_IN, None, ONE_IN) if short else every


def run(cases: Sequence[Case], tell: Callable[[int], None]) -> list[Result]:
    """Judge all cases with two workers, saying now and then how many are done."""
    results: list[Result] = []
    left = iter(cases)
    lock = threading.Lock()

    def work(jail: Jail) -> None:
        while True:
            with lock:
                case = next(left, None)
            if case is None:
                return
            result = judged(case, jail)
            with lock:
                results.append(result)
                tell(len(results))

    with ExitStack() as stack:
        # Started before there are threads.
        jails = [stack.enter_context(Jail()) for _ in range(WORKERS)]
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(work, jail) for jail in jails]:
                done.result()
    return results


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each group, and one for each fault."""
    yield f"{'group':16} {'cases':>6} {'clean':>6} {'altered':>7} {'refused':>7}  slowest faults"
    groups = sorted({result.group for result in results})
    for group in [*groups, ""]:
        own = [result for result in results if group in ("", result.group)]
        verdicts = Counter(result.state for result in own)
        yield (
            f"{group or 'all':16} {len(own):6} {verdicts['clean']:6} {verdicts['altered']:7}"
            f" {verdicts['refused']:7} {max(result.seconds for result in own):6.1f} s"
            f" {sum(bool(result.fault) for result in own):6}"
        )
    for reason, count in Counter(str(r.reason) for r in results if r.reason).most_common():
        yield f"  refused as {reason}: {count}"
    for result in results:
        if result.fault:
            yield f"FAULT {result.group}: {result.what}: {result.fault}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py hostile", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="one case in two dozen, no real files")
    parser.add_argument("--group", help="only groups whose name has this in it")
    asked = parser.parse_args(arguments)
    cases = list(all_cases(asked.seed, short=asked.short))
    if asked.group:
        cases = [case for case in cases if asked.group in case.group]
    started = time.monotonic()

    def tell(done: int) -> None:
        if done % 500 == 0 or done == len(cases):
            print(f"{done} of {len(cases)}, {time.monotonic() - started:.0f} s", flush=True)

    results = run(cases, tell)
    print(*table(results), sep="\n")
    return 1 if any(result.fault for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python3 dev.py fuzz [--seconds N]`: every fuzz target for so many seconds, two at a time.

A target that finds something worse than a refusal prints the input and where it broke; then this
ends non-zero.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

WORKERS = 2
STARTING_SECONDS = 60
# What is started straight from here counts our memory as its own peak (getrusage(2)), and libFuzzer
# would hold it against the target; what a shell forks does not.
_FORKED = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
_EXECUTED = re.compile(rb"number_of_executed_units: ([0-9]+)")


def fuzzed(target: str, seconds: int) -> tuple[bool, int, str]:
    """Fuzz one target; return whether it held, how often it was run, and what it said."""
    done = subprocess.run(
        [*_FORKED, sys.executable, "-m", "tests.sanitizer.fuzz", target, str(seconds)],
        capture_output=True,
        timeout=2 * seconds + STARTING_SECONDS,
        check=False,
    )
    said = done.stdout + done.stderr
    executed = _EXECUTED.search(said)
    return done.returncode == 0, int(executed[1]) if executed else 0, said.decode(errors="replace")


def targets() -> list[str]:
    """Return the names of all targets, asked of another process since Atheris changes its own."""
    program = "from tests.sanitizer.fuzz import TARGETS; print(*TARGETS, sep='\\n')"
    asked = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return [line for line in asked.stdout.splitlines() if line]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    asked = parser.parse_args(arguments)
    names = targets()
    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda name: fuzzed(name, asked.seconds), names))
    for name, (held, executed, said) in zip(names, results, strict=True):
        print(f"{'held' if held else 'BROKE':6} {executed:>10,} runs  {name}")
        if not held:
            print(said)
    return 0 if all(held and executed for held, executed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

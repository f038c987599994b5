"""The machines of two zones in their long form: `python3 dev.py machines --runs N`.

    rooms      people, rooms, messages and items                       tests/zone/test_two_zones.py
    reading    who has read what and when, and what is unread    tests/zone/test_who_looked_when.py

Each run is a story of its own that Hypothesis draws: cuts of random length, clocks that differ
and drift, a relay that holds, releases and denies.  After each step both zones are compared with
a reference.  `--seed` is the first seed, and each hundred runs have the next.
"""

import argparse
import logging
import time
from typing import Final

import structlog
from hypothesis import seed
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.zone.test_two_zones import People
from tests.zone.test_who_looked_when import Lookers
from tests.zone.weather import Weather, story_settings

MACHINES: Final[dict[str, type[Weather]]] = {"rooms": People, "reading": Lookers}
AT_ONCE = 100


class Tally:
    """How much was done."""

    def __init__(self) -> None:
        self.runs = self.steps = 0

    def counting(self, machine: type[Weather]) -> type[Weather]:
        """Return `machine`, which counts here the runs that end well, and their steps."""
        tally = self

        class Counted(machine):  # type: ignore[valid-type, misc] # given by name
            @invariant()
            def a_step_is_done(self) -> None:
                tally.steps += 1

            def teardown(self) -> None:
                super().teardown()
                tally.runs += 1

        return Counted


def main() -> None:
    """Run the machines one after the other.  What one finds ends it all, with its story."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for name, machine in MACHINES.items():
        if options.only in ("", name):
            _run(name, machine, options.runs, options.steps, options.seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py machines", description="Two zones, at length.")
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="of each machine")
    parser.add_argument("--steps", type=int, default=30, metavar="N", help="in a run, at most")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which stories")
    parser.add_argument("--only", default="", choices=["", *MACHINES], help="one of them")
    return parser.parse_args()


def _run(name: str, machine: type[Weather], runs: int, steps: int, first: int) -> None:
    tally, began, number = Tally(), time.monotonic(), first
    while tally.runs < runs:
        many = min(AT_ONCE, runs - tally.runs)
        print(f"{name}: seed {number}", flush=True)
        story = seed(number)(tally.counting(machine))
        run_state_machine_as_test(story, settings=story_settings(many, steps, is_same=False))
        number += 1
        passed = time.monotonic() - began
        print(f"{name}: {tally.runs} runs, {tally.steps} steps, {passed:.0f} s", flush=True)


if __name__ == "__main__":
    main()

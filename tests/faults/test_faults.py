"""Kills, silence, outage, wrong clocks: whatever happens, the invariants hold.

The short form for every push; `python3 dev.py faults` runs the long one.
"""

import asyncio
import socket
from contextlib import ExitStack, suppress

import pytest

from sekisho.addresses import Addresses
from tests.faults.installation import NAMES
from tests.faults.repair import COMPARING
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

SWEEP = [
    (point, name)
    for point in failpoints()
    if not point.startswith(COMPARING)  # tests/faults/test_kills_while_comparing.py
    for name in places(point)
]
STORMS = 8
KILLS_A_STORM = 25


def survives(template: Template, trouble: Trouble, *, messages: int) -> int:
    """Run, and return how many daemons died; every violation is a failure."""
    kills, found = asyncio.run(run(template, trouble, messages=messages))
    if found:
        pytest.fail("\n".join(found), pytrace=False)
    return kills


def test_there_are_at_least_thirty_failpoints_and_every_process_has_some() -> None:
    assert len(failpoints()) >= 30
    assert {name for _, name in SWEEP} == set(NAMES)


@pytest.mark.parametrize(("point", "name"), SWEEP)
def test_dying_at_any_failpoint_loses_nothing(template: Template, point: str, name: str) -> None:
    """In the midst of things where a point is passed more than twice, else the first time."""
    died = survives(template, sweep(point, name, nth=3), messages=8)
    assert died or survives(template, sweep(point, name, nth=1), messages=8)


@pytest.mark.parametrize("seed", range(STORMS))
def test_dying_at_any_moment_loses_nothing(template: Template, seed: int) -> None:
    assert survives(template, storm(seed, KILLS_A_STORM), messages=40) == KILLS_A_STORM


def test_the_short_form_kills_at_least_three_hundred_times() -> None:
    """Each of these kills was asserted above."""
    assert len(SWEEP) + STORMS * KILLS_A_STORM >= 300


def test_silent_peers_are_waited_for(template: Template) -> None:
    survives(template, silence(2.0), messages=16)


def test_a_relay_that_is_away_for_a_while_gets_everything_when_it_is_back(
    template: Template,
) -> None:
    survives(template, outage(2.0), messages=24)


def free_ports(number: int) -> int:
    """Return the first of `number` ports in a row that nobody listens on."""
    for first in range(20_000, 30_000, number):
        with ExitStack() as stack, suppress(OSError):
            for port in range(first, first + number):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no free ports")


def test_over_tls_it_is_the_same() -> None:
    made = Template()
    try:
        asyncio.run(made.prepare(Addresses(tls=True, first_port=free_ports(4))))
        survives(made, outage(1.0), messages=8)
        survives(made, storm(7, 10), messages=16)
    finally:
        made.remove()


def test_wrong_clocks_do_not_reorder_or_lose(template: Template) -> None:
    survives(template, clock_jumps(1), messages=24)

"""Zones that die while they compare and mend their copies: both become one, and nothing is lost."""

import asyncio

from tests.faults.repair import kill_while_comparing, points, sweeps
from tests.faults.runs import Template


def test_each_part_of_comparing_has_a_point_at_which_a_zone_can_die() -> None:
    parts = ("read", "greeted", "compared", "mended", "noted", "answered", "offered")
    assert points() == sorted(f"zone.reconcile.{part}" for part in parts)


def test_zones_that_die_at_every_point_of_comparing_lose_nothing(template: Template) -> None:
    armed = list(sweeps((1,)))
    kills, found = asyncio.run(kill_while_comparing(template, armed, messages=8, seed=1))
    assert found == []
    assert kills >= 2 * len(armed)

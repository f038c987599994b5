"""Zones that die while they compare and mend their copies: both become one, and nothing is lost."""

import asyncio

from tests.faults.repair import RANDOM_KILLS, kill_while_comparing, points
from tests.faults.runs import Template

TEXTS = 3  # of what people say in a run, the first three things have no file


def test_each_part_of_comparing_has_a_point_at_which_a_zone_can_die() -> None:
    parts = ("read", "greeted", "compared", "mended", "noted", "answered", "offered")
    assert points() == sorted(f"zone.reconcile.{part}" for part in parts)


def test_zones_that_die_at_every_point_of_comparing_lose_nothing(template: Template) -> None:
    armed = [f"{point}:1" for point in points()]
    kills, found = asyncio.run(kill_while_comparing(template, armed, messages=TEXTS, seed=1))
    assert found == []
    assert kills >= len(armed) + RANDOM_KILLS  # where the other zone had more to mend it goes on

"""Zones that die while they compare and mend their copies: both become one, and nothing is lost."""

import asyncio

import pytest

from tests.faults.installation import ZONES
from tests.faults.repair import RANDOM_KILLS, kill_while_comparing, points
from tests.faults.runs import Template

TEXTS = 3  # of what people say in a run, the first three things have no file


def test_each_part_of_comparing_has_a_point_at_which_a_zone_can_die() -> None:
    parts = ("read", "greeted", "compared", "mended", "noted", "answered", "offered")
    assert points() == sorted(f"zone.reconcile.{part}" for part in parts)


def test_zones_that_die_at_every_point_of_comparing_lose_nothing(template: Template) -> None:
    armed = [f"{point}:1" for point in points()]
    kills, found = asyncio.run(kill_while_comparing(template, armed, messages=TEXTS, seed=1))
    if found:
        pytest.fail("\n".join(found), pytrace=False)
    assert kills == len(ZONES) * len(armed) + RANDOM_KILLS

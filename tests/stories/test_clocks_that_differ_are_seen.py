"""A zone whose clock is off says so while it runs, on both its links, and doctor names it."""

import asyncio

import pytest

from sekisho.doctor import facts, lanes
from sekisho.doctor.codes import Code
from tests.faults.clock import jump
from tests.stories.city import LGWAN, City


async def _set(city: City, offset_ms: int) -> None:
    """Set LGWAN's clock, as somebody does while the zone is stopped."""
    installation = city.installation
    await asyncio.to_thread(installation.stop, LGWAN.value)
    jump(installation.clock(LGWAN.value), offset_ms)
    installation.start(LGWAN.value)
    await installation.ready(LGWAN.value)


@pytest.mark.parametrize(
    ("ahead_ms", "code"), [(0, None), (-5_000, Code.CLOCK_DRIFTS), (420_000, Code.CLOCK_APART)]
)
async def test_how_far_the_clocks_are_apart_is_told_on_both_links(
    own_city: City, ahead_ms: int, code: Code | None
) -> None:
    city = own_city
    await _set(city, ahead_ms)
    status = await city.until(
        lambda: city.operate(LGWAN, "GET", "/v1/status"),
        lambda said: all(lane["clock_offset_ms"] is not None for lane in said["lanes"].values()),
    )
    for lane in status["lanes"].values():
        assert abs(lane["clock_offset_ms"] + ahead_ms) < 1_500
    assert await _named(city) == ({code} if code else set())
    await _set(city, 0)  # as doctor says
    await city.until(lambda: _named(city), lambda found: not found)


async def _named(city: City) -> set[Code]:
    """Return what doctor says of LGWAN's clock, once both its links have measured it."""
    await city.until(
        lambda: city.operate(LGWAN, "GET", "/v1/status"),
        lambda said: all(lane["clock_offset_ms"] is not None for lane in said["lanes"].values()),
    )
    folder = city.installation.folder
    nodes = await asyncio.to_thread(facts.gather, folder)
    found = lanes.check(folder, nodes, 0)
    return {finding.code for finding in found if finding.path.name == LGWAN.value}

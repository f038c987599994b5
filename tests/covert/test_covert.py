"""Whatever the far zone does, the near zone hears the same; the short form of `dev.py covert`.

What is compared is what was said, and not when: that receipts keep their pace whatever there is to
say is shown in `tests/relay/transform/test_pacer.py`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from relay.verify.settings import LOOK_S
from tests.covert.__main__ import BITS_A_LOOK, MOST_BITS_PER_S
from tests.covert.lane import Setting, lane
from tests.covert.paths import Errors, Load
from tests.relay.transform.site import post
from tests.relay.verify.peers import FarZone
from tests.relay.verify.place import WAIT_S, until, until_status
from wire.receipts import Flag, LaneStatus, Verdict

# At this pace a test does not take long, and no look falls into it.
SETTING = Setting(pace_ms=20, look_s=86_400)
SILENT = (False,) * 4


class Heard(NamedTuple):
    """All that was said to the near zone but when, and how large the tree was in the end."""

    verdicts: dict[tuple[int, int], list[Verdict]]
    flags: set[Flag]
    tree_size: int


async def heard(bits: Sequence[bool]) -> Heard:
    """Return what the near zone hears while the far zone sends `bits` by all paths at once."""
    async with lane(SETTING) as (ear, far):
        near = ear.near
        # Until the stages have been linked for three seconds, the lane counts as down.
        await near.until(lambda status: status.flags is Flag.NONE)
        known = len(near.receipts)
        for number, bit in enumerate(bits, start=1):
            await near.send(post(f"第{number}号"))
            await until(lambda n=number: len(near.told) == n)  # type: ignore[misc]
            if bit:
                await speak(far, number)
        status = await until_status(far.folder, lambda status: status.sealed == len(bits))
        assert status.acknowledged == max((n for n, bit in enumerate(bits, 1) if bit), default=0)
        assert bool(status.far_refused) == any(bits)
        statuses = [each for each in near.receipts[known:] if isinstance(each, LaneStatus)]
        return Heard(near.told, {each.flags for each in statuses}, status.tree_size)


async def speak(far: FarZone, high: int) -> None:
    """Come, take in and vouch for what there is, keep the stage busy, err, and go again."""
    async with far.connected():
        await until(lambda: far.chain.high == high)
        await Load(far).send(bit=True, slot_s=0.05)
    await Errors(far).send(bit=True, slot_s=WAIT_S)


async def test_the_near_zone_hears_the_same_whatever_the_far_zone_says() -> None:
    silence = await heard(SILENT)
    assert len(silence.verdicts) == len(SILENT)
    assert silence.flags == {Flag.NONE}
    assert await heard((True, False, True, True)) == silence


@pytest.mark.parametrize("look_s", [LOOK_S])
def test_what_looks_tell_is_below_the_goal(look_s: int) -> None:
    assert BITS_A_LOOK / look_s <= MOST_BITS_PER_S / 2

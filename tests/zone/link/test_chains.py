"""A store that was restored from a backup, here or at the relay, is noticed and named."""

import pytest

from tests.zone.conftest import Place
from wire.lane import Lane
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import LaneStatus
from zone.link.chains import chain_position, demand_no_rollback, halt_lane
from zone.link.receipts import apply_all

LANE = Lane.EXPORT


async def standing(place: Place) -> LaneStatus:
    """Return what a relay says that has taken in all that was sealed."""
    chain, _ = await place.store.read(lambda db: chain_position(db, LANE))
    return LaneStatus(LANE, chain.epoch, chain.high, chain.head, tick=1)


async def compared(place: Place, status: LaneStatus) -> None:
    await place.store.read(lambda db: demand_no_rollback(db, LANE, status))


async def test_a_relay_that_has_all_or_less_is_as_it_should_be(lgwan: Place) -> None:
    nothing = LaneStatus(LANE, 1, 0, "0" * 64, tick=1)
    await compared(lgwan, nothing)
    await lgwan.say("一")
    await compared(lgwan, await standing(lgwan))


async def test_a_relay_that_knows_more_than_we_made_shows_an_older_store_here(
    lgwan: Place,
) -> None:
    status = await standing(lgwan)
    ahead = LaneStatus(LANE, 1, status.high + 1, status.chain, tick=1)
    with pytest.raises(Refused, match="restored from an older backup") as caught:
        await compared(lgwan, ahead)
    assert caught.value.reason is Reason.ROLLBACK


async def test_a_relay_that_forgot_what_it_acknowledged_shows_an_older_store_there(
    lgwan: Place,
) -> None:
    status = await standing(lgwan)
    await lgwan.store.write(lambda w: apply_all(w, [status]))
    with pytest.raises(Refused, match="its store was restored") as caught:
        await compared(lgwan, LaneStatus(LANE, 1, status.high - 1, status.chain, tick=2))
    assert caught.value.reason is Reason.ROLLBACK


async def test_the_same_number_with_another_content_is_noticed(lgwan: Place) -> None:
    status = await standing(lgwan)
    other = LaneStatus(LANE, 1, status.high, "ab" * 32, tick=1)
    with pytest.raises(Refused, match="not the one made here"):
        await compared(lgwan, other)


async def test_another_epoch_is_named(lgwan: Place) -> None:
    status = await standing(lgwan)
    with pytest.raises(Refused) as caught:
        await compared(lgwan, LaneStatus(LANE, 2, status.high, status.chain, tick=1))
    assert caught.value.reason is Reason.WRONG_EPOCH


async def test_a_halted_lane_stays_halted_and_keeps_its_first_reason(lgwan: Place) -> None:
    await lgwan.store.write(lambda w: halt_lane(w.db, LANE, Reason.FORK))
    await lgwan.store.write(lambda w: halt_lane(w.db, LANE, Reason.ROLLBACK))
    with pytest.raises(Refused) as caught:
        await standing(lgwan)
    assert caught.value.reason is Reason.FORK


async def test_nothing_is_sealed_on_a_halted_lane(lgwan: Place) -> None:
    await lgwan.store.write(lambda w: halt_lane(w.db, LANE, Reason.FORK))
    with pytest.raises(Unavailable):
        await lgwan.say("まだ届きますか")

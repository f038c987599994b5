"""What people read crosses gathered, and waits where nothing can leave."""

import asyncio
from contextlib import suppress

import pytest

from tests.zone.api.conftest import People
from wire.lane import Lane
from wire.reasons import Reason
from zone.conversation import read_positions
from zone.link.chains import halt_lane


async def crossed(people: People) -> int:
    """Return how many events have been sealed."""
    found: int = await people.town.store.read(
        lambda db: db.execute("SELECT high FROM chain WHERE lane = 'export'").fetchone()[0]
    )
    return found


async def test_many_who_read_the_same_are_one_event(people: People) -> None:
    said = await people.hana.post(people.room, "一斉")
    before = await crossed(people)
    await people.hana.read(people.room, said.id)
    await people.taro.read(people.room, said.id)
    assert await crossed(people) == before
    await people.town.store.write(read_positions.cross)
    assert await crossed(people) == before + 1
    await people.town.store.write(read_positions.cross)
    assert await crossed(people) == before + 1


async def test_a_halted_lane_keeps_what_was_read_and_disturbs_nobody(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_positions, "GATHER_S", 0.01)
    monkeypatch.setattr(read_positions, "LATER_S", 0.01)
    store = people.town.store
    said = await people.hana.post(people.room, "止まる前")
    before = await crossed(people)
    own = await people.hana.create_room("庁内", scope="lgwan-only")
    await store.write(lambda w: halt_lane(w.db, Lane.EXPORT, Reason.FORK))
    carrying = asyncio.create_task(read_positions.carry(store, 1_000_000))
    try:
        await people.taro.read(people.room, said.id)
        for n in range(20):  # while reads are tried again and again
            await people.hana.post(own, f"{n}")
        assert await crossed(people) == before
        await store.write(lambda w: w.db.execute("UPDATE chain SET halted = NULL"))
        async with asyncio.timeout(20):
            while await crossed(people) == before:  # noqa: ASYNC110 - it is looked up
                await asyncio.sleep(0.01)
    finally:
        carrying.cancel()
        with suppress(asyncio.CancelledError):
            await carrying

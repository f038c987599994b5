"""A zone makes the tree of the log from its leaves: what makes another tree confirms nothing."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.zone.conftest import Place
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import Door
from tests.zone.link.unrecorded_cases import (
    said,
    standing,
)
from wire.audit.leaves import SentLeaf
from wire.audit.tlog import TreeHead, leaf_hash
from wire.frames import FrameType
from wire.reasons import Reason, Refused


async def test_a_zone_goes_on_following_where_it_was(lgwan: Place, tmp_path: Path) -> None:
    door = Door(lgwan, tmp_path)
    async with door.open():
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        await log.show()
        (record,) = await log.release(said(2))
    door.relay.came.clear()
    async with door.open():
        log.add(record)
        await log.show()
    assert await standing(lgwan) == (0, 0)


async def refused(door: Door, *steps: Any) -> Reason:
    """Return why the zone ends the session in which a relay does these things."""
    async with door.open() as session:
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        for step in steps:
            await step(log)
        trouble = await asyncio.wait_for(session, 20)
    assert isinstance(trouble, Refused)
    assert not any(kind is FrameType.COSIGNATURE for kind, _ in door.relay.came)
    assert await standing(door.place) == (1, 0)
    return trouble.reason


async def test_leaves_that_make_another_tree_than_the_signed_one_confirm_nothing(
    door: Door,
) -> None:
    other = SentLeaf(leaf_hash(b"another"), None)
    reason = await refused(
        door, lambda log: log.send_leaves([other]), lambda log: log.send_checkpoint(log.head)
    )
    assert reason is Reason.AUDIT_INCONSISTENT
    assert await door.halted() is None  # it was no word of the log's


async def test_a_tree_of_which_no_leaves_came_is_not_vouched_for(door: Door) -> None:
    reason = await refused(door, lambda log: log.send_checkpoint(log.head))
    assert reason is Reason.AUDIT_INCONSISTENT


async def test_leaves_follow_each_other(door: Door) -> None:
    async def skip(log: Logbook) -> None:
        log.shown = 1
        await log.send_leaves(log.leaves)

    assert await refused(door, skip) is Reason.GAP


async def test_so_many_leaves_come_before_a_checkpoint_and_no_more(door: Door) -> None:
    flood = [SentLeaf(leaf_hash(b"x"), None)] * 2_049
    assert await refused(door, lambda log: log.send_leaves(flood)) is Reason.BAD_SIZE


async def test_a_forked_tree_halts_the_lane(door: Door) -> None:
    async with door.open() as session:
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        await log.show()
        fork = Logbook(door.relay)
        fork.add({"ev": "event.released"})
        fork.shown = 1
        with suppress(IndexError):
            await fork.send_checkpoint(TreeHead(1, fork.head.root))
        trouble = await asyncio.wait_for(session, 20)
    assert isinstance(trouble, Refused)
    assert await door.halted() == "audit-inconsistent"

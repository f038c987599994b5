"""The far zone gets everything once and in order; a zone that has forgotten gets nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.relay.verify.log import demand_a_leaf_for_each_release, halted, leaves, words
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    LANE,
    NOW,
    an_id,
    decided,
    event,
    item,
    make_node,
    running,
    until,
    until_status,
)
from wire.audit.tlog import TreeHead
from wire.bodies import RelayNotice
from wire.chain import Chain
from wire.frames import FrameType
from wire.reasons import Reason
from wire.receipts import Verdict
from wire.records import Acknowledgement

NOTICE = RelayNotice(an_id("ms", 7), "held", 1, "message.post", "my-number", NOW + 1)


async def hand_over(transform: Transform, number: int) -> None:
    for _ in range(number):
        await transform.hand_over(item(about=event(transform.n + 1)))


async def test_what_was_sealed_while_nobody_listened_comes_in_order(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        await hand_over(transform, 50)
        await until(lambda: transform.taken == 50)
        assert transform.verdicts() == {}
        async with far.connected():
            await until(lambda: len(transform.verdicts()) == 50)
    assert [each.hlc for each in far.events] == list(range(1, 51))
    demand_a_leaf_for_each_release(folder, far)


async def test_what_was_not_acknowledged_comes_again_and_only_that(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        async with far.connected():
            await hand_over(transform, 3)
            await until(lambda: len(transform.verdicts()) == 3)
            far.acknowledges = False
            await hand_over(transform, 3)
            await until(lambda: len(far.events) == 6)
        assert len(transform.verdicts()) == 3
        # It took them in, and says so when it dials again.
        async with far.connected():
            await until(lambda: len(transform.verdicts()) == 6)
    assert [each.hlc for each in far.events] == [1, 2, 3, 4, 5, 6]


async def test_a_far_zone_older_than_its_acknowledgements_is_sent_nothing(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        async with far.connected():
            await hand_over(transform, 1)
            await until(lambda: len(transform.verdicts()) == 1)
            backup = far.chain
            await hand_over(transform, 2)
            await until(lambda: len(transform.verdicts()) == 3)
        restored = FarZone(folder, chain=backup)
        async with restored.connected():
            await until(lambda: restored.closed)
    assert restored.events == []
    assert halted(folder) is Reason.ROLLBACK
    assert words(leaves(folder))[-1] == ("lane.halted", "rollback")


async def test_a_far_zone_that_is_ahead_of_us_shows_that_we_are_older(folder: Path) -> None:
    far = FarZone(folder, chain=Chain(1, 5, "ab" * 32))
    async with running(folder), far.connected():
        await until(lambda: far.closed)
    assert halted(folder) is Reason.ROLLBACK


async def test_a_far_zone_with_another_history_halts_the_lane(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        await hand_over(transform, 2)
        await until(lambda: transform.taken == 2)
        far.chain = Chain(1, 2, "ab" * 32)
        async with far.connected():
            await until(lambda: far.closed)
    assert halted(folder) is Reason.FORK
    assert far.events == []


async def test_an_acknowledgement_of_what_was_never_sealed_halts_the_lane(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder, acknowledges=False)
    async with running(folder), transform.connected(), far.connected():
        await hand_over(transform, 1)
        await until(lambda: len(far.events) == 1)
        word = Acknowledgement(LANE, 1, 1, "ab" * 32)
        await far.send(FrameType.ACKNOWLEDGEMENT, word.encode())
        await until(lambda: far.closed)
    assert halted(folder) is Reason.FORK
    assert transform.verdicts() == {}


async def test_a_far_zone_in_the_middle_of_an_envelope_halts_the_lane(folder: Path) -> None:
    """We seal events together, so nobody can have taken in a part of them."""
    transform, far = Transform(folder), FarZone(folder, acknowledges=False)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=event(1)), item(about=event(2)))
        await until(lambda: len(far.events) == 2)
        assert len(far.envelopes) == 1
        word = Acknowledgement(LANE, 1, 1, far.envelopes[0].sha256)
        await far.send(FrameType.ACKNOWLEDGEMENT, word.encode())
        await until(lambda: far.closed)
    assert halted(folder) is Reason.FORK
    assert transform.verdicts() == {}


@pytest.mark.parametrize("ahead", [2, 1_000])
async def test_a_witness_that_has_seen_more_than_there_is_halts_the_lane(
    folder: Path, ahead: int
) -> None:
    far = FarZone(folder, tree=TreeHead(ahead, bytes(32)))
    async with running(folder), far.connected():
        await until(lambda: far.closed)
    assert halted(folder) is Reason.ROLLBACK


async def test_an_acknowledgement_of_the_past_changes_nothing(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await hand_over(transform, 3)
        await until(lambda: len(transform.verdicts()) == 3)
        word = Acknowledgement(LANE, 1, 1, far.envelopes[0].sha256)
        await far.send(FrameType.ACKNOWLEDGEMENT, word.encode())
        await hand_over(transform, 1)
        await until(lambda: len(transform.verdicts()) == 4)
    assert halted(folder) is None


async def test_another_epoch_is_refused(folder: Path) -> None:
    far = FarZone(folder, chain=Chain(epoch=2))
    async with running(folder), far.connected():
        await until(lambda: far.closed)
        await until_status(folder, lambda status: status.far_refused == {Reason.WRONG_EPOCH: 1})
    assert leaves(folder) == []


async def test_a_stage_restored_from_a_backup_is_noticed_by_what_was_published(root: Path) -> None:
    folder = make_node(root)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await hand_over(transform, 2)
        await until(lambda: len(transform.verdicts()) == 2)
    shutil.copy(folder / "verify.db", root / "backup.db")
    async with running(folder), transform.connected(), far.connected():
        await hand_over(transform, 1)
        await until(lambda: len(transform.verdicts()) == 3)
    shutil.copy(root / "backup.db", folder / "verify.db")
    async with running(folder), transform.connected(), far.connected():
        await until(lambda: transform.closed and far.closed)
    assert halted(folder) is Reason.ROLLBACK


async def test_a_transform_stage_that_has_forgotten_what_it_knew_halts_the_lane(
    folder: Path,
) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), far.connected():
        async with transform.connected():
            await hand_over(transform, 3)
            await until(lambda: len(transform.verdicts()) == 3)
            transform.settled = 3
            await transform.greet()
            await hand_over(transform, 1)
            await until(lambda: len(transform.verdicts()) == 4)
        restored = replace(transform, settled=1, progress=[], trees=[])
        async with restored.connected():
            await until(lambda: restored.closed)
    assert halted(folder) is Reason.ROLLBACK


async def test_verdicts_are_told_again_until_they_are_settled(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(), item(decision="refused", reason=Reason.DENIED), item())
        await until(lambda: len(transform.verdicts()) == 3)
    told = transform.verdicts()
    transform.progress.clear()
    async with running(folder), transform.connected():
        await until(lambda: transform.verdicts() == told)
    transform.progress.clear()
    transform.settled = 2
    async with running(folder), transform.connected():
        await until(lambda: transform.verdicts() == {3: Verdict.DELIVERED})
    transform.progress.clear()
    transform.settled = 3
    async with running(folder), transform.connected():
        assert transform.taken == 3
        assert transform.verdicts() == {}


async def test_a_batch_sent_twice_is_acknowledged_twice_and_taken_in_once(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        encoded = transform.batch(item(), item())
        for _ in range(3):
            await transform.send(FrameType.NORMAL, encoded)
        await until(lambda: [p.last for p in transform.progress].count(2) >= 3)
        await until(lambda: len(transform.verdicts()) == 2)
    assert len(far.events) == len(leaves(folder)) == 2


async def test_each_decision_ends_in_its_verdict(folder: Path) -> None:
    notice = event(3, NOTICE)
    denied = event(4, msgspec.structs.replace(NOTICE, state="denied", revision=2, until=0))
    expired = event(5, msgspec.structs.replace(NOTICE, state="expired", revision=3, until=0))
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(
            item(),
            item(decision="altered", changes=["text"]),
            item(about=notice, decision="held", rule="my-number"),
            decided(item(about=denied, decision="denied")),
            item(about=expired, decision="expired"),
            decided(item(about=event(6), decision="released")),
            decided(item(about=event(7), decision="released", changes=["text"])),
            item(decision="refused", reason=Reason.ROOM_NOT_ALLOWED),
            item(event=None, decision="refused", reason=Reason.BAD_SIGNATURE),
        )
        await until(lambda: len(transform.verdicts()) == 9)
    assert list(dict(sorted(transform.verdicts().items())).values()) == [
        Verdict.DELIVERED,
        Verdict.ALTERED,
        Verdict.HELD,
        Verdict.REFUSED,
        Verdict.REFUSED,
        Verdict.DELIVERED,
        Verdict.ALTERED,
        Verdict.REFUSED,
        Verdict.REFUSED,
    ]
    releases = [each.release.decision for each in far.events if each.release]
    assert releases == ["pass", "altered", "held", "refused", "refused", "released", "released"]
    assert transform.reason(4) is Reason.DENIED
    assert transform.reason(8) is Reason.ROOM_NOT_ALLOWED
    assert words(leaves(folder))[-1] == ("event.barred", "bad-signature")
    demand_a_leaf_for_each_release(folder, far)

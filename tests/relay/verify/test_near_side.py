"""A far zone that was taken over, on a lane with looks: nothing it does reaches the near side.

The looks themselves are too far apart for these tests; what one tells is asked of `NearSide`.
"""

import asyncio
from pathlib import Path

import pytest

from relay.verify.near_side import NearSide, Room
from relay.verify.release_store import Backlog
from relay.verify.service import resume_lane
from tests.relay.verify.log import all_leaves, halted, leaves, words
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    LANE,
    clock,
    event,
    file_event,
    item,
    make_node,
    running,
    until,
    until_status,
)
from wire.audit.tlog import TreeHead
from wire.chain import Chain
from wire.frames import FrameType
from wire.reasons import Reason
from wire.receipts import Flag, Verdict
from wire.records import Acknowledgement, Progress

TEXT = b"\xe5\xae\x89\xe5\x85\xa8\r\n"
ROOM = Room(events=100, bytes=1_000)


@pytest.fixture
def folder(root: Path) -> Path:
    """A lane that looks at its far zone once a day."""
    return make_node(root, **{"receipts.look_s": 86_400})


async def test_what_is_released_is_delivered_whether_or_not_the_far_zone_has_it(
    folder: Path,
) -> None:
    transform = Transform(folder)
    async with running(folder), transform.connected():
        await transform.hand_over(item(), item(about=file_event(2, TEXT)))
        await transform.send_file(TEXT)
        await until(lambda: len(transform.verdicts()) == 2)
        status = await until_status(folder, lambda status: status.sealed == 2)
    assert set(transform.verdicts().values()) == {Verdict.DELIVERED}
    assert status.acknowledged == 0


async def test_an_acknowledgement_says_nothing_to_the_near_side(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder, acknowledges=False, witnesses=False)
    async with running(folder), transform.connected():
        await transform.hand_over(item(), item())
        await until(lambda: len(transform.verdicts()) == 2)
        async with far.connected():
            await until(lambda: len(far.events) == 2)
            heard = list(transform.progress)
            await far.acknowledge()
            await until_status(folder, lambda status: status.acknowledged == 2)
        # Whatever was said of the two before is on the link before what is said of the third.
        await transform.hand_over(item(about=event(3)))
        await until(lambda: len(transform.verdicts()) == 3)
    told = transform.progress[len(heard) :]
    assert {progress.last for progress in told} == {3}
    assert {tree.flags for tree in transform.trees} == {Flag.NONE}


async def test_verdicts_that_were_not_settled_come_again_before_the_far_zone_has_come(
    folder: Path,
) -> None:
    transform = Transform(folder)
    async with running(folder):
        async with transform.connected():
            await transform.hand_over(item(), item())
            await until(lambda: len(transform.verdicts()) == 2)
        transform.progress.clear()
        async with transform.connected():
            await until(lambda: len(transform.verdicts()) == 2)
            transform.settled = 2
            await transform.greet()
            far = FarZone(folder)
            async with far.connected():
                await until_status(folder, lambda status: status.acknowledged == 2)
    assert [each.hlc for each in far.events] == [1, 1]


ERRORS: dict[Reason, tuple[FrameType, bytes]] = {
    Reason.MALFORMED: (FrameType.ACKNOWLEDGEMENT, b"SKX1" + bytes(52)),
    Reason.BAD_SIZE: (FrameType.ACKNOWLEDGEMENT, b""),
    Reason.WRONG_TYPE: (FrameType.CHUNK, bytes(40)),
    Reason.WRONG_EPOCH: (
        FrameType.ACKNOWLEDGEMENT,
        Acknowledgement(LANE, 2, 1, "ab" * 32).encode(),
    ),
}


async def err(folder: Path, reason: Reason, counted: dict[Reason, int]) -> None:
    """Be greeted and send what must not be sent, until that is counted."""
    far = FarZone(folder)
    async with far.connected():
        await until(lambda: far.tree is not None)  # it was greeted
        await far.send(*ERRORS[reason])
        await until(lambda: far.closed)
    await until_status(folder, lambda status: status.far_refused == counted)


@pytest.mark.parametrize("look_s", [0, 86_400])
@pytest.mark.parametrize("reason", ERRORS)
async def test_an_error_of_the_far_zone_is_counted_and_no_record(
    root: Path, reason: Reason, look_s: int
) -> None:
    folder = make_node(root, **{"receipts.look_s": look_s})
    async with running(folder):
        await err(folder, reason, {reason: 1})
        await err(folder, reason, {reason: 2})
    assert words(all_leaves(folder)) == [("stage.started", None), ("stage.stopped", None)]


GRAVE: dict[Reason, FarZone] = {
    Reason.ROLLBACK: FarZone(Path(), chain=Chain(1, 5, "ab" * 32)),
    Reason.FORK: FarZone(Path(), chain=Chain(1, 2, "ab" * 32)),
}


@pytest.mark.parametrize("reason", GRAVE)
async def test_a_far_zone_that_gravely_errs_is_handed_nothing_and_the_near_side_goes_on(
    folder: Path, reason: Reason
) -> None:
    transform, honest = Transform(folder), FarZone(folder)
    liar = FarZone(folder, chain=GRAVE[reason].chain)
    async with running(folder), transform.connected():
        await transform.hand_over(item(), item())
        await until(lambda: len(transform.verdicts()) == 2)
        async with liar.connected():
            await until(lambda: liar.closed)
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 3)
        async with honest.connected():
            await until(lambda: honest.closed)
    async with running(folder), honest.connected():  # a restart forgets nothing
        await until(lambda: honest.closed)
        status = await until_status(folder, lambda status: status.far_stopped is reason)
    assert (liar.events, honest.events) == ([], [])
    assert (status.halted, halted(folder)) == (None, None)
    assert {each for each, _ in words(leaves(folder))} == {"event.released"}
    assert {tree.flags for tree in transform.trees} == {Flag.NONE}
    await resume_lane(folder, "op_1", clock=clock)
    async with running(folder), honest.connected():
        await until(lambda: len(honest.events) == 3)


async def test_a_witness_ahead_of_the_log_stops_only_what_is_handed_out(folder: Path) -> None:
    far = FarZone(folder, tree=TreeHead(1_000, bytes(32)))
    async with running(folder), far.connected():
        await until(lambda: far.closed)
        await until_status(folder, lambda status: status.far_stopped is Reason.ROLLBACK)
    assert halted(folder) is None


def waiting(events: int, size: int = 0) -> Backlog:
    return Backlog(events, size, 0, None)


def near_side(look_s: int) -> tuple[NearSide, "asyncio.Queue[Progress | None]"]:
    near, news = NearSide(lambda: 0, ROOM, look_s), asyncio.Queue[Progress | None]()
    near.news = news
    return near, news


def test_a_look_tells_whether_the_far_zone_is_there_and_nothing_does_between_two_looks() -> None:
    near, news = near_side(60)
    for is_away in (True, True, False, False, True):
        before = near.flags()
        near.far.since = 1 if is_away else None
        near._far_changed()
        assert (near.flags(), news.qsize()) == (before, 0)
        near.look(waiting(0))
        assert near.flags() is (Flag.FAR_DOWN if is_away else Flag.NONE)
        assert news.qsize() == (near.flags() is not before)
        while not news.empty():
            assert news.get_nowait() is None


def test_without_looks_the_near_side_hears_at_once_that_the_far_zone_has_left() -> None:
    near, news = near_side(0)
    near.far.since = 1
    near._far_changed()
    assert (near.flags(), news.qsize()) == (Flag.FAR_DOWN, 1)


@pytest.mark.parametrize(
    ("three", "two", "less"), [((60, 0), (40, 0), (39, 0)), ((0, 600), (0, 400), (0, 399))]
)
def test_what_a_look_found_full_has_room_only_at_a_look_that_finds_much_room(
    three: tuple[int, int], two: tuple[int, int], less: tuple[int, int]
) -> None:
    near, _ = near_side(60)
    assert near.has_room(waiting(*three))  # nobody has looked
    near.look(waiting(*three))
    assert not near.has_room(waiting(0))
    near.look(waiting(*two))
    assert not near.has_room(waiting(0))
    near.look(waiting(*less))
    assert near.has_room(waiting(59))


def test_what_waits_is_bounded_between_two_looks_as_well() -> None:
    near, _ = near_side(60)
    near.look(waiting(0))
    assert near.has_room(waiting(99, 999))
    assert not near.has_room(waiting(100))
    assert not near.has_room(waiting(0, 1_000))


async def test_a_lane_that_was_full_goes_on_once_the_far_zone_has_come(
    root: Path,
) -> None:
    folder = make_node(root, max_waiting=3, **{"receipts.look_s": 1})
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        for number in range(5):
            await transform.hand_over(item(about=event(number + 1)))
        async with far.connected():
            await until(lambda: len(transform.verdicts()) == 5)
            await until(lambda: len(far.events) == 5)

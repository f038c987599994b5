"""A transform stage that was taken over, at the link: what it may not even send (T14)."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from relay import normal_form
from relay.normal_form import Transfer, TransferBatch
from relay.verify import service
from tests.relay.verify.log import (
    halted,
    leaves,
    words,
)
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    LANE,
    POLICY_SHA256,
    SITE,
    an_id,
    clock,
    event,
    file_event,
    item,
    make_node,
    running,
    until,
)
from wire.bodies import KINDS, MessagePost
from wire.events import FileRef
from wire.fields import MAX_EVENT_BYTES
from wire.frames import HEADER, FrameType, write_chunk
from wire.lane import Lane
from wire.payload import GENESIS
from wire.reasons import Reason
from wire.receipts import Flag, Verdict
from wire.records import Hello

SAFE = b"\xe5\xae\x89\xe5\x85\xa8\r\n"


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(
        root, kinds=sorted(KINDS - {"member.set"}), max_file_bytes=1_000_000, private_use=False
    )


def batch_of(*items: Transfer, **changes: object) -> bytes:
    batch = TransferBatch(1, SITE, LANE, GENESIS, POLICY_SHA256, list(items) or [item()])
    return normal_form.encode(msgspec.structs.replace(batch, **changes))


def normal_frame(body: bytes) -> bytes:
    return HEADER.pack(b"SK", FrameType.NORMAL, 1, len(body)) + body


def tampered(old: bytes, new: bytes) -> bytes:
    """Return a frame with a plain batch, in which the first `old` is `new`."""
    return normal_frame(batch_of().replace(old, new, 1))


def chunk_frame(sha256: str, index: int, piece: bytes) -> bytes:
    body = write_chunk(sha256, index, piece)
    return HEADER.pack(b"SK", FrameType.CHUNK, 1, len(body)) + body


BY_HASH = hashlib.sha256(SAFE).hexdigest()

REFUSED: dict[str, tuple[bytes, Reason]] = {
    "not a frame": (b"GET / HTTP/1.1\r\n\r\n", Reason.MALFORMED),
    "a frame of another version": (HEADER.pack(b"SK", FrameType.NORMAL, 2, 0), Reason.MALFORMED),
    "a frame of no type": (HEADER.pack(b"SK", 99, 1, 0), Reason.WRONG_TYPE),
    "an envelope": (HEADER.pack(b"SK", FrameType.ENVELOPE, 1, 0), Reason.WRONG_TYPE),
    "an acknowledgement": (HEADER.pack(b"SK", FrameType.ACKNOWLEDGEMENT, 1, 0), Reason.WRONG_TYPE),
    "a frame of a gigabyte": (HEADER.pack(b"SK", FrameType.NORMAL, 1, 1 << 30), Reason.BAD_SIZE),
    "not JSON": (normal_frame(b"\xff\x00"), Reason.MALFORMED),
    "deep nesting": (normal_frame(b"[" * 100_000), Reason.MALFORMED),
    "space between members": (tampered(b",", b", "), Reason.NOT_CANONICAL),
    "a member twice": (tampered(b'{"v":1', b'{"v":1,"v":1'), Reason.NOT_CANONICAL),
    "an unknown member": (tampered(b'{"v":1', b'{"v":1,"w":1'), Reason.MALFORMED),
    "an unknown kind": (tampered(b"message.post", b"message.sign"), Reason.MALFORMED),
    "no items": (normal_frame(batch_of(items=[])), Reason.MALFORMED),
    "more items than a batch has": (normal_frame(batch_of(items=[item()] * 513)), Reason.MALFORMED),
    "items out of order": (normal_frame(batch_of(item(1), item(3))), Reason.MALFORMED),
    "an id that is none": (tampered(b"ms_", b"ms/"), Reason.OUT_OF_BOUNDS),
    "a batch of another site": (normal_frame(batch_of(site="elsewhere")), Reason.WRONG_LINK),
    "a batch of the other lane": (normal_frame(batch_of(lane=Lane.EXPORT)), Reason.WRONG_LINK),
    "an item left out": (normal_frame(batch_of(item(2))), Reason.GAP),
    "a piece of no file": (chunk_frame(BY_HASH, 0, SAFE), Reason.UNANNOUNCED),
    "an empty piece": (
        HEADER.pack(b"SK", FrameType.CHUNK, 1, 36) + bytes(36),
        Reason.BAD_SIZE,
    ),
    "a piece without those before": (
        normal_frame(batch_of(item(about=file_event(1, SAFE)))) + chunk_frame(BY_HASH, 1, SAFE),
        Reason.GAP,
    ),
    "a cosignature of nobody": (
        HEADER.pack(b"SK", FrameType.COSIGNATURE, 1, 7) + b"0\nxyz()",
        Reason.BAD_SIZE,
    ),
    "a HELLO of the other lane": (
        HEADER.pack(b"SK", FrameType.HELLO, 1, 72)
        + Hello(Lane.EXPORT, 1, 0, GENESIS, 0, 0).encode(),
        Reason.WRONG_LINK,
    ),
}


@pytest.mark.parametrize("behaviour", REFUSED)
async def test_a_link_is_refused_and_may_be_dialled_again(folder: Path, behaviour: str) -> None:
    bad, reason = REFUSED[behaviour]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), far.connected():
        async with transform.connected():
            await transform.send_raw(bad)
            await until(lambda: transform.closed)
        assert far.events == []
        again = Transform(folder, n=transform.taken, head=transform.head_taken)
        async with again.connected():
            await again.hand_over(item(about=event(9)))
            await until(lambda: again.verdicts().get(again.n) is Verdict.DELIVERED)
    assert [each.hlc for each in far.events] == [9]
    assert words(leaves(folder)) == [("link.refused", reason), ("event.released", None)]


async def test_policy_that_was_not_read_here_releases_nothing(folder: Path) -> None:
    transform, far = Transform(folder, policy_sha256="ab" * 32), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(), item())
        await until(lambda: len(transform.verdicts()) == 2)
    assert far.events == []
    assert words(leaves(folder)) == [("event.barred", "no-authority")] * 2


async def test_a_second_content_under_one_number_halts_the_lane(folder: Path) -> None:
    await demand_fork(folder, [batch_of(item(about=event(1)))], batch_of(item(about=event(2))))


async def test_a_batch_that_follows_another_than_ours_halts_the_lane(folder: Path) -> None:
    await demand_fork(folder, [batch_of(item())], batch_of(item(2), prev="cd" * 32))


async def test_a_batch_across_a_boundary_halts_the_lane(folder: Path) -> None:
    first = batch_of(item(1))
    second = batch_of(item(2), prev=normal_form.digest(first))
    await demand_fork(folder, [first, second], batch_of(item(1), item(2)))


async def demand_fork(folder: Path, good: list[bytes], bad: bytes) -> FarZone:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder):
        async with transform.connected(), far.connected():
            for each in good:
                await transform.send(FrameType.NORMAL, each)
            await until(lambda: transform.taken == len(good) == len(far.events))
            await transform.send(FrameType.NORMAL, bad)
            await until(lambda: transform.closed)
            await until(lambda: far.closed)
        before = len(far.events)
        async with transform.connected(), far.connected():
            await until(lambda: transform.closed)
            await until(lambda: far.closed)
    assert transform.trees[-1].flags is Flag.HALT
    assert halted(folder) is Reason.FORK
    assert len(far.events) == before
    assert words(leaves(folder))[len(good) :] == [("lane.halted", "fork")]
    return far


async def test_a_halted_lane_stays_halted_over_a_restart_until_it_is_resumed(folder: Path) -> None:
    good = batch_of(item(about=event(1)))
    far = await demand_fork(folder, [good], batch_of(item(about=event(2))))
    transform = Transform(folder, n=1, head=normal_form.digest(good))
    async with running(folder), transform.connected():
        await until(lambda: transform.closed)
    await service.resume_lane(folder, an_id("us", 5), clock=clock)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=event(2)))
        await until(lambda: len(far.events) == 2)
    resumed = next(each for each in leaves(folder) if each["ev"] == "lane.resumed")
    assert resumed["reason"] == "fork"
    assert an_id("us", 5) not in str(resumed)


async def test_the_longest_event_with_its_release_is_let_through(folder: Path) -> None:
    wide = "\U00020000"  # four bytes in UTF-8
    files = [FileRef(an_id("fl", i), wide * 100, wide * 100, 1, None) for i in range(10)]
    about = event(1, MessagePost(wide * 8_000, an_id("ms")), files)
    longest = item(about=about, decision="altered", changes=[wide * 64] * 32)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(*[longest] * 10)
        await until(lambda: len(transform.verdicts()) == 10)
    assert len(msgspec.json.encode(far.events[0])) < MAX_EVENT_BYTES
    # Ten of them are more than one payload holds.
    assert [len(each.payload.events) for each in far.envelopes] == [5, 5]


async def test_the_hash_of_a_source_file_stays_on_this_side(folder: Path) -> None:
    files = [FileRef(an_id("fl"), "資料.txt", "text/plain", 1, "ab" * 32)]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=event(1, MessagePost("見てください"), files)))
        await until(lambda: len(far.events) == 1)
    assert [file.sha256 for file in far.events[0].files] == [None]

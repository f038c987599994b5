"""A transform stage that has been taken over (threat T14): whatever it does, nothing gets past.

Each behaviour ends in one of three ways, and each is on record with its reason: the item is
barred and the lane goes on; the link is refused; or the lane halts.
"""

import hashlib
from pathlib import Path

import msgspec
import pytest

from relay import normal
from relay.normal import Batch, Item
from relay.verify.service import resume
from tests.relay.verify import pictures
from tests.relay.verify.log import (
    demand_a_leaf_for_each_release,
    halted,
    leaves,
    published,
    words,
)
from tests.relay.verify.peers import (
    LANE,
    POLICY_SHA256,
    SITE,
    FarZone,
    Transform,
    an_id,
    clock,
    event,
    file_event,
    item,
    make_node,
    running,
    until,
)
from wire.bounds import MAX_EVENT_BYTES
from wire.events import (
    KINDS,
    Event,
    FileReady,
    FileRef,
    MemberSet,
    MessageEdit,
    MessagePost,
    ProfileSet,
    ReactionSet,
    RelayNotice,
    Release,
    RoomPut,
)
from wire.frames import HEADER, FrameType, write_chunk
from wire.lane import Lane
from wire.payload import GENESIS
from wire.reasons import Reason
from wire.receipts import Flag, Verdict
from wire.records import Hello

SAFE = b"\xe5\xae\x89\xe5\x85\xa8\r\n"
HIDDEN = "予\u200b算\r\n".encode()
SOURCE = b"MZ\x90\x00 this is what the near zone sent"
NOTICE = RelayNotice(an_id("ms", 7), "held", 1, "message.post", "my-number")


def says(text: str) -> Item:
    return item(about=event(1, MessagePost(text)))


def is_file(**changes: object) -> Item:
    return item(about=file_event(1, SAFE, **changes))


def named(name: str) -> Item:
    return item(
        about=event(1, MessagePost("見てください"), [FileRef(an_id("fl"), name, "", 1, None)])
    )


UNCLEAN_TEXTS = {
    "bidi override": "承認\u202e済み",
    "bidi isolate": "\u2066名前\u2069",
    "zero-width space": "予\u200b算",
    "zero-width joiner between letters": "予\u200d算",
    "word joiner": "予\u2060算",
    "byte order mark": "\ufeff予算",
    "soft hyphen": "bud\u00adget",
    "tag characters": "予算\U000e0048\U000e0069",
    "hangul filler": "予\u3164算",
    "blank braille": "予\u2800算",
    "selector without a registered base": "予\U000e01ef算",
    "selector after a letter": "a\ufe0f",
    "control character": "予\x1b[31m算",
    "next line": "予\x85算",
    "line separator": "予\u2028算",
    "annotation": "\ufff9予\ufffa算\ufffb",
    "noncharacter": "予\ufdd0算",
    "unassigned": "予\U0002fffd算",
    "private use, against the settings": "予\ue000算",
    "not in NFC": "カ\u3099",
    "towering marks": "e" + "\u0330" * 31,
}

BARRED: dict[str, tuple[Item, Reason]] = {
    **{f"says: {name}": (says(text), Reason.UNCLEAN_TEXT) for name, text in UNCLEAN_TEXTS.items()},
    "edits with hidden characters": (
        item(about=event(1, MessageEdit(an_id("ms"), "予\u200b算"))), Reason.UNCLEAN_TEXT,
    ),
    "a room's name of two lines": (
        item(about=event(1, RoomPut(name="一\n二"))), Reason.UNCLEAN_TEXT,
    ),
    "a person's name with an override": (
        item(about=event(1, ProfileSet(an_id("us"), name="\u202e長町"))), Reason.UNCLEAN_TEXT,
    ),
    "a stamp that hides something": (
        item(about=event(1, ReactionSet(an_id("ms"), "\U000e0041", True))), Reason.UNCLEAN_TEXT,
    ),
    "a file name that runs backwards": (named("\u202egnp.exe"), Reason.UNCLEAN_TEXT),
    "a change that carries a payload": (
        item(decision="altered", changes=["a\u200bb"]), Reason.UNCLEAN_TEXT,
    ),
    "a file that is a path": (is_file(name="../資料.txt"), Reason.UNCLEAN_TEXT),
    "a hidden file": (is_file(name=".profile"), Reason.UNCLEAN_TEXT),
    "what was removed is named in tags": (
        is_file(removed=[("\U000e0041", 1)]), Reason.UNCLEAN_TEXT,
    ),
    "a kind that is not allowed": (
        item(about=event(1, MemberSet(an_id("us"), "owner"))), Reason.KIND_NOT_ALLOWED,
    ),
    "released by nobody": (item(decision="released"), Reason.NO_AUTHORITY),
    "a release of its own making": (
        item(about=msgspec.structs.replace(event(1), release=Release(0, GENESIS, "pass"))),
        Reason.NO_AUTHORITY,
    ),
    "a held event itself": (item(decision="held"), Reason.NO_AUTHORITY),
    "a denied event itself": (item(decision="denied"), Reason.NO_AUTHORITY),
    "a notice that passes": (item(about=event(1, NOTICE)), Reason.NO_AUTHORITY),
    "a notice of something else": (
        item(about=event(1, NOTICE), decision="denied"), Reason.NO_AUTHORITY,
    ),
    "a notice of an unknown kind": (
        item(about=event(1, msgspec.structs.replace(NOTICE, what="x")), decision="held"),
        Reason.NO_AUTHORITY,
    ),
    "nothing that passes": (item(about=None, event=None), Reason.NO_AUTHORITY),
    "files of a reaction": (
        item(about=event(1, ReactionSet(an_id("ms"), "+1", True),
                         [FileRef(an_id("fl"), "a", "", 1, None)])),
        Reason.NO_AUTHORITY,
    ),
    "a refused file with bytes": (
        item(about=file_event(1, SAFE, state="refused"), decision="refused"), Reason.NO_AUTHORITY,
    ),
    "a clean file that was altered": (
        item(about=file_event(1, SAFE), decision="altered"), Reason.NO_AUTHORITY,
    ),
    "a file without bytes": (is_file(sha256=None), Reason.FILE_CHECK),
    "a program as a file": (is_file(media="application/x-msdownload"), Reason.FILE_KIND),
    "a file of no size": (is_file(size=0), Reason.FILE_TOO_LARGE),
    "a file that is too large": (is_file(size=2_000_000), Reason.FILE_TOO_LARGE),
    "a refusal in words of its own": (
        item(about=file_event(1, SAFE, state="refused", sha256=None, reason="call-me"),
             decision="refused"),
        Reason.NO_AUTHORITY,
    ),
}  # fmt: skip


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(
        root, kinds=sorted(KINDS - {"member.set"}), max_file_bytes=1_000_000, private_use=False
    )


@pytest.mark.parametrize("behaviour", BARRED)
async def test_an_item_is_barred_and_the_lane_goes_on(folder: Path, behaviour: str) -> None:
    bad, reason = BARRED[behaviour]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(bad, item(about=event(2)))
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.REFUSED, 2: Verdict.DELIVERED}
    assert transform.reason(1) is reason
    assert states_told_of(far, 1) == (["refused"] if reason is Reason.FILE_CHECK else [])
    assert words(leaves(folder))[0][1] == reason
    assert published(folder) == 2
    demand_a_leaf_for_each_release(folder, far)


def states_told_of(far: FarZone, lc: int) -> list[str]:
    """Return what the far zone heard of the file whose event has this count."""
    return [
        each.body.state for each in far.events if isinstance(each.body, FileReady) and each.lc == lc
    ]


def as_png(data: bytes, **changes: object) -> tuple[Event, bytes]:
    return file_event(1, data, name="図.png", media="image/png", **changes), data


BYTES: dict[str, tuple[Event, bytes]] = {
    "the source's own bytes": (file_event(1, SOURCE), SOURCE),
    "the source's own bytes as a picture": as_png(SOURCE),
    "a picture under another name": (file_event(1, pictures.PNG), pictures.PNG),
    "text as a picture": as_png(SAFE),
    "a payload in a comment": as_png(pictures.WITH_A_COMMENT),
    "a payload in a chunk of its own": as_png(pictures.WITH_A_PRIVATE_CHUNK),
    "an archive behind the end": as_png(pictures.WITH_A_TAIL),
    "more pixels than there are": as_png(pictures.WITH_A_BOMB),
    "pixels to spare": as_png(pictures.WITH_PIXELS_TO_SPARE),
    "bytes behind the pixels": as_png(pictures.WITH_BYTES_BEHIND_THE_PIXELS),
    "a wrong checksum": as_png(pictures.WITH_A_WRONG_CHECKSUM),
    "cut short": as_png(pictures.CUT_SHORT),
    "not a stream of pixels": as_png(pictures.WITH_NO_STREAM),
    "text with hidden characters": (
        file_event(1, "予\u200b算\r\n".encode()),
        "予\u200b算\r\n".encode(),
    ),
    "text that is not UTF-8": (file_event(1, b"\x82\xa0\r\n"), b"\x82\xa0\r\n"),
    "bytes of another hash": (file_event(1, SAFE), "安心\r\n".encode()),
    "more bytes than announced": (file_event(1, SAFE, size=len(SAFE) - 1), SAFE),
    "bytes that never end": (file_event(1, SAFE), SAFE * 500_000),
}


@pytest.mark.parametrize("behaviour", BYTES)
async def test_a_file_is_refused_and_the_far_zone_is_told_so(folder: Path, behaviour: str) -> None:
    about, data = BYTES[behaviour]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=about), item(about=event(2)))
        await until(lambda: 2 in transform.verdicts())
        await transform.send_file(data, name=announced(about))
        await until(lambda: 1 in transform.verdicts())
        await until(lambda: len(far.events) == 2)
        assert not transform.closed
    assert transform.verdicts()[1] is Verdict.REFUSED
    assert transform.reason(1) is Reason.FILE_CHECK
    assert states_told_of(far, 1) == ["refused"]
    assert far.pieces == 0
    assert list((folder / "expected").iterdir()) == []
    assert words(leaves(folder)) == [("event.released", None), ("event.released", "file-check")]
    demand_a_leaf_for_each_release(folder, far)


def announced(about: Event) -> str:
    assert isinstance(about.body, FileReady)
    assert about.body.sha256 is not None
    return about.body.sha256


def batch_of(*items: Item, **changes: object) -> bytes:
    batch = Batch(1, SITE, LANE, GENESIS, POLICY_SHA256, list(items) or [item()])
    return normal.encode(msgspec.structs.replace(batch, **changes))


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
        HEADER.pack(b"SK", FrameType.CHUNK, 1, 36) + bytes(36), Reason.BAD_SIZE,
    ),
    "a piece without those before": (
        normal_frame(batch_of(item(about=file_event(1, SAFE)))) + chunk_frame(BY_HASH, 1, SAFE),
        Reason.GAP,
    ),
    "a cosignature of nobody": (
        HEADER.pack(b"SK", FrameType.COSIGNATURE, 1, 7) + b"0\nxyz()", Reason.BAD_SIZE,
    ),
    "a HELLO of the other lane": (
        HEADER.pack(b"SK", FrameType.HELLO, 1, 72)
        + Hello(Lane.EXPORT, 1, 0, GENESIS, 0, 0).encode(),
        Reason.WRONG_LINK,
    ),
}  # fmt: skip


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
    assert [each.lc for each in far.events] == [9]
    assert words(leaves(folder)) == [("link.refused", reason), ("event.released", None)]


async def test_a_refusal_repeated_leaves_one_record_a_second(folder: Path) -> None:
    transform = Transform(folder)
    async with running(folder):
        for _ in range(5):
            async with transform.connected():
                await transform.send_raw(b"GET / HTTP/1.1\r\n")
                await until(lambda: transform.closed)
    assert words(leaves(folder)) == [("link.refused", "malformed")]


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
    second = batch_of(item(2), prev=normal.digest(first))
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
    transform = Transform(folder, n=1, head=normal.digest(good))
    async with running(folder), transform.connected():
        await until(lambda: transform.closed)
    await resume(folder, an_id("us", 5), clock=clock)
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

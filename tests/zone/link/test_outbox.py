"""The way out of a zone: what goes first, and what a relay's receipts can and cannot do."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runtime.links import UnixEndpoint
from runtime.sessions import run_session
from tests.zone.attaching import attach
from tests.zone.conftest import SITE, Place
from tests.zone.relay import Relay, key_of, keyring
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import FrameType, read_chunk
from wire.keys import KeyRole
from wire.lane import Lane
from wire.payload import GENESIS
from wire.reasons import Reason, Refused
from wire.receipts import Flag, LaneStatus, seal_receipt
from zone.copy import blobs
from zone.link.chains import chain_position
from zone.link.outbox import Outbox
from zone.link.witness import Witness

LANE = Lane.EXPORT
PIECES = 40


class Way:
    """A zone's outbox, and the relay at the other end."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.relay = Relay(folder / "r.sock", LANE)
        self.ticks = 0
        self.witness = Witness(place.store, keyring(), key_of(KeyRole.WITNESS_LGWAN), SITE)
        endpoint = UnixEndpoint(self.relay.path)
        self.outbox = Outbox(place.store, LANE, keyring(), endpoint, self.witness)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["asyncio.Task[Exception | None]"]:
        """Connect, and yield the session."""
        async with self.relay.serving():
            session = asyncio.create_task(run_session(self.outbox.session()))
            await self.relay.got(FrameType.HELLO)
            try:
                yield session
            finally:
                session.cancel()
                await asyncio.wait([session])

    async def receipt(self, *, high: int = 0, flags: Flag = Flag.NONE) -> LaneStatus:
        """Return a receipt that says the relay has taken in events up to `high`."""
        self.ticks += 1
        row = await self.place.store.read(
            lambda db: db.execute("SELECT sha256 FROM outbox WHERE last = ?", (high,)).fetchone()
        )
        return LaneStatus(LANE, 1, high, row[0] if row else GENESIS, self.ticks, flags)

    async def sealed(self) -> int:
        chain, _ = await self.place.store.read(lambda db: chain_position(db, LANE))
        return chain.high

    async def attach(self) -> Path:
        """Post a message with a file of `PIECES` pieces; return where its bytes are."""
        data = os.urandom(PIECES * MAX_CHUNK_BYTES)
        _, sha256 = await attach(self.place.store, "a.jpg", "image/jpeg", data)
        return blobs.path_of(self.place.store.blobs, sha256)


@pytest.fixture
def way(lgwan: Place, tmp_path: Path) -> Way:
    return Way(lgwan, tmp_path)


async def test_nothing_is_sent_before_the_relay_has_said_where_it_stands(way: Way) -> None:
    async with way.open():
        await asyncio.sleep(0.1)
        assert [kind for kind, _ in way.relay.came] == [FrameType.HELLO]
        await way.relay.tell(await way.receipt())
        await way.relay.got(FrameType.ENVELOPE)


async def test_text_overtakes_the_bytes_of_a_file(way: Way) -> None:
    """What is said while a file is on its way does not wait for the file's end."""
    await way.attach()
    async with way.open():
        await way.relay.tell(await way.receipt())
        await way.relay.got(FrameType.ENVELOPE)
        way.relay.reading.clear()  # the line is slow: what is sent piles up
        await way.relay.tell(await way.receipt(high=await way.sealed()))
        await asyncio.sleep(0.2)
        await way.place.say("急ぎます")
        sent_before = len([1 for kind, _ in way.relay.came if kind is FrameType.ENVELOPE])
        way.relay.reading.set()
        await way.relay.got(FrameType.CHUNK, PIECES)
    kinds = [kind for kind, _ in way.relay.came]
    text = [i for i, kind in enumerate(kinds) if kind is FrameType.ENVELOPE][sent_before]
    behind = [i for i, kind in enumerate(kinds) if kind is FrameType.CHUNK and i > text]
    assert len(behind) > PIECES // 2


@pytest.mark.parametrize("left", [None, 0, MAX_CHUNK_BYTES + 7, (PIECES + 1) * MAX_CHUNK_BYTES])
async def test_a_file_whose_bytes_are_lost_is_sent_in_its_size(way: Way, left: int | None) -> None:
    """The relay sees that it is another one and gives it up, instead of waiting for ever."""
    path = await way.attach()
    if left is None:
        path.unlink()
    else:
        os.truncate(path, left)
    async with way.open() as session:
        await way.relay.tell(await way.receipt())
        await way.relay.got(FrameType.ENVELOPE)
        await way.relay.tell(await way.receipt(high=await way.sealed()))
        pieces = [
            read_chunk(await way.relay.got(FrameType.CHUNK, number))
            for number in range(1, PIECES + 1)
        ]
        await way.place.say("続けます")
        await way.relay.got(FrameType.ENVELOPE, 2)
        assert not session.done()
    assert [(index, len(data)) for _, index, data in pieces] == [
        (index, MAX_CHUNK_BYTES) for index in range(PIECES)
    ]
    assert len([1 for kind, _ in way.relay.came if kind is FrameType.CHUNK]) == PIECES


async def test_a_full_relay_is_left_in_peace_until_it_says_otherwise(way: Way) -> None:
    async with way.open():
        await way.relay.tell(await way.receipt(flags=Flag.HOLD))
        await way.place.say("待てますか")
        await asyncio.sleep(0.2)
        assert FrameType.ENVELOPE not in [kind for kind, _ in way.relay.came]
        await way.relay.tell(await way.receipt())
        await way.relay.got(FrameType.ENVELOPE)


@pytest.mark.parametrize(
    ("lane", "role", "reason"),
    [
        (Lane.EXPORT, KeyRole.EXPORT_RELEASE, Reason.BAD_SIGNATURE),
        (Lane.EXPORT, KeyRole.IMPORT_RECEIPT, Reason.BAD_SIGNATURE),
        (Lane.IMPORT, KeyRole.EXPORT_RECEIPT, Reason.WRONG_LINK),
    ],
)
async def test_only_this_lanes_receipts_count(
    way: Way, lane: Lane, role: KeyRole, reason: Reason
) -> None:
    async with way.open() as session:
        forged = seal_receipt(LaneStatus(lane, 1, 0, GENESIS, 1), key_of(role))
        await way.relay.send(FrameType.RECEIPT, forged)
        trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Refused)
    assert trouble.reason is reason


async def test_a_relay_that_claims_more_than_was_made_gets_nothing(way: Way) -> None:
    async with way.open() as session:
        ahead = LaneStatus(LANE, 1, await way.sealed() + 5, "ab" * 32, 1)
        await way.relay.tell(ahead)
        trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Refused)
    assert trouble.reason is Reason.ROLLBACK
    assert FrameType.ENVELOPE not in [kind for kind, _ in way.relay.came]


async def test_after_a_broken_link_it_goes_on_from_where_the_relay_is(way: Way) -> None:
    async with way.open():
        await way.relay.tell(await way.receipt())
        await way.relay.got(FrameType.ENVELOPE)
    high = await way.sealed()
    await way.place.say("つながりましたか")
    before = len(way.relay.came)
    async with way.open():
        await way.relay.got(FrameType.HELLO, 2)
        await way.relay.tell(await way.receipt(high=high))
        await asyncio.sleep(0.3)
    assert [kind for kind, _ in way.relay.came[before:]] == [FrameType.HELLO, FrameType.ENVELOPE]

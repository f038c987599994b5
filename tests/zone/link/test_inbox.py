"""The far zone's door: what comes over the link from the relay, good and bad."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.links import UnixEndpoint
from runtime.sessions import run_session
from tests.zone.conftest import GUEST, ROOM, SITE, STAFF, Place, author
from tests.zone.events import NOW, an_id
from tests.zone.relay import Relay, key_of, keyring
from wire.bodies import MessagePost
from wire.chain import Chain
from wire.events import Event
from wire.frames import FrameType
from wire.keys import KeyRole
from wire.lane import Lane
from wire.reasons import Reason, Refused
from wire.records import Acknowledgement
from zone.copy.messages import find_message
from zone.link.inbox import Inbox
from zone.link.witness import Witness

LANE = Lane.IMPORT


def said(number: int, text: str = "到着しました", uid: str = GUEST) -> Event:
    return Event(an_id("ms", number), number, NOW, ROOM, author(uid), MessagePost(text))


class Door:
    """A zone's inbox, and the relay at the other end."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.relay = Relay(folder / "r.sock", LANE)
        witness = Witness(place.store, keyring(), key_of(KeyRole.WITNESS_LGWAN), SITE)
        self.inbox = Inbox(
            place.store, SITE, LANE, keyring(), UnixEndpoint(self.relay.path), witness
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["asyncio.Task[Exception | None]"]:
        """Connect, and yield the session."""
        async with self.relay.serving():
            session = asyncio.create_task(run_session(self.inbox.session()))
            await self.relay.got(FrameType.HELLO)
            try:
                yield session
            finally:
                session.cancel()
                await asyncio.wait([session])

    async def refuses(self, frame_type: FrameType, body: bytes) -> Reason:
        """Send something bad and return why the session ended."""
        async with self.open() as session:
            await self.relay.send(frame_type, body)
            trouble = await asyncio.wait_for(session, 10)
        assert isinstance(trouble, Refused)
        return trouble.reason

    async def halted(self) -> str | None:
        row = await self.place.store.read(
            lambda db: db.execute("SELECT halted FROM chain WHERE lane = ?", (LANE,)).fetchone()
        )
        return None if row[0] is None else str(row[0])


async def text_of(place: Place, number: int) -> str | None:
    found = await place.store.read(lambda db: find_message(db, place.side, an_id("ms", number)))
    return found.text if found else None


async def test_what_is_released_is_applied_and_then_acknowledged(door: Door) -> None:
    async with door.open():
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(1), said(2, "二")]))
        word = Acknowledgement.decode(await door.relay.got(FrameType.ACKNOWLEDGEMENT))
        assert await text_of(door.place, 2) == "二"
    assert (word.high, word.sha256) == (2, door.relay.chain.head)


async def test_what_comes_again_is_acknowledged_again_and_told_once(door: Door) -> None:
    sealed = door.relay.released([said(1)])
    async with door.open():
        for n in (1, 2, 3):
            await door.relay.send(FrameType.ENVELOPE, sealed)
            await door.relay.got(FrameType.ACKNOWLEDGEMENT, n)
    told = await door.place.store.read(
        lambda db: db.execute("SELECT count(*) FROM log WHERE type = 'message.created'").fetchone()
    )
    assert told == (1,)


async def test_of_what_lies_ahead_the_zone_says_where_it_stands(door: Door) -> None:
    door.relay.released([said(1)])
    async with door.open():
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(2)]))
        word = Acknowledgement.decode(await door.relay.got(FrameType.ACKNOWLEDGEMENT))
    assert word.high == 0
    assert await text_of(door.place, 2) is None


async def test_two_contents_in_one_place_halt_the_lane_for_good(door: Door) -> None:
    async with door.open() as session:
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(1)]))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT)
        other = door.relay.released([said(1, "別の話")], after=Chain())
        await door.relay.send(FrameType.ENVELOPE, other)
        trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Refused)
    assert (trouble.reason, await door.halted()) == (Reason.FORK, "fork")
    async with door.relay.serving():
        again = await run_session(door.inbox.session())
    assert isinstance(again, Refused)
    assert await text_of(door.place, 1) == "到着しました"


async def test_only_the_relay_of_this_lane_is_believed(door: Door) -> None:
    stranger = Relay(door.relay.path, Lane.EXPORT)
    sealed = stranger.released([said(1)])
    assert await door.refuses(FrameType.ENVELOPE, sealed) is Reason.UNKNOWN_KEY


async def test_a_changed_envelope_is_refused(door: Door) -> None:
    sealed = bytearray(door.relay.released([said(1)]))
    sealed[-20] ^= 1
    reason = await door.refuses(FrameType.ENVELOPE, bytes(sealed))
    assert reason in {Reason.BAD_SIGNATURE, Reason.NOT_CANONICAL, Reason.MALFORMED}
    assert await text_of(door.place, 1) is None


async def test_what_its_author_may_not_do_goes_into_quarantine(door: Door) -> None:
    async with door.open():
        events = [said(1, "市長です", STAFF), said(2)]
        await door.relay.send(FrameType.ENVELOPE, door.relay.released(events))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT)
    assert await text_of(door.place, 1) is None
    assert await text_of(door.place, 2) is not None
    kept = await door.place.store.read(
        lambda db: db.execute("SELECT id, reason FROM quarantine").fetchall()
    )
    assert kept == [(an_id("ms", 1), "no-authority")]

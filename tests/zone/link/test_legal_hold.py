"""What LGWAN keeps on record stays, whatever the other zone says over the link."""

from tests.zone.conftest import BOTH, GUEST, STAFF, Place, author
from tests.zone.events import NOW, ROOMS, TENANT, an_id
from tests.zone.link.test_inbox import Door
from wire.bodies import Body, MemberSet, MessagePost, RoomPurge, RoomPut
from wire.events import Author, Event
from wire.frames import FrameType
from wire.ids import mint_id
from zone.conversation import retention
from zone.copy.messages import find_message

ROOM = ROOMS[1]
# Said before it is deleted, and deleted by the daemon there, as what nobody in particular does.
SAID_AT = NOW - 10
SAID = mint_id("ms", now=SAID_AT, entropy=bytes(10))
KEEPER = Author(BOTH, TENANT, retention.KEEPER, "operator")


class Internet:
    """The far zone, which opened a room; whatever it says comes in over the link."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._number = 0

    async def says(self, *bodies: Body) -> None:
        """Have the room's owner say this there, and wait until it was taken in."""
        events = []
        for body in bodies:
            self._number += 1
            is_said = isinstance(body, MessagePost)
            name, at = (SAID, SAID_AT) if is_said else (an_id("ac", self._number), NOW)
            who = KEEPER if isinstance(body, RoomPurge) else author(BOTH)
            events.append(Event(name, self._number, at, ROOM, who, body))
        sent = self._door.relay.released(events)
        before = sum(kind is FrameType.ACKNOWLEDGEMENT for kind, _ in self._door.relay.came)
        await self._door.relay.send(FrameType.ENVELOPE, sent)
        await self._door.relay.got(FrameType.ACKNOWLEDGEMENT, before + 1)

    async def opens_a_room_and_speaks(self) -> None:
        await self.says(
            RoomPut(name="記録", room_kind="talk", scope="shared"),
            MemberSet(BOTH, "owner"),
            MemberSet(GUEST, "member"),
            MessagePost("残すべき発言"),
        )


async def keeps(place: Place, on: bool) -> None:
    body = RoomPut(legal_hold=on)
    await place.store.write(lambda w: w.act(author(STAFF), body, room=ROOM, crosses=True))


async def is_there(place: Place) -> bool:
    return await place.store.read(lambda db: find_message(db, place.side, SAID)) is not None


async def test_what_is_on_hold_is_not_deleted_from_the_zone_that_opened_the_room(
    door: Door,
) -> None:
    async with door.open():
        internet = Internet(door)
        await internet.opens_a_room_and_speaks()
        await keeps(door.place, True)
        await internet.says(RoomPurge(NOW))
        assert await is_there(door.place)
        # Not even once the hold has ended: what was refused does not wait for its time.
        await keeps(door.place, False)
        assert await is_there(door.place)


async def test_what_is_on_no_hold_is_deleted_by_the_zone_that_opened_the_room(door: Door) -> None:
    async with door.open():
        internet = Internet(door)
        await internet.opens_a_room_and_speaks()
        assert await is_there(door.place)
        await internet.says(RoomPurge(NOW))
        assert not await is_there(door.place)

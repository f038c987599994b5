"""What a zone that was taken over cannot do to the other one."""

import pytest

from tests.zone.conftest import BOTH, GUEST, ROOM, STAFF, Place, author
from tests.zone.events import NOW, ROOMS, an_id
from wire.bodies import (
    Body,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    RoomPut,
)
from wire.events import Event
from wire.reasons import Reason
from zone.authority import objection

STRANGER = an_id("us", 77)
LOCAL_ROOM = ROOMS[1]


async def asked(place: Place, uid: str, body: Body, room: str | None = ROOM) -> Reason | None:
    """Return what LGWAN objects to an event of `uid` that came from the internet."""
    event = Event(an_id("ac", 9), 99, NOW, room, author(uid), body)
    return await place.store.read(lambda db: objection(db, event, place.side))


async def test_people_who_use_the_internet_zone_may_speak_there(lgwan: Place) -> None:
    assert await asked(lgwan, GUEST, MessagePost("到着しました")) is None
    assert await asked(lgwan, BOTH, MessagePost("在宅です")) is None


async def test_nobody_on_the_internet_speaks_as_staff_who_only_use_lgwan(lgwan: Place) -> None:
    assert await asked(lgwan, STAFF, MessagePost("市長です")) is Reason.NO_AUTHORITY
    assert await asked(lgwan, STAFF, ReactionSet(an_id("ms", 0), "ok", True)) is Reason.NO_AUTHORITY


@pytest.mark.parametrize(
    "profile",
    [
        ProfileSet(BOTH, name="市長"),
        ProfileSet(STAFF, zones=["internet"]),
        ProfileSet(STAFF, user_kind="guest"),
        ProfileSet(STRANGER, name="新人", user_kind="staff", zones=["internet"]),
    ],
)
async def test_the_staff_directory_is_not_written_from_the_internet(
    lgwan: Place, profile: ProfileSet
) -> None:
    assert await asked(lgwan, GUEST, profile, None) is Reason.NO_AUTHORITY


async def test_the_internet_admits_guests_and_anybody_says_where_he_is(lgwan: Place) -> None:
    guest = ProfileSet(STRANGER, name="業者", user_kind="guest", zones=["internet"])
    assert await asked(lgwan, STRANGER, guest, None) is None
    assert await asked(lgwan, BOTH, ProfileSet(BOTH, status="在宅勤務"), None) is None


async def test_what_was_said_in_lgwan_is_not_edited_from_the_internet(lgwan: Place) -> None:
    message = await lgwan.say("避難指示を出します", BOTH)
    assert await asked(lgwan, BOTH, MessageEdit(message, "出しません")) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, MessageWithdraw(message)) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, MessageWithdraw(message)) is None


async def test_a_room_of_lgwan_alone_is_out_of_reach(lgwan: Place) -> None:
    room = RoomPut(name="庁内", scope="lgwan-only")
    await lgwan.store.write(lambda w: w.act(author(STAFF), room, room=LOCAL_ROOM, crosses=False))
    answer = await asked(lgwan, GUEST, MessagePost("聞こえますか"), LOCAL_ROOM)
    assert answer is Reason.ROOM_NOT_ALLOWED

"""What a zone that was taken over cannot do to the other one."""

import msgspec
import pytest

from tests.zone.conftest import BOTH, GUEST, ROOM, STAFF, Place, author, disbelieved
from tests.zone.events import NOW, ROOMS, an_id
from wire.bodies import (
    Body,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RoomPurge,
    RoomPut,
    TenantPut,
)
from wire.events import Author, Event
from wire.fields import OtherReader
from wire.reasons import Reason
from zone.link import belief
from zone.store.writing import Writing

STRANGER = an_id("us", 77)
LOCAL_ROOM = ROOMS[1]
OPERATOR = msgspec.structs.replace(author(STRANGER), assurance="operator")


async def asked(place: Place, uid: str, body: Body, room: str | None = ROOM) -> Reason | None:
    """Return what LGWAN objects to an event of `uid` that came from the internet."""
    return await said_by(place, author(uid), body, room)


async def said_by(place: Place, who: Author, body: Body, room: str | None = ROOM) -> Reason | None:
    """Return what LGWAN objects to an event that came from the internet."""
    name = an_id("ms" if isinstance(body, MessagePost) else "ac", 9)
    event = Event(name, 99, NOW, room, who, body)
    return await place.store.read(lambda db: disbelieved(place, db, event))


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
    assert await said_by(lgwan, OPERATOR, guest, None) is None
    assert await asked(lgwan, BOTH, guest, None) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, ProfileSet(BOTH, status="在宅勤務"), None) is None


async def test_what_was_said_in_lgwan_is_not_edited_from_the_internet(lgwan: Place) -> None:
    message = await lgwan.say("避難指示を出します", BOTH)
    assert await asked(lgwan, BOTH, MessageEdit(message, "出しません")) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, MessageWithdraw(message)) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, MessageWithdraw(message)) is None


async def known(place: Place, *bodies: Body, room: str | None = None) -> None:
    """Have LGWAN know what its operators and people have said."""
    for body in bodies:
        await place.store.write(
            lambda w, body=body: w.act(author(STAFF), body, room=room, crosses=False)  # type: ignore[misc]
        )


async def test_a_guest_whose_stay_has_ended_says_nothing_more(lgwan: Place) -> None:
    now = lgwan.store.now()
    await known(lgwan, ProfileSet(GUEST, expires=now + 600_000))
    assert await asked(lgwan, GUEST, MessagePost("まだいます")) is None
    await known(lgwan, ProfileSet(GUEST, expires=now - 1))
    assert await asked(lgwan, GUEST, MessagePost("まだいます")) is Reason.NO_AUTHORITY


async def test_a_shared_account_speaks_through_one_of_its_people_only(lgwan: Place) -> None:
    desk = an_id("us", 78)
    profile = ProfileSet(
        desk, name="市民課", user_kind="shared", zones=["internet", "lgwan"], shared_by=[BOTH]
    )
    await known(lgwan, profile)
    await known(lgwan, MemberSet(desk, "member"), room=ROOM)

    async def spoken_by(person: str | None) -> Reason | None:
        who = msgspec.structs.replace(author(desk), person=person)
        return await said_by(lgwan, who, MessagePost("受付中"))

    assert await spoken_by(BOTH) is None
    assert await spoken_by(GUEST) is Reason.NO_AUTHORITY
    assert await spoken_by(None) is Reason.NO_AUTHORITY


async def test_sections_and_municipalities_are_lgwans_to_name(lgwan: Place) -> None:
    for body in (OrgPut(an_id("og", 1), name="偽の課"), TenantPut(an_id("tn", 2), name="偽の市")):
        assert await asked(lgwan, BOTH, body, None) is Reason.NO_AUTHORITY


async def test_the_internet_deletes_nothing_in_rooms_that_lgwan_opened(lgwan: Place) -> None:
    await known(lgwan, RoomPut(name="記録", scope="shared"), room=LOCAL_ROOM)
    for body in (RoomPurge(NOW), RoomPut(legal_hold=False), RoomPut(retention_days=1)):
        for who in (author(BOTH), OPERATOR):
            assert await said_by(lgwan, who, body, LOCAL_ROOM) is Reason.NO_AUTHORITY


async def test_who_has_left_takes_nothing_from_others_and_nobody_reads_for_strangers(
    lgwan: Place,
) -> None:
    """One event says that many have read: it is no longer refused whole because of one of them."""
    said = await lgwan.say("読みましたか", BOTH)
    await known(lgwan, MemberSet(GUEST, "none"), room=ROOM)

    def work(writing: Writing) -> list[tuple[str, int]]:
        count = writing.clock.hlc
        body = ReadSet(
            said,
            count,
            0,
            5,
            [OtherReader(STAFF, 6), OtherReader(BOTH, 7), OtherReader(an_id("us", 77), 8)],
        )
        event = Event(an_id("ac", 700), 5, NOW, ROOM, author(GUEST), body, [])
        assert belief.take_in(writing, event) is None
        found = writing.db.execute("SELECT user, at FROM reading ORDER BY at")
        return [(user, at) for user, at in found]

    assert await lgwan.store.write(work) == [(GUEST, 5), (BOTH, 7)]


async def test_a_room_of_lgwan_alone_is_out_of_reach(lgwan: Place) -> None:
    room = RoomPut(name="庁内", scope="lgwan-only")
    await lgwan.store.write(lambda w: w.act(author(STAFF), room, room=LOCAL_ROOM, crosses=False))
    answer = await asked(lgwan, GUEST, MessagePost("聞こえますか"), LOCAL_ROOM)
    assert answer is Reason.ROOM_NOT_ALLOWED

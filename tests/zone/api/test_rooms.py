"""Rooms are opened by staff, changed by moderators, and always owned."""

import pytest

from sekisho_client import Problem
from sekisho_client.messages import NewMessage
from tests.zone.api.conftest import People
from tests.zone.api.test_messages import code_of
from wire.ids import mint_id

ABSENT = mint_id("us", now=5, entropy=bytes(10))


async def test_a_room_is_seen_by_its_members_only(people: People) -> None:
    assert [r.id for r in await people.taro.rooms()] == [people.room]
    assert await people.jiro.rooms() == []
    assert await code_of(people.jiro.room(people.room)) == "not-found"
    assert await code_of(people.jiro.members(people.room)) == "not-found"


async def test_a_room_looks_as_its_moderators_want(people: People) -> None:
    await people.hana.set_member(people.room, people.town.ids["jiro"], "moderator")
    changed = await people.jiro.change_room(people.room, name="防災本部", colour="red")
    assert (changed.name, changed.colour) == ("防災本部", "red")
    assert await code_of(people.taro.change_room(people.room, name="x")) == "forbidden"
    assert await code_of(people.hana.change_room(people.room, scope="lgwan-only")) == "invalid"


async def test_moderators_bring_people_in_and_owners_make_owners(people: People) -> None:
    ids = people.town.ids
    assert await code_of(people.taro.set_member(people.room, ids["jiro"])) == "forbidden"
    await people.hana.set_member(people.room, ids["taro"], "moderator")
    await people.taro.set_member(people.room, ids["jiro"])
    assert await code_of(people.taro.set_member(people.room, ids["jiro"], "owner")) == "forbidden"
    assert await code_of(people.taro.set_member(people.room, ids["hana"])) == "forbidden"
    assert await code_of(people.taro.remove_member(people.room, ids["hana"])) == "forbidden"
    await people.hana.set_member(people.room, ids["jiro"], "owner")
    assert {m.user: m.role for m in await people.taro.members(people.room)} == {
        ids["hana"]: "owner",
        ids["taro"]: "moderator",
        ids["jiro"]: "owner",
    }


async def test_a_room_keeps_an_owner(people: People) -> None:
    ids = people.town.ids
    assert await code_of(people.hana.remove_member(people.room, ids["hana"])) == "conflict"
    assert await code_of(people.hana.set_member(people.room, ids["hana"])) == "conflict"
    await people.hana.set_member(people.room, ids["jiro"], "owner")
    await people.hana.remove_member(people.room, ids["hana"])
    assert await people.hana.rooms() == []


async def test_anybody_may_leave_and_then_sees_nothing(people: People) -> None:
    message = (await people.hana.post(people.room, "一")).id
    await people.taro.remove_member(people.room, people.town.ids["taro"])
    assert await code_of(people.taro.message(message)) == "not-found"
    assert await code_of(people.taro.post(people.room, "x")) == "not-found"


async def test_a_membership_ends_when_its_time_is_up(people: People) -> None:
    until = people.town.clock.now + 10_000
    await people.hana.set_member(people.room, people.town.ids["jiro"], until=until)
    await people.jiro.post(people.room, "x")
    people.town.clock.now = until
    assert await code_of(people.jiro.post(people.room, "y")) == "not-found"
    assert (await people.jiro.snapshot()).rooms == []


@pytest.mark.parametrize("user", [ABSENT, "us_x"])
async def test_nobody_is_brought_in_who_does_not_exist(people: People, user: str) -> None:
    assert await code_of(people.hana.set_member(people.room, user)) == "not-found"


async def test_a_room_with_a_member_who_does_not_exist_is_not_opened(people: People) -> None:
    with pytest.raises(Problem):
        await people.hana.create_room("x", members=[(ABSENT, "member")])
    assert [r.id for r in await people.hana.rooms()] == [people.room]


async def test_a_room_of_the_other_zone_is_not_opened_here(people: People) -> None:
    assert await code_of(people.hana.create_room("x", scope="internet-only")) == "invalid"


async def test_who_does_not_use_this_zone_is_in_no_room_of_it(people: People) -> None:
    remote = await people.town.admit("remote", zones=("internet",))
    await people.hana.set_member(people.room, remote)
    own = await people.hana.create_room("内部", scope="lgwan-only")
    assert await code_of(people.hana.set_member(own, remote)) == "room-not-allowed"


async def test_a_status_is_seen_by_others(people: People) -> None:
    await people.hana.set_status("在宅勤務")
    assert (await people.taro.user(people.town.ids["hana"])).status == "在宅勤務"
    assert (await people.hana.me()).status == "在宅勤務"


async def test_the_directory_is_sorted_by_reading_and_comes_in_pages(people: People) -> None:
    for i in range(205):
        form = {"name": f"n{i}", "kana": f"{999 - i}", "user_kind": "staff", "zones": ["lgwan"]}
        await people.town.operate("POST", "/v1/users", form)
    users = await people.hana.users()
    assert len(users) == 208
    assert [u.kana for u in users] == sorted(u.kana for u in users)


async def test_a_snapshot_says_where_one_stands(people: People) -> None:
    said = [(await people.hana.post(people.room, str(i))).id for i in range(5)]
    await people.taro.read(people.room, said[1])
    snapshot = await people.taro.snapshot()
    (room,) = snapshot.rooms
    assert (room.unread, room.read) == (3, said[1])
    assert {m.user for m in room.members} == {u.id for u in snapshot.users}
    assert (await people.hana.snapshot()).rooms[0].unread == 0
    await people.hana.post_batch(
        [NewMessage(room=people.room, client_key=str(i), text="x") for i in range(150)]
    )
    assert (await people.taro.snapshot()).rooms[0].unread == 100


async def test_whose_time_in_a_room_or_whose_stay_has_ended_is_not_listed_there(
    people: People,
) -> None:
    here, ids = people.town, people.town.ids
    said = await people.hana.post(people.room, "x")
    later = here.clock() + 60_000
    await people.hana.set_member(people.room, ids["jiro"], until=later)
    await here.operate("PATCH", f"/v1/users/{ids['taro']}", {"expires": later})
    assert {one.user for one in await people.hana.members(people.room)} == set(ids.values())
    unread = {one.user for one in await people.hana.readers(said.id, "unread")}
    assert unread == {ids["taro"], ids["jiro"]}
    here.clock.now = later
    assert [one.user for one in await people.hana.members(people.room)] == [ids["hana"]]
    assert await people.hana.readers(said.id, "unread") == []
    (room,) = (await people.hana.snapshot()).rooms
    assert [one.user for one in room.members] == [ids["hana"]]

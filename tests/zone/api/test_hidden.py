"""T42: what is forbidden to see and what does not exist answer alike; guests see their part."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sekisho_client import Client, Event, Message
from sekisho_client.people import User
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import INTERNET, TENANT, People, Town, town
from tests.zone.api.test_messages import code_of
from wire.bodies import Body, MemberSet, MessagePost, ProfileSet, RoomPut
from wire.events import Author
from wire.events import Event as WireEvent
from wire.ids import mint_id
from wire.lane import Zone
from zone.store import notifications
from zone.store.writing import Writing


def absent(name: str) -> str:
    """Return an id of the same kind that nothing has."""
    return mint_id(name[:2], now=7, entropy=b"\7" * 10)


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/v1/rooms/{room}", None),
        ("PATCH", "/v1/rooms/{room}", {"name": "x"}),
        ("GET", "/v1/rooms/{room}/members", None),
        ("PUT", "/v1/rooms/{room}/members/{user}", {"role": "member"}),
        ("DELETE", "/v1/rooms/{room}/members/{user}", None),
        ("GET", "/v1/rooms/{room}/messages", None),
        ("GET", "/v1/rooms/{room}/messages?before={message}", None),
        ("GET", "/v1/rooms/{room}/messages?around={message}", None),
        ("GET", "/v1/rooms/{own}/messages?after={message}", None),
        ("POST", "/v1/rooms/{room}/messages", {"text": "x"}),
        ("POST", "/v1/rooms/{own}/messages", {"text": "x", "reply_to": "{message}"}),
        ("POST", "/v1/rooms/{own}/messages", {"text": "x", "files": ["{file}"]}),
        ("PUT", "/v1/rooms/{room}/read", {"message": "{message}"}),
        ("PUT", "/v1/rooms/{own}/read", {"message": "{message}"}),
        ("GET", "/v1/messages/{message}", None),
        ("PATCH", "/v1/messages/{message}", {"text": "x"}),
        ("POST", "/v1/messages/{message}/withdraw", {}),
        ("PUT", "/v1/messages/{message}/reactions/x", None),
        ("DELETE", "/v1/messages/{message}/reactions/x", None),
        ("GET", "/v1/messages/{message}/readers", None),
        ("GET", "/v1/files/{file}", None),
        ("GET", "/v1/files/{file}/content", None),
        ("GET", "/v1/files/{file}/thumbnail", None),
    ],
)
async def test_forbidden_and_absent_are_the_same_bytes(
    people: People, method: str, path: str, form: object
) -> None:
    here = people.town
    file = (await people.hana.upload("a.txt", b"secret")).id
    message = (await people.hana.post(people.room, "秘密", files=[file])).id
    own = await people.jiro.create_room("自分の")
    names = {"room": people.room, "message": message, "file": file, "user": here.ids["taro"]}

    async def answered(names: dict[str, str]) -> Answer:
        body = json.dumps(form) if form is not None else ""
        where = path
        for key, name in {**names, "own": own}.items():
            body, where = body.replace(f"{{{key}}}", name), where.replace(f"{{{key}}}", name)
        headers = signed_in(here.token, here.ids["jiro"])
        answer = await ask(here.api, method, where, headers, body.encode())
        answer.body = answer.body.replace(where.partition("?")[0].encode(), b"PLACE")
        answer.headers.pop("Date", None)
        return answer

    forbidden = await answered(names)
    nothing = await answered({key: absent(name) for key, name in names.items()})
    assert forbidden.status == 404
    lengths = ("Content-Length",)
    assert {k: v for k, v in forbidden.headers.items() if k not in lengths} == {
        k: v for k, v in nothing.headers.items() if k not in lengths
    }
    assert forbidden.body == nothing.body


@dataclass
class Reception:
    """The internet zone: a guest, a member of staff known from LGWAN, a room of both."""

    town: Town
    guest: Client
    staff: Client
    room: str
    early: str  # a message from before the guest came
    uid: str


LGWAN_FRONTEND = mint_id("fe", now=3, entropy=bytes(10))


class Far:
    """What the relay brings from the LGWAN zone, event by event."""

    def __init__(self, here: Town) -> None:
        self.town = here
        self.count = 0

    async def say(
        self, uid: str, body: Body, *, room: str | None = None, name: str | None = None
    ) -> WireEvent:
        self.count += 1
        at = self.town.clock()
        event = WireEvent(
            name or mint_id("ac", now=at, entropy=self.count.to_bytes(10)),
            self.count,
            at,
            room,
            Author(uid, TENANT, LGWAN_FRONTEND),
            body,
        )

        def work(writing: Writing) -> None:
            writing.receive(event)
            notifications.tell(writing, event, Zone.LGWAN)

        await self.town.store.write(work)
        return event


@pytest.fixture
async def reception(tmp_path: Path) -> AsyncIterator[Reception]:
    async with town(tmp_path / "n", INTERNET) as here:
        here.token = await here.frontend("door")
        far = Far(here)
        staff_id, room = [mint_id(p, now=9, entropy=bytes(10)) for p in ("us", "rm")]
        zones = ["lgwan", "internet"]
        who: Any = {"name": "花子", "user_kind": "staff", "zones": zones, "tenant": TENANT}
        profile = ProfileSet(staff_id, **who)
        await far.say(staff_id, profile)
        await far.say(staff_id, RoomPut("防災", scope="shared", room_kind="talk"), room=room)
        await far.say(staff_id, MemberSet(staff_id, "owner"), room=room)
        early = mint_id("ms", now=9, entropy=bytes(10))
        await far.say(staff_id, MessagePost("来る前"), room=room, name=early)
        guest_id = await here.admit("業者", kind="guest", zones=("internet",))
        await here.admit("別の業者", kind="guest", zones=("internet",))
        staff = await here.client(staff_id)
        await staff.set_member(room, guest_id, "guest")
        guest = await here.client(guest_id)
        yield Reception(here, guest, staff, room, early, guest_id)


async def test_a_guest_sees_a_room_from_when_he_came(reception: Reception) -> None:
    guest, staff = reception.guest, reception.staff
    late = (await staff.post(reception.room, "来た後")).id
    assert [m.id for m in (await guest.messages(reception.room)).items] == [late]
    for call in (
        guest.message(reception.early),
        guest.react(reception.early, "x"),
        guest.readers(reception.early),
        guest.read(reception.room, reception.early),
        guest.post(reception.room, "x", reply_to=reception.early),
        guest.messages(reception.room, around=reception.early),
    ):
        assert await code_of(call) == "not-found"
    assert (await guest.snapshot()).rooms[0].unread == 1
    assert (await staff.message(reception.early)).text == "来る前"


async def test_a_guest_meets_nobody_but_those_in_his_rooms(reception: Reception) -> None:
    known = {user.name for user in await reception.guest.users()}
    assert known == {"花子", "業者"}
    other = reception.town.ids["別の業者"]
    assert await code_of(reception.guest.user(other)) == "not-found"
    assert await code_of(reception.guest.user(absent("us"))) == "not-found"
    assert {u.name for u in await reception.staff.users()} == {"花子", "業者", "別の業者"}


async def test_a_guest_opens_no_room_and_invites_nobody(reception: Reception) -> None:
    guest, staff = reception.guest, reception.staff
    assert await code_of(guest.create_room("x")) == "forbidden"
    other = reception.town.ids["別の業者"]
    assert await code_of(guest.set_member(reception.room, other, "guest")) == "forbidden"
    for role in ("owner", "moderator", "member"):
        assert await code_of(staff.set_member(reception.room, other, role)) == "invalid"


async def test_a_guest_is_told_of_nothing_from_before_he_came(reception: Reception) -> None:
    """Not from the log, whose cursors they could make up, and not by what is said of it now."""
    guest, staff, here = reception.guest, reception.staff, reception.town
    await staff.react(reception.early, "👍")
    await staff.read(reception.room, reception.early)
    await staff.withdraw(reception.early)
    late = (await staff.post(reception.room, "来た後")).id
    start = f"{here.store.tag}0"
    told = (await guest.poll(start, wait=0)).items
    assert kinds(told) == [
        "user.updated",
        "user.updated",
        "member.set",
        "room.updated",
        "message.created",
    ]
    assert told[-1].data_as(Message).id == late
    assert reception.early not in str(told)
    seen_by_staff = (await staff.poll(start, wait=0)).items
    assert {"reaction.set", "read.set", "message.updated"} <= set(kinds(seen_by_staff))


async def test_a_guest_is_not_told_of_people_he_has_not_met(reception: Reception) -> None:
    here = reception.town
    cursor = (await reception.guest.snapshot()).cursor
    await (await here.client(here.ids["別の業者"])).set_status("x")
    await reception.staff.set_status("休憩")
    told = (await reception.guest.poll(cursor, wait=0)).items
    assert [event.data_as(User).status for event in told] == ["休憩"]


def kinds(events: list[Event]) -> list[str]:
    return [event.type for event in events]

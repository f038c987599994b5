"""Routes of rooms and of who is in them."""

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.bodies import RoomPut
from wire.ids import ROOM, USER
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer, read_form
from zone.api.forms import Membership, NewMembers, NewRoom, NoQuery, RoomLook, With
from zone.conversation.acting import Acting
from zone.conversation.gathering import (
    change_room,
    open_direct,
    open_room,
    remove_member,
    set_member,
)
from zone.views import MemberView, RoomView


class Opened(Struct, frozen=True):
    """A room that was opened."""

    id: str


class Rooms(Struct, frozen=True):
    """The rooms that the asker is in, oldest first."""

    items: list[RoomView]


class Members(Struct, frozen=True):
    """Who is in a room."""

    items: list[MemberView]


async def list_rooms(call: Call) -> web.Response:
    """Return the asker's rooms."""
    call.query(NoQuery)
    directory, uid = call.context.store.directory, call.who.uid
    now = call.context.clock()
    rooms = [
        view
        for room in directory.rooms_of(uid)
        if directory.sees(uid, room, now=now) and (view := directory.room(room)) is not None
    ]
    return answer(Rooms(rooms))


async def create_room(call: Call) -> web.Response:
    """Open a room."""
    body = await call.body()
    form = read_form(body, NewRoom)
    look = RoomPut(
        form.name, form.topic, form.icon, form.colour, form.room_kind, form.scope, form.history,
        form.retention_days,
    )  # fmt: skip
    members = [(member.user, member.role, member.until) for member in form.members]

    def work(acting: Acting) -> Opened:
        return Opened(open_room(acting, look, members))

    return await call.write_once(work, status=201, question=body)


async def get_room(call: Call) -> web.Response:
    """Return a room that the asker is in."""
    return answer(seen_room(call))


def seen_room(call: Call) -> RoomView:
    """Return the room in the path, or raise `Refused` if the asker does not see it."""
    directory, room = call.context.store.directory, call.id(ROOM, "room")
    view = directory.room(room)
    if view is None or not directory.sees(call.who.uid, room, now=call.context.clock()):
        raise Refused(Reason.NOT_FOUND)
    return view


async def patch_room(call: Call) -> web.Response:
    """Change how a room looks."""
    room = call.id(ROOM, "room")
    form = await call.form(RoomLook)
    look = RoomPut(**msgspec.structs.asdict(form))
    await call.context.store.write(lambda w: change_room(call.acting(w), room, look))
    return answer(seen_room(call))


async def list_members(call: Call) -> web.Response:
    """Return who is in a room."""
    room = seen_room(call)
    return answer(Members(call.context.store.directory.members(room.id)))


async def put_member(call: Call) -> web.Response:
    """Bring somebody into a room, or change his role."""
    room, user = call.id(ROOM, "room"), call.id(USER, "user")
    form = await call.form(Membership)
    return await call.write(lambda acting: set_member(acting, room, user, form.role, form.until))


async def put_members(call: Call) -> web.Response:
    """Bring many into a room; all of them or none."""
    room = call.id(ROOM, "room")
    body = await call.body()
    form = read_form(body, NewMembers)
    return await call.write_once(
        lambda acting: Members(
            [set_member(acting, room, one.user, one.role, one.until) for one in form.members]
        ),
        status=200,
        question=body,
    )


async def open_direct_room(call: Call) -> web.Response:
    """Return the room of two people, opened where there is none yet."""
    body = await call.body()
    form = read_form(body, With)
    return await call.write_once(
        lambda acting: Opened(open_direct(acting, form.user)), status=200, question=body
    )


async def delete_member(call: Call) -> web.Response:
    """Have somebody leave a room."""
    room, user = call.id(ROOM, "room"), call.id(USER, "user")
    await call.context.store.write(lambda w: remove_member(call.acting(w), room, user))
    return web.Response(status=204)

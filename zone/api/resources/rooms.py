"""Routes of rooms and of who is in them."""

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.bodies import RoomPut
from wire.ids import ROOM, USER
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.resources.request_bodies import (
    Membership,
    NewMembers,
    NewRoom,
    NoQuery,
    RoomLook,
    With,
)
from zone.conversation.actor import Actor
from zone.conversation.rooms import change_room, open_direct, open_room, remove_member, set_member
from zone.copy.changes import members_with_changes
from zone.copy.directory_views import RoomView
from zone.copy.views import MemberView, RoomRevision
from zone.items.wordings import room_revisions


class Rooms(Struct, frozen=True):
    """The rooms that the asker is in, oldest first."""

    items: list[RoomView]


class Members(Struct, frozen=True):
    """Who is in a room."""

    items: list[MemberView]


class RoomRevisions(Struct, frozen=True):
    """Every wording of what a room says of itself, the first one first."""

    items: list[RoomRevision]


async def list_rooms(request: ApiRequest) -> web.Response:
    """Return the asker's rooms."""
    request.query(NoQuery)
    directory, uid = request.context.store.directory, request.who.uid
    now = request.context.clock()
    rooms = [
        view
        for room in directory.rooms_of(uid)
        if directory.sees(uid, room, now=now) and (view := directory.room(room)) is not None
    ]
    return json_response(Rooms(await request.with_changes(rooms)))


async def create_room(request: ApiRequest) -> web.Response:
    """Open a room."""
    body = await request.body()
    wanted = read_body(body, NewRoom)
    look = RoomPut(
        wanted.name,
        wanted.topic,
        wanted.icon,
        wanted.colour,
        wanted.room_kind,
        wanted.scope,
        wanted.history,
        wanted.retention_days,
    )
    members = [(member.user, member.role, member.until) for member in wanted.members]

    def work(actor: Actor) -> RoomView:
        return open_room(actor, look, members)

    return await request.write_once(work, status=201, question=body, place="/v1/rooms")


async def get_room(request: ApiRequest) -> web.Response:
    """Return a room that the asker is in."""
    return json_response(await request.with_change(seen_room(request)))


def seen_room(request: ApiRequest) -> RoomView:
    """Return the room in the path, or raise `Refused` if the asker does not see it."""
    directory, room = request.context.store.directory, request.id(ROOM, "room")
    view = directory.room(room)
    if view is None or not directory.sees(request.who.uid, room, now=request.context.clock()):
        raise Refused(Reason.NOT_FOUND)
    return view


async def patch_room(request: ApiRequest) -> web.Response:
    """Change how a room looks."""
    room = request.id(ROOM, "room")
    wanted = await request.body_as(RoomLook)
    look = RoomPut(**msgspec.structs.asdict(wanted))
    await request.context.store.write(lambda w: change_room(request.actor(w), room, look))
    return json_response(await request.with_change(seen_room(request)))


async def list_room_revisions(request: ApiRequest) -> web.Response:
    """Return what a room said of itself, word for word, from when on the asker may see it."""
    room, directory = seen_room(request).id, request.context.store.directory
    since = directory.since(request.who.uid, room, now=request.context.clock()) or 0
    return json_response(
        RoomRevisions(
            await request.context.store.read(lambda db: room_revisions(db, room, since=since))
        )
    )


async def list_members(request: ApiRequest) -> web.Response:
    """Return who is in a room."""
    room, context = seen_room(request).id, request.context
    members = context.store.directory.present(room, now=context.clock())
    return json_response(
        Members(
            await context.store.read(
                lambda db: members_with_changes(db, context.side, room, members)
            )
        )
    )


async def put_member(request: ApiRequest) -> web.Response:
    """Bring somebody into a room, or change their role."""
    room, user = request.id(ROOM, "room"), request.id(USER, "user")
    wanted = await request.body_as(Membership)
    return await request.write(
        lambda actor: set_member(actor, room, user, wanted.role, wanted.until)
    )


async def put_members(request: ApiRequest) -> web.Response:
    """Bring many into a room; all of them or none."""
    room = request.id(ROOM, "room")
    body = await request.body()
    wanted = read_body(body, NewMembers)
    return await request.write_once(
        lambda actor: Members(
            [set_member(actor, room, one.user, one.role, one.until) for one in wanted.members]
        ),
        status=200,
        question=body,
    )


async def open_direct_room(request: ApiRequest) -> web.Response:
    """Return the room of two people, opened where there is none yet."""
    body = await request.body()
    wanted = read_body(body, With)
    return await request.write_once(
        lambda actor: open_direct(actor, wanted.user), status=200, question=body
    )


async def delete_member(request: ApiRequest) -> web.Response:
    """Have somebody leave a room."""
    room, user = request.id(ROOM, "room"), request.id(USER, "user")
    return await request.write(lambda actor: remove_member(actor, room, user))

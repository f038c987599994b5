"""Routes of people: who one is oneself, who else there is, and where to start."""

import sqlite3

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.resources.people_bodies import OwnProfile, PeopleQuery, UsersQuery
from zone.api.resources.request_bodies import NoQuery
from zone.conversation import timeline
from zone.conversation.people import set_status
from zone.conversation.timeline import ReadPosition
from zone.copy import changes
from zone.copy.directory_views import RoomView, UserView
from zone.copy.side import Side
from zone.copy.views import MemberView
from zone.search.people import PeopleFinder
from zone.store import visibility
from zone.store.event_log import write_cursor
from zone.store.roll import list_place

PEOPLE: web.AppKey[PeopleFinder] = web.AppKey("people", PeopleFinder)


class Me(Struct, frozen=True):
    """The user on whose behalf a frontend asks, and the zone it asks in."""

    user: UserView
    zone: str


class UserPage(Struct, frozen=True):
    """A page of people, by reading (kana)."""

    items: list[UserView]
    next: str | None


class RoomNow(Struct, frozen=True):
    """A room, who is in it, and how far the asker has read, and what is unread.

    100 unread are 100 or more; `mentions` of them name the asker, `threads` of them are in
    threads.  `first_unread` is where to go on, `late` what came to stand before what was read.
    """

    room: RoomView
    members: list[MemberView]
    unread: int
    mentions: int
    threads: int
    read: str | None
    lgwan: str
    internet: str
    first_unread: str | None
    late: list[str]


class Snapshot(Struct, frozen=True):
    """All that a frontend needs to start with; the events behind `cursor` bring what follows."""

    me: UserView
    rooms: list[RoomNow]
    users: list[UserView]
    cursor: str


async def get_me(request: ApiRequest) -> web.Response:
    """Return the asker."""
    return json_response(await _me(request))


async def change_me(request: ApiRequest) -> web.Response:
    """Change the asker's own profile."""
    wanted = await request.body_as(OwnProfile)
    await request.context.store.write(
        lambda writing: set_status(
            request.actor(writing), wanted.status, wanted.status_emoji, wanted.status_until
        )
    )
    return json_response(await _me(request))


async def _me(request: ApiRequest) -> Me:
    user = await request.with_change(_user(request, request.who.uid))
    return Me(user, request.context.side.zone.value)


async def list_users(request: ApiRequest) -> web.Response:
    """Return a page of those whom the asker may know."""
    query = request.query(UsersQuery)
    directory, found = request.context.store.directory, acquaintances(request)
    if query.org is not None:
        line = directory.municipalities.line
        found = [user for user in found if any(query.org in line(org) for org in user.orgs)]
    return json_response(await _page(request, found, query))


async def _page(
    request: ApiRequest, found: list[UserView], query: UsersQuery | PeopleQuery
) -> UserPage:
    start = int(query.next or 0)
    end = start + query.limit
    page = await _with_own_changes(request, found[start:end])
    return UserPage(page, str(end) if end < len(found) else None)


async def search_people(request: ApiRequest) -> web.Response:
    """Return a page of those whom the asker may know and of whom all words of `q` are true."""
    query, directory = request.query(PeopleQuery), request.context.store.directory
    asker, now = request.who.uid, request.context.clock()

    def has_number(uid: str) -> bool:
        is_whole = visibility.sight(directory, asker, uid, now=now) == "whole"
        return is_whole and not directory.is_guest(asker)

    finder = request.http.app[PEOPLE]
    found = finder.matching(acquaintances(request), query.q, has_number=has_number)
    return json_response(await _page(request, found, query))


async def get_user(request: ApiRequest) -> web.Response:
    """Return somebody."""
    view = _user(request, request.id(USER, "user"))
    return json_response((await _with_own_changes(request, [view]))[0])


def _user(request: ApiRequest, uid: str) -> UserView:
    directory, now = request.context.store.directory, request.context.clock()
    view = visibility.shown(directory, request.who.uid, uid, now=now)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view


def acquaintances(request: ApiRequest) -> list[UserView]:
    """Return everybody whom the asker sees, each as they see them, by reading."""
    directory, now = request.context.store.directory, request.context.clock()
    return visibility.shown_users(directory, request.who.uid, now=now)


async def get_snapshot(request: ApiRequest) -> web.Response:
    """Return where to start from."""
    request.query(NoQuery)
    store, uid, now = request.context.store, request.who.uid, request.context.clock()
    # The cursor is read before everything else: what happens meanwhile comes as an event.
    cursor = write_cursor(store.tag, store.subscriptions.high)
    rooms = {
        room: since
        for room in store.directory.rooms_of(uid)
        if (since := store.directory.since(uid, room, now=now)) is not None
    }
    side = request.context.side
    found = await store.read(lambda db: timeline.positions(db, side, uid, rooms))
    known = [now_in for reading in found if (now_in := _room_now(request, reading)) is not None]
    here = await store.read(lambda db: [_with_changes(db, side, one) for one in known])
    met = {member.user for one in here for member in one.members} | {uid}
    views = (visibility.shown(store.directory, uid, other, now=now) for other in met)
    users = sorted((view for view in views if view is not None), key=list_place)
    me = await request.with_change(_user(request, uid))
    return json_response(Snapshot(me, here, await _with_own_changes(request, users), cursor))


async def _with_own_changes(request: ApiRequest, users: list[UserView]) -> list[UserView]:
    """Return people with their latest changes, where the asker sees them whole."""
    directory, asker, now = (
        request.context.store.directory,
        request.who.uid,
        request.context.clock(),
    )
    whole = [u for u in users if visibility.sight(directory, asker, u.id, now=now) == "whole"]
    changed = {view.id: view for view in await request.with_changes(whole)}
    return [changed.get(user.id, user) for user in users]


def _with_changes(db: sqlite3.Connection, side: Side, now: RoomNow) -> RoomNow:
    room = changes.with_change(db, side, now.room)
    members = changes.members_with_changes(db, side, room.id, now.members)
    return replace(now, room=room, members=members)


def _room_now(request: ApiRequest, reading: ReadPosition) -> RoomNow | None:
    directory = request.context.store.directory
    room = directory.room(reading.room)
    if room is None:
        return None
    position = msgspec.structs.astuple(reading)[1:]
    present = directory.present(reading.room, now=request.context.clock())
    return RoomNow(room, present, *position)

"""Routes of people: who one is oneself, who else there is, and where to start."""

from aiohttp import web
from msgspec import Struct

from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer
from zone.api.forms import NoQuery
from zone.api.forms_people import OwnProfile, UsersQuery
from zone.conversation.looking import Reading, readings
from zone.conversation.people import set_status
from zone.cursors import write_cursor
from zone.views import MemberView, RoomView, UserView


class Me(Struct, frozen=True):
    """The user on whose behalf a frontend asks, and the zone it asks in."""

    user: UserView
    zone: str


class Users(Struct, frozen=True):
    """A page of the directory, by reading (kana)."""

    items: list[UserView]
    next: str | None


class RoomNow(Struct, frozen=True):
    """A room, who is in it, and how far the asker has read.  100 unread are 100 or more."""

    room: RoomView
    members: list[MemberView]
    unread: int
    read: str | None


class Snapshot(Struct, frozen=True):
    """All that a frontend needs to start with; the events behind `cursor` bring what follows."""

    me: UserView
    rooms: list[RoomNow]
    users: list[UserView]
    cursor: str


async def get_me(call: Call) -> web.Response:
    """Return the asker."""
    return answer(_me(call))


async def change_me(call: Call) -> web.Response:
    """Change the asker's own profile."""
    form = await call.form(OwnProfile)
    await call.context.store.write(
        lambda writing: set_status(
            call.acting(writing), form.status, form.status_emoji, form.status_until
        )
    )
    return answer(_me(call))


def _me(call: Call) -> Me:
    return Me(_user(call, call.who.uid), call.context.side.zone.value)


async def list_users(call: Call) -> web.Response:
    """Return a page of those whom the asker may know."""
    query = call.query(UsersQuery)
    found = _acquaintances(call)
    if query.org is not None:
        line = call.context.store.directory.line
        found = [user for user in found if any(query.org in line(org) for org in user.orgs)]
    start = int(query.next or 0)
    end = start + query.limit
    return answer(Users(found[start:end], str(end) if end < len(found) else None))


async def get_user(call: Call) -> web.Response:
    """Return somebody."""
    uid = call.id(USER, "user")
    if not call.context.store.directory.may_know(call.who.uid, uid):
        raise Refused(Reason.NOT_FOUND)
    return answer(_user(call, uid))


def _user(call: Call, uid: str) -> UserView:
    view = call.context.store.directory.user(uid)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view


def _acquaintances(call: Call) -> list[UserView]:
    directory, uid = call.context.store.directory, call.who.uid
    everybody = directory.users()
    if not directory.is_guest(uid):
        return everybody
    return [user for user in everybody if directory.may_know(uid, user.id)]


async def get_snapshot(call: Call) -> web.Response:
    """Return where to start from."""
    call.query(NoQuery)
    store, uid, now = call.context.store, call.who.uid, call.context.clock()
    # The cursor is read before everything else: what happens meanwhile comes as an event.
    cursor = write_cursor(store.tag, store.hub.high)
    rooms = {
        room: since
        for room in store.directory.rooms_of(uid)
        if (since := store.directory.since(uid, room, now=now)) is not None
    }
    found = await store.read(lambda db: readings(db, uid, rooms))
    here = [now_in for reading in found if (now_in := _room_now(call, reading)) is not None]
    met = {member.user for one in here for member in one.members} | {uid}
    users = [user for user in store.directory.users() if user.id in met]
    return answer(Snapshot(_user(call, uid), here, users, cursor))


def _room_now(call: Call, reading: Reading) -> RoomNow | None:
    directory = call.context.store.directory
    room = directory.room(reading.room)
    if room is None:
        return None
    return RoomNow(room, directory.members(reading.room), reading.unread, reading.read)

"""Routes over all of one's rooms: what takes place when, who is free, what is to be done."""

from typing import Annotated, Final, Literal

from aiohttp import web
from msgspec import Meta, Struct

from wire.fields import Count
from wire.ids import USER, is_id
from wire.items import Entry
from wire.reasons import Reason, Refused
from zone import bookings
from zone.api.call import Call, answer
from zone.api.forms import Limit, Question
from zone.api.items import seen_item
from zone.api.outcomes import calendar
from zone.api.rooms import seen_room
from zone.freebusy import BusyView, busyness, merged
from zone.schedules import Asked, Rooms, between, own_entries, own_tasks
from zone.states import EntryState
from zone.views import ItemView

# A year and a day: who plans a fiscal year asks once.
MAX_SPAN_MS: Final = 366 * 86_400_000
MAX_USERS: Final = 50


class SpanQuery(Question, frozen=True):
    """A time, in milliseconds since 1970; `until` is no longer part of it."""

    since: Count
    until: Count


class FreeBusyQuery(Question, frozen=True):
    """Whose time: ids with commas between, up to 50."""

    users: Annotated[str, Meta(min_length=1, max_length=30 * MAX_USERS)]
    since: Count
    until: Count


class TasksQuery(Question, frozen=True):
    """Which of one's tasks."""

    state: Literal["open", "done", "all"] = "open"
    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9]{1,9}$")] | None = None


class Schedule(Struct, frozen=True):
    """Entries, and of a room bookings, the earliest first."""

    items: list[ItemView]


class Tasks(Struct, frozen=True):
    """Part of one's tasks, what is due first."""

    items: list[ItemView]
    next: str | None


class Busy(Struct, frozen=True):
    """When somebody is busy, or perhaps is."""

    user: str
    busy: list[BusyView]


class FreeBusy(Struct, frozen=True):
    """When each is busy; of what, is not said."""

    items: list[Busy]


class BookedView(Struct, frozen=True):
    """A resource's time that was asked for; by whom is null where the asker is not in the room."""

    booking: str | None
    room: str | None
    author: str | None
    starts: int
    ends: int
    holds: bool


class Booked(Struct, frozen=True):
    """The bookings of a resource, the earliest first."""

    items: list[BookedView]


def _span(query: SpanQuery | FreeBusyQuery) -> tuple[int, int]:
    if not query.since < query.until <= query.since + MAX_SPAN_MS:
        raise Refused(Reason.INVALID, "since, then until, at most 366 days later")
    return query.since, query.until


def _asked(call: Call) -> Asked:
    return Asked(call.context.side, call.who.uid, call.context.clock())


def _rooms(call: Call, uid: str) -> Rooms:
    """Return the rooms that somebody is in, and from when on he may see them."""
    directory, now = call.context.store.directory, call.context.clock()
    found = {room: directory.since(uid, room, now=now) for room in directory.rooms_of(uid)}
    return {room: since for room, since in found.items() if since is not None}


async def get_room_schedule(call: Call) -> web.Response:
    """Return what takes place in a room, and what it has booked."""
    room, span, asked = seen_room(call).id, _span(call.query(SpanQuery)), _asked(call)
    rooms = {room: _rooms(call, call.who.uid).get(room, 0)}
    kinds = ("entry", "booking")
    return answer(
        Schedule(await call.context.store.read(lambda db: between(db, asked, rooms, kinds, span)))
    )


async def export_room_schedule(call: Call) -> web.Response:
    """Return what takes place in a room as a calendar."""
    room, span, asked = seen_room(call), _span(call.query(SpanQuery)), _asked(call)
    rooms = {room.id: _rooms(call, call.who.uid).get(room.id, 0)}
    found = await call.context.store.read(lambda db: between(db, asked, rooms, ("entry",), span))
    return calendar(call, room.name, found)


async def get_own_schedule(call: Call) -> web.Response:
    """Return the asker's schedule over all his rooms."""
    return answer(Schedule(await _own_entries(call)))


async def export_own_schedule(call: Call) -> web.Response:
    """Return the asker's schedule as a calendar."""
    return calendar(call, "schedule", await _own_entries(call))


async def _own_entries(call: Call) -> list[ItemView]:
    span, asked, rooms = _span(call.query(SpanQuery)), _asked(call), _rooms(call, call.who.uid)
    return await call.context.store.read(lambda db: own_entries(db, asked, rooms, span))


async def get_own_tasks(call: Call) -> web.Response:
    """Return what the asker is to do, over all his rooms."""
    query, asked, rooms = call.query(TasksQuery), _asked(call), _rooms(call, call.who.uid)
    is_done = {"open": False, "done": True, "all": None}[query.state]
    found = await call.context.store.read(lambda db: own_tasks(db, asked, rooms, is_done=is_done))
    start = int(query.next or 0)
    end = start + query.limit
    return answer(Tasks(found[start:end], str(end) if end < len(found) else None))


async def get_free_busy(call: Call) -> web.Response:
    """Return when people are busy.  A guest learns only of the rooms he is in himself."""
    query, directory = call.query(FreeBusyQuery), call.context.store.directory
    span, asked = _span(query), _asked(call)
    found = []
    for uid in query.users.split(","):
        is_known = is_id(USER, uid) and directory.user(uid) is not None
        if not is_known or not directory.may_know(call.who.uid, uid):
            raise Refused(Reason.NOT_FOUND)
        found.append(Busy(uid, await _busy(call, asked, uid, span)))
    return answer(FreeBusy(found))


async def _busy(call: Call, asked: Asked, uid: str, span: tuple[int, int]) -> list[BusyView]:
    rooms = _rooms(call, uid)
    if call.context.store.directory.is_guest(call.who.uid):
        rooms = {room: since for room, since in _rooms(call, call.who.uid).items() if room in rooms}
    views = await call.context.store.read(lambda db: between(db, asked, rooms, ("entry",), span))
    times = [busy for view in views if (busy := _time(view, uid)) is not None]
    return merged(times, *span)


def _time(view: ItemView, uid: str) -> BusyView | None:
    content, state = view.content, view.state
    if not isinstance(content, Entry) or not isinstance(state, EntryState):
        return None
    kind = busyness(uid, view.author, state)
    return None if kind is None else BusyView(content.starts or 0, content.ends or 0, kind)


async def list_bookings(call: Call) -> web.Response:
    """Return who has booked a resource when; whose it is, where the asker may see that."""
    view, span = await seen_item(call, "resource"), _span(call.query(SpanQuery))
    slots = await call.context.store.read(lambda db: bookings.slots(db, view.id, *span))
    in_order = sorted(slots, key=lambda slot: slot.claim.starts)
    return answer(Booked([_booked(call, slot) for slot in in_order]))


def _booked(call: Call, slot: bookings.Slot) -> BookedView:
    claim = slot.claim
    if call.sees(claim.room, claim.at):
        return BookedView(
            claim.booking, claim.room, claim.author, claim.starts, claim.ends, slot.holds
        )
    return BookedView(None, None, None, claim.starts, claim.ends, slot.holds)

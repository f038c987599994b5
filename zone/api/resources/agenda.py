"""Routes over all of one's rooms: what takes place when, who is free, what is to be done."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from aiohttp import web
from msgspec import Meta, Struct

from wire.fields import Count, Ref
from wire.item_kinds import TYPES
from wire.items import AgendaEntry
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.resources import outcomes
from zone.api.resources.items import seen_item
from zone.api.resources.request_bodies import Limit, RequestQuery
from zone.api.resources.rooms import seen_room
from zone.copy.states import EntryState
from zone.copy.views import ItemView
from zone.items import agenda, bookings, freebusy
from zone.items.agenda import AgendaQuery, Rooms, own_entries, own_tasks
from zone.items.freebusy import BusyView
from zone.items.kinds import ITEM_KINDS
from zone.store import visibility

# A year and a day: who plans a fiscal year asks once.
MAX_SPAN_MS: Final = 366 * 86_400_000
# A department with everybody in it.
MAX_USERS: Final = 400


class SpanQuery(RequestQuery, frozen=True):
    """A time, in milliseconds since 1970; `until` is no longer part of it."""

    since: Count
    until: Count


class FreeBusyQuestion(RequestQuery, frozen=True):
    """Whose time, and which; in milliseconds since 1970."""

    users: Annotated[list[Ref], Meta(min_length=1, max_length=MAX_USERS)]
    since: Count
    until: Count


class TasksQuery(RequestQuery, frozen=True):
    """Which of one's tasks."""

    state: Literal["open", "done", "all"] = "open"
    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9]{1,9}$")] | None = None


class Agenda(Struct, frozen=True):
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


def _span(query: SpanQuery | FreeBusyQuestion) -> tuple[int, int]:
    if not query.since < query.until <= query.since + MAX_SPAN_MS:
        raise Refused(Reason.INVALID, "since, then until, at most 366 days later")
    return query.since, query.until


def _asked(request: ApiRequest) -> AgendaQuery:
    return AgendaQuery(request.context.side, request.who.uid, request.context.clock())


def _rooms(request: ApiRequest, uid: str) -> Rooms:
    """Return the rooms that somebody is in, and from when on they may see them."""
    directory, now = request.context.store.directory, request.context.clock()
    found = {room: directory.since(uid, room, now=now) for room in directory.rooms_of(uid)}
    return {room: since for room, since in found.items() if since is not None}


async def get_room_agenda(request: ApiRequest) -> web.Response:
    """Return what takes place in a room, and what it has booked."""
    room, span, asked = seen_room(request).id, _span(request.query(SpanQuery)), _asked(request)
    rooms = {room: _rooms(request, request.who.uid).get(room, 0)}
    kinds = [name for name, content in TYPES.items() if ITEM_KINDS[content].takes_place]
    return json_response(
        Agenda(
            await request.context.store.read(
                lambda db: agenda.between(db, asked, rooms, kinds, span)
            )
        )
    )


async def export_room_agenda(request: ApiRequest) -> web.Response:
    """Return what takes place in a room as a calendar."""
    room, span, asked = seen_room(request), _span(request.query(SpanQuery)), _asked(request)
    rooms = {room.id: _rooms(request, request.who.uid).get(room.id, 0)}
    found = await request.context.store.read(
        lambda db: agenda.between(db, asked, rooms, ("entry",), span)
    )
    return outcomes.calendar(request, room.name, found)


async def get_own_agenda(request: ApiRequest) -> web.Response:
    """Return the asker's schedule over all their rooms."""
    return json_response(Agenda(await _own_entries(request)))


async def export_own_agenda(request: ApiRequest) -> web.Response:
    """Return the asker's schedule as a calendar."""
    return outcomes.calendar(request, "agenda", await _own_entries(request))


async def _own_entries(request: ApiRequest) -> list[ItemView]:
    span, asked, rooms = (
        _span(request.query(SpanQuery)),
        _asked(request),
        _rooms(request, request.who.uid),
    )
    return await request.context.store.read(lambda db: own_entries(db, asked, rooms, span))


async def get_own_tasks(request: ApiRequest) -> web.Response:
    """Return what the asker is to do, over all their rooms."""
    query, asked, rooms = (
        request.query(TasksQuery),
        _asked(request),
        _rooms(request, request.who.uid),
    )
    is_done = {"open": False, "done": True, "all": None}[query.state]
    found = await request.context.store.read(
        lambda db: own_tasks(db, asked, rooms, is_done=is_done)
    )
    start = int(query.next or 0)
    end = start + query.limit
    return json_response(Tasks(found[start:end], str(end) if end < len(found) else None))


async def get_free_busy(request: ApiRequest) -> web.Response:
    """Return when people are busy whom the asker sees in the directory.

    A guest learns only of the rooms they are in themselves.
    """
    wanted, directory = await request.body_as(FreeBusyQuestion), request.context.store.directory
    span, asked = _span(wanted), _asked(request)
    for uid in wanted.users:
        seen = visibility.sight(directory, asked.uid, uid, now=asked.now)
        if directory.user(uid) is None or seen != "whole":
            raise Refused(Reason.NOT_FOUND)
    rooms = {uid: _rooms_looked_at(request, uid) for uid in wanted.users}
    # Each entry is looked at once, however many of those asked for are in its room.
    everywhere = {room: 0 for seen in rooms.values() for room in seen}
    views = await request.context.store.read(
        lambda db: agenda.between(db, asked, everywhere, ("entry",), span)
    )
    times = await asyncio.to_thread(_times, views, rooms)
    return json_response(FreeBusy([Busy(uid, freebusy.merged(times[uid], *span)) for uid in rooms]))


def _rooms_looked_at(request: ApiRequest, uid: str) -> Rooms:
    rooms = _rooms(request, uid)
    if not request.context.store.directory.is_guest(request.who.uid):
        return rooms
    return {
        room: since for room, since in _rooms(request, request.who.uid).items() if room in rooms
    }


def _times(views: Sequence[ItemView], rooms: Mapping[str, Rooms]) -> Mapping[str, list[BusyView]]:
    """Return when each is busy with what they may see of these entries."""
    times: dict[str, list[BusyView]] = {uid: [] for uid in rooms}
    for view in views:
        content, state = view.content, view.state
        if not isinstance(content, AgendaEntry) or not isinstance(state, EntryState):
            continue
        for uid, kind in freebusy.attendance(view.author, state).items():
            since = rooms.get(uid, {}).get(view.room or "")
            if since is not None and view.at >= since:
                span = BusyView(content.starts or 0, content.ends or 0, kind)
                times[uid].append(span)
    return times


async def list_bookings(request: ApiRequest) -> web.Response:
    """Return who has booked a resource when; whose it is, where the asker may see that."""
    view, span = await seen_item(request, "resource"), _span(request.query(SpanQuery))
    slots = await request.context.store.read(lambda db: bookings.slots(db, view.id, *span))
    in_order = sorted(slots, key=lambda slot: slot.claim.starts)
    return json_response(Booked([_booked(request, slot) for slot in in_order]))


def _booked(request: ApiRequest, slot: bookings.Slot) -> BookedView:
    claim = slot.claim
    if request.sees(claim.room, claim.at):
        return BookedView(
            claim.booking, claim.room, claim.author, claim.starts, claim.ends, slot.holds
        )
    return BookedView(None, None, None, claim.starts, claim.ends, slot.holds)

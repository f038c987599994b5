"""Routes of what items come to: who answered what, counted, and as files to go on with."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.ids import ROOM
from wire.items import Content, Entry, Form, Survey
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer, encode, read_form
from zone.api.downloads import attachment
from zone.api.forms import Question, ReadersQuery
from zone.api.items import seen_item
from zone.api.rooms import seen_room
from zone.calendar import CalendarEntry, write_calendar
from zone.conversation.itemising import make
from zone.directory import MODERATES
from zone.exports import table
from zone.items import is_anonymous
from zone.responses import responses
from zone.schedules import shelves
from zone.spreadsheets import Charset, write_csv
from zone.states import EntryState
from zone.tallies import form_tally, survey_tally
from zone.templates import FormFromTemplate, form_of, template_of
from zone.views import AnswerView, ItemView, UserView


class Answers(Struct, frozen=True):
    """What was answered, the latest word of each; who is null where that is anonymous."""

    items: list[AnswerView]


class ItemReader(Struct, frozen=True, omit_defaults=True):
    """Somebody, and when he has read."""

    user: str
    at: int | None = None


class ItemReaders(Struct, frozen=True):
    """Who of a room has, or has not, read an item.  Its author is not listed."""

    items: list[ItemReader]


class ExportQuery(Question, frozen=True):
    """As what kind of file; `charset` is that of a CSV."""

    format: Literal["csv", "ics", "json"]
    charset: Charset = "utf-8"


class Shelf(Struct, frozen=True):
    """A folder or category, and how many items are in it."""

    name: str
    count: int


class Shelves(Struct, frozen=True):
    """The folders or categories of a room, by name."""

    items: list[Shelf]


async def list_answers(call: Call) -> web.Response:
    """Return what was answered.  Who is left out where the item is anonymous."""
    view, given = await _answered(call)
    if view.content is not None and is_anonymous(view.content):
        # In an order that says nothing of who or when.
        nameless = [AnswerView(view.id, None, a.part, a.answer, 0) for a in given]
        given = sorted(nameless, key=lambda a: msgspec.json.encode(a.answer))
    return answer(Answers(given))


async def _answered(call: Call, *types: str) -> tuple[ItemView, list[AnswerView]]:
    """Return an item and its answers, if the asker may see these."""
    view = await seen_item(call, *types)
    if not _sees_answers(call, view):
        raise Refused(Reason.FORBIDDEN, "this is for who made it, and for moderators")
    return view, await call.context.store.read(lambda db: list(responses(db, view.id)))


def _sees_answers(call: Call, view: ItemView) -> bool:
    """Return whether somebody may see what all answered.

    Of a call only who may phone; of a form, which may ask for what is nobody else's
    business, its author and moderators; of everything else who sees the item.
    """
    directory, uid = call.context.store.directory, call.who.uid
    if view.author == uid:
        return True
    if view.room is None:
        return directory.has_duty(uid, "call")
    part = directory.member(view.room, uid, now=call.context.clock())
    return view.type != "form" or (part is not None and part.role in MODERATES)


async def get_tally(call: Call) -> web.Response:
    """Return a survey or a form, counted."""
    view = await seen_item(call, "survey", "form")
    given: Sequence[AnswerView]
    match view.content:
        case Survey() as survey:
            given = await call.context.store.read(lambda db: list(responses(db, view.id)))
            return answer(survey_tally(view.id, survey, given, call.context.clock()))
        case Form() as form:
            _, given = await _answered(call)
            return answer(form_tally(view.id, form, given, call.context.clock()))
        case _:
            raise Refused(Reason.CONFLICT, "it was removed")


async def export_item(call: Call) -> web.Response:
    """Return an item as a file: its answers as CSV, an entry as iCalendar, a form as a template."""
    query = call.query(ExportQuery)
    if query.format == "ics":
        view = await seen_item(call, "entry")
        return calendar(call, view.id, [view])
    if query.format == "json":
        view = await seen_item(call, "form")
        name, body = f"{view.id}.json", encode(template_of(_form(view.content)))
        return _attached(name, "application/json", body)
    view, given = await _answered(call)
    if view.content is None:
        raise Refused(Reason.CONFLICT, "it was removed")
    body = write_csv(table(view.content, given, _people(call, given)), query.charset)
    return _attached(f"{view.id}.csv", f"text/csv; charset={query.charset}", body)


def _form(content: Content | None) -> Form:
    if not isinstance(content, Form):
        raise Refused(Reason.CONFLICT, "it was removed")
    return content


def _people(call: Call, given: Sequence[AnswerView]) -> dict[str, UserView]:
    users = {one.user for one in given if one.user is not None}
    found = (call.context.store.directory.user(uid) for uid in users)
    return {user.id: user for user in found if user is not None}


def calendar(call: Call, name: str, views: Sequence[ItemView]) -> web.Response:
    """Return entries as a calendar."""
    entries = [
        CalendarEntry(view.id, view.content, view.state, view.at)
        for view in views
        if isinstance(view.content, Entry) and isinstance(view.state, EntryState)
    ]
    asked = {
        uid
        for entry in entries
        for group in (entry.state.yes, entry.state.no, entry.state.maybe, entry.state.waiting)
        for uid in group
    }
    found = (call.context.store.directory.user(uid) for uid in asked)
    names = {user.id: user.name for user in found if user is not None}
    body = write_calendar(name, entries, names)
    return _attached(f"{name}.ics", "text/calendar; charset=utf-8", body)


def _attached(name: str, media: str, body: bytes) -> web.Response:
    return web.Response(body=body, headers=attachment(name, media))


async def list_item_readers(call: Call) -> web.Response:
    """Return who of the room has said that he read an item, or who has not."""
    query, view = call.query(ReadersQuery), await seen_item(call)
    if view.room is None:
        raise Refused(Reason.INVALID, "the status of a call says it")
    given = await call.context.store.read(lambda db: list(responses(db, view.id)))
    read = {one.user: one.at for one in given if one.part == "seen"}
    members = call.context.store.directory.members(view.room)
    others = [member.user for member in members if member.user != view.author]
    if query.state == "unread":
        return answer(ItemReaders([ItemReader(user) for user in others if user not in read]))
    return answer(ItemReaders([ItemReader(user, read[user]) for user in others if user in read]))


async def make_form_of_template(call: Call) -> web.Response:
    """Make a form of a template.  202: it has yet to cross, and can still be held or refused."""
    room = call.id(ROOM, "room")
    body = await call.body()
    form = form_of(read_form(body, FormFromTemplate))
    return await call.write_once(lambda acting: make(acting, room, form), status=202, question=body)


async def list_folders(call: Call) -> web.Response:
    """Return the folders of a room's stored files."""
    return await _shelves(call, "folder")


async def list_categories(call: Call) -> web.Response:
    """Return the categories of a room's posts."""
    return await _shelves(call, "category")


async def _shelves(call: Call, field: str) -> web.Response:
    room, store = seen_room(call).id, call.context.store
    since = store.directory.since(call.who.uid, room, now=call.context.clock()) or 0
    found = await store.read(lambda db: shelves(db, room, field, since=since))
    return answer(Shelves([Shelf(name, count) for name, count in found]))

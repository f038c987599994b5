"""Routes of what items come to: who answered what, counted, and as files to go on with."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.ids import ROOM
from wire.item_kinds import TYPES
from wire.items import AgendaEntry, Content, Form, Survey
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, encode, json_response, read_body
from zone.api.http.downloads import attachment_header
from zone.api.http.problems import language_of
from zone.api.resources.items import seen_item
from zone.api.resources.request_bodies import ReadersQuery, RequestQuery
from zone.api.resources.rooms import seen_room
from zone.conversation.items import make_item
from zone.copy.directory_views import UserView
from zone.copy.states import EntryState
from zone.copy.views import AnswerView, ItemView
from zone.items import agenda
from zone.items.calendar import CalendarEntry, write_calendar
from zone.items.exports import answers_table
from zone.items.kinds import ITEM_KINDS, is_anonymous
from zone.items.responses import responses_to
from zone.items.spreadsheets import Charset, write_csv
from zone.items.tallies import form_tally, survey_tally
from zone.items.templates import FormFromTemplate, form_of, template_of
from zone.rights.question import MODERATES
from zone.store import visibility


class Answers(Struct, frozen=True):
    """What was answered, the latest word of each; who is null where that is anonymous."""

    items: list[AnswerView]


class ItemReader(Struct, frozen=True, omit_defaults=True):
    """Somebody, and when they said that they have read it, in milliseconds, if they have."""

    user: str
    name: str
    section: str = ""
    at: int | None = None


class ItemReaders(Struct, frozen=True):
    """Who of a room has read an item and not answered, or not even that.

    Its author is not listed, nor who has answered, unless it is anonymous who has.
    """

    items: list[ItemReader]


class ExportQuery(RequestQuery, frozen=True):
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


async def list_answers(request: ApiRequest) -> web.Response:
    """Return what was answered.  Who is left out where the item is anonymous."""
    view, given = await _answered(request)
    if view.content is not None and is_anonymous(view.content):
        # In an order that says nothing of who or when.
        nameless = [AnswerView(view.id, None, a.part, a.answer, 0) for a in given]
        given = sorted(nameless, key=lambda a: msgspec.json.encode(a.answer))
    return json_response(Answers(given))


async def _answered(request: ApiRequest, *types: str) -> tuple[ItemView, list[AnswerView]]:
    """Return an item and its answers, if the asker may see these."""
    view = await seen_item(request, *types)
    if not _sees_answers(request, view):
        raise Refused(Reason.FORBIDDEN, "this is for who made it, and for moderators")
    given = await request.context.store.read(lambda db: list(responses_to(db, view.id)))
    if view.room is None:  # an agreement on calls may have ended since they answered
        may_call = request.context.store.directory.may_call
        given = [one for one in given if one.user is None or may_call(view.author, one.user)]
    return view, given


def _sees_answers(request: ApiRequest, view: ItemView) -> bool:
    """Return whether somebody may see what all answered.

    Of a call only who may phone; of a form, which may ask for what is nobody else's
    business, its author and moderators; of everything else who sees the item.
    """
    directory, uid = request.context.store.directory, request.who.uid
    if view.author == uid:
        return True
    if view.room is None:
        return directory.has_duty(uid, "broadcast", view.author)
    part = directory.member(view.room, uid, now=request.context.clock())
    is_shown = ITEM_KINDS[TYPES[view.type]].answers_shown_to != "author"
    return is_shown or (part is not None and part.role in MODERATES)


async def get_tally(request: ApiRequest) -> web.Response:
    """Return a survey or a form, counted."""
    view = await seen_item(request, "survey", "form")
    given: Sequence[AnswerView]
    match view.content:
        case Survey() as survey:
            given = await request.context.store.read(lambda db: list(responses_to(db, view.id)))
            return json_response(survey_tally(view.id, survey, given, request.context.clock()))
        case Form() as form:
            _, given = await _answered(request)
            return json_response(form_tally(view.id, form, given, request.context.clock()))
        case _:
            raise Refused(Reason.CONFLICT, "it was removed")


async def export_item(request: ApiRequest) -> web.Response:
    """Return an item as a file: its answers as CSV, an entry as iCalendar, a form as a template."""
    query = request.query(ExportQuery)
    if query.format == "ics":
        view = await seen_item(request, "entry")
        return calendar(request, view.id, [view])
    if query.format == "json":
        view = await seen_item(request, "form")
        name, body = f"{view.id}.json", encode(template_of(_form(view.content)))
        return _attached(name, "application/json", body)
    view, given = await _answered(request)
    if view.content is None:
        raise Refused(Reason.CONFLICT, "it was removed")
    language = language_of(request.http.headers.get("Accept-Language", "ja"))
    rows = answers_table(view.content, given, _people(request, view, given), language)
    body = write_csv(rows, query.charset)
    return _attached(f"{view.id}.csv", f"text/csv; charset={query.charset}", body)


def _form(content: Content | None) -> Form:
    if not isinstance(content, Form):
        raise Refused(Reason.CONFLICT, "it was removed")
    return content


def _people(
    request: ApiRequest, view: ItemView, given: Sequence[AnswerView]
) -> dict[str, UserView]:
    """Return who has answered: whoever calls people of another municipality sees who they are."""
    directory = request.context.store.directory
    users = {one.user for one in given if one.user is not None}
    called = users if view.room is None else set[str]()
    found = (user for uid in called if (user := directory.user(uid)) is not None)
    return {user.id: visibility.met(directory, user) for user in found} | _shown(request, users)


def _shown(request: ApiRequest, users: set[str]) -> dict[str, UserView]:
    """Return what the asker sees of people."""
    directory, now = request.context.store.directory, request.context.clock()
    found = {uid: visibility.shown(directory, request.who.uid, uid, now=now) for uid in users}
    return {uid: view for uid, view in found.items() if view is not None}


def calendar(request: ApiRequest, name: str, views: Sequence[ItemView]) -> web.Response:
    """Return entries as a calendar."""
    entries = [
        CalendarEntry(view.id, view.content, view.state, view.at)
        for view in views
        if isinstance(view.content, AgendaEntry) and isinstance(view.state, EntryState)
    ]
    asked = {
        uid
        for entry in entries
        for group in (entry.state.yes, entry.state.no, entry.state.maybe, entry.state.waiting)
        for uid in group
    }
    names = {uid: view.name for uid, view in _shown(request, asked).items()}
    body = write_calendar(name, entries, names)
    return _attached(f"{name}.ics", "text/calendar; charset=utf-8", body)


def _attached(name: str, media: str, body: bytes) -> web.Response:
    return web.Response(body=body, headers=attachment_header(name, media))


async def list_item_readers(request: ApiRequest) -> web.Response:
    """Return who of the room has read an item and not answered it, or has not even read it."""
    query, view = request.query(ReadersQuery), await seen_item(request)
    if view.room is None:
        raise Refused(Reason.INVALID, "the status of a call says it")
    given = await request.context.store.read(lambda db: list(responses_to(db, view.id)))
    read = {one.user: one.at for one in given if one.part == "seen"}
    is_secret = view.content is not None and is_anonymous(view.content)
    done = set() if is_secret else {one.user for one in given if one.part != "seen"}
    directory = request.context.store.directory
    present = directory.present(view.room, now=request.context.clock())
    others = [one.user for one in present if one.user not in {view.author, *done}]
    wanted = [user for user in others if (user in read) is (query.state == "read")]
    return json_response(
        ItemReaders(
            [ItemReader(user, *directory.known_as(user), read.get(user)) for user in wanted]
        )
    )


async def make_form_of_template(request: ApiRequest) -> web.Response:
    """Make a form of a template.  202: it has yet to cross, and can still be held or refused."""
    room = request.id(ROOM, "room")
    body = await request.body()
    form = form_of(read_body(body, FormFromTemplate))
    return await request.write_once(
        lambda actor: make_item(actor, room, form),
        status=202,
        question=body,
        place="/v1/items",
    )


async def list_folders(request: ApiRequest) -> web.Response:
    """Return the folders of a room's stored files."""
    return await _shelves(request, "folder")


async def list_categories(request: ApiRequest) -> web.Response:
    """Return the categories of a room's posts."""
    return await _shelves(request, "category")


async def _shelves(request: ApiRequest, field: str) -> web.Response:
    room, store = seen_room(request).id, request.context.store
    since = store.directory.since(request.who.uid, room, now=request.context.clock()) or 0
    found = await store.read(lambda db: agenda.shelves(db, room, field, since=since))
    return json_response(Shelves([Shelf(name, count) for name, count in found]))

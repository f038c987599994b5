"""Routes of items: made, listed, changed, removed, answered."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from wire.answers import Answer
from wire.fields import Id, Line
from wire.ids import ROOM
from wire.items import TYPES, Content, kind_of
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer, read_form
from zone.api.forms import Limit, Question, Why
from zone.api.rooms import seen_room
from zone.conversation.itemising import change, make, remove, respond
from zone.items import ItemSpan, find, listed
from zone.views import ItemView

Files = Annotated[tuple[Id, ...], Meta(max_length=1)]


class NewItem(Question, frozen=True):
    """An item to make; `files` is for stored files only."""

    content: Content
    files: Files = ()


class ItemChange(Question, frozen=True):
    """What an item is to say now: null stays.  A file is a new version."""

    content: Content
    files: Files = ()


class NewAnswer(Question, frozen=True):
    """What the asker answers."""

    answer: Answer


class ItemsQuery(Question, frozen=True):
    """Which items: `type` is one kind or several with commas between; all if empty.

    `folder` is one of stored files, `category` one of posts; `current` leaves out posts
    whose time is up.
    """

    type: Line = ""
    folder: Line | None = None
    category: Line | None = None
    pinned: bool | None = None
    current: bool = False
    removed: bool = False
    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9a-f]{14}[il][0-9a-f]$")] | None = None


class Items(Struct, frozen=True):
    """Part of the items of a room, the newest first."""

    items: list[ItemView]
    next: str | None


async def list_items(call: Call) -> web.Response:
    """Return items of a room, the newest first."""
    room = seen_room(call).id
    since = call.context.store.directory.since(call.who.uid, room, now=call.context.clock()) or 0
    return await _list(call, room, since)


async def _list(call: Call, room: str | None, since: int) -> web.Response:
    query, side = call.query(ItemsQuery), call.context.side
    types = [name for name in query.type.split(",") if name] or list(TYPES)
    if unknown := set(types) - set(TYPES):
        raise Refused(Reason.INVALID, f"there is no kind {min(unknown)}")
    fields = {"folder": query.folder, "category": query.category, "pinned": query.pinned}
    saying = tuple((name, value) for name, value in fields.items() if value is not None)
    span = ItemSpan(
        types, query.limit, query.next, since, query.removed, saying, only_current=query.current
    )
    uid, now = call.who.uid, call.context.clock()
    found = await call.context.store.read(lambda db: listed(db, side, room, span, uid, now=now))
    return answer(Items(found, found[-1].stamp if len(found) == query.limit else None))


async def create_item(call: Call) -> web.Response:
    """Make an item in a room.  202: it has yet to cross, and can still be held or refused."""
    room = call.id(ROOM, "room")
    body = await call.body()
    form = read_form(body, NewItem)
    return await call.write_once(
        lambda acting: make(acting, room, form.content, form.files), status=202, question=body
    )


def item_id(call: Call) -> str:
    """Return the id of the item in the path; what cannot be one is not found."""
    untrusted = call.request.match_info["item"]
    if kind_of(untrusted) is None:
        raise Refused(Reason.NOT_FOUND)
    return call.id(untrusted[:2], "item")


async def seen_item(call: Call, *types: str) -> ItemView:
    """Return the item in the path, if the asker may see it and it is of one of these types."""
    item, side, now = item_id(call), call.context.side, call.context.clock()
    view = await call.context.store.read(lambda db: find(db, side, item, call.who.uid, now=now))
    if view is None or not _sees(call, item, view.room, view.author, view.at):
        raise Refused(Reason.NOT_FOUND)
    if types and view.type not in types:
        raise Refused(Reason.INVALID, f"this is for {', '.join(types)}")
    return view


async def get_item(call: Call) -> web.Response:
    """Return an item, with what the asker answered."""
    view = await seen_item(call)
    response = answer(view)
    response.headers["ETag"] = f'"{view.etag}"'
    return response


def _sees(call: Call, item: str, room: str | None, author: str, at: int) -> bool:
    if room is not None:
        return call.sees(room, at)
    return call.context.store.directory.sees_call(call.who.uid, item, author)


async def patch_item(call: Call) -> web.Response:
    """Change an item.  With `If-Match` only if it still says what the asker has seen."""
    item = item_id(call)
    form = await call.form(ItemChange)
    etag = call.request.headers.get("If-Match")
    if_match = None if etag in (None, "*") else str(etag).strip('"')
    return await call.write(
        lambda acting: change(acting, item, form.content, if_match=if_match, files=form.files)
    )


async def remove_item(call: Call) -> web.Response:
    """Remove an item, with its files."""
    item = item_id(call)
    body = await call.body()
    form = read_form(body or b"{}", Why)
    return await call.write_once(
        lambda acting: remove(acting, item, form.reason), status=200, question=body
    )


async def put_answer(call: Call) -> web.Response:
    """Answer an item; a later answer replaces an earlier one."""
    item = item_id(call)
    form = await call.form(NewAnswer)
    return await call.write(lambda acting: respond(acting, item, form.answer))

"""Routes of items: made, listed, changed, removed, answered."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from wire.answers import Answer
from wire.fields import Id, Line
from wire.ids import ROOM
from wire.item_kinds import TYPES, kind_of
from wire.items import Content
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.resources.request_bodies import Limit, RequestQuery, Why
from zone.api.resources.rooms import seen_room
from zone.conversation.items import answer_item, change_item, make_item, withdraw_item
from zone.copy.views import ItemRevision, ItemView
from zone.items.items import ItemSpan, find_item, items_in_room
from zone.items.wordings import item_revisions

Files = Annotated[tuple[Id, ...], Meta(max_length=1)]


class NewItem(RequestQuery, frozen=True):
    """An item to make; `files` is for stored files only."""

    content: Content
    files: Files = ()


class ItemChange(RequestQuery, frozen=True):
    """What an item is to say now: null stays.  A file is a new version."""

    content: Content
    files: Files = ()


class NewAnswer(RequestQuery, frozen=True):
    """The asker's answer to an item."""

    answer: Answer


class ItemsQuery(RequestQuery, frozen=True):
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
    """A page of the items of a room, the newest first."""

    items: list[ItemView]
    next: str | None


class ItemRevisions(Struct, frozen=True):
    """Every wording of an item, the first one first."""

    items: list[ItemRevision]


async def list_items(request: ApiRequest) -> web.Response:
    """Return items of a room, the newest first."""
    room = seen_room(request).id
    since = (
        request.context.store.directory.since(request.who.uid, room, now=request.context.clock())
        or 0
    )
    return await _list(request, room, since)


async def _list(request: ApiRequest, room: str | None, since: int) -> web.Response:
    query, side = request.query(ItemsQuery), request.context.side
    types = [name for name in query.type.split(",") if name] or list(TYPES)
    if unknown := set(types) - set(TYPES):
        raise Refused(Reason.INVALID, f"there is no kind {min(unknown)}")
    fields = {"folder": query.folder, "category": query.category, "pinned": query.pinned}
    saying = tuple((name, value) for name, value in fields.items() if value is not None)
    span = ItemSpan(
        types, query.limit, query.next, since, query.removed, saying, only_current=query.current
    )
    uid, now = request.who.uid, request.context.clock()
    found = await request.context.store.read(
        lambda db: items_in_room(db, side, room, span, uid, now=now)
    )
    return json_response(Items(found, found[-1].stamp if len(found) == query.limit else None))


async def create_item(request: ApiRequest) -> web.Response:
    """Make an item in a room.  202: it has yet to cross, and can still be held or refused."""
    room = request.id(ROOM, "room")
    body = await request.body()
    wanted = read_body(body, NewItem)
    return await request.write_once(
        lambda actor: make_item(actor, room, wanted.content, wanted.files),
        status=202,
        question=body,
        place="/v1/items",
    )


def item_id(request: ApiRequest) -> str:
    """Return the id of the item in the path; what cannot be one is not found."""
    untrusted = request.http.match_info["item"]
    if kind_of(untrusted) is None:
        raise Refused(Reason.NOT_FOUND)
    return request.id(untrusted[:2], "item")


async def seen_item(request: ApiRequest, *types: str) -> ItemView:
    """Return the item in the path, if the asker may see it and it is of one of these types."""
    item, side, now = item_id(request), request.context.side, request.context.clock()
    view = await request.context.store.read(
        lambda db: find_item(db, side, item, request.who.uid, now=now)
    )
    if view is None or not _sees(request, item, view.room, view.at):
        raise Refused(Reason.NOT_FOUND)
    if types and view.type not in types:
        raise Refused(Reason.INVALID, f"this is for {', '.join(types)}")
    return view


async def get_item(request: ApiRequest) -> web.Response:
    """Return an item, with what the asker answered."""
    view = await seen_item(request)
    response = json_response(view)
    response.headers["ETag"] = f'"{view.etag}"'
    return response


def _sees(request: ApiRequest, item: str, room: str | None, at: int) -> bool:
    if room is not None:
        return request.sees(room, at)
    return request.context.store.directory.sees_broadcast(request.who.uid, item)


async def patch_item(request: ApiRequest) -> web.Response:
    """Change an item.  With `If-Match` only if it still says what the asker has seen."""
    item = item_id(request)
    wanted = await request.body_as(ItemChange)
    etag = request.http.headers.get("If-Match")
    if_match = None if etag in (None, "*") else str(etag).strip('"')
    return await request.write(
        lambda actor: change_item(
            actor, item, wanted.content, if_match=if_match, files=wanted.files
        )
    )


async def list_item_revisions(request: ApiRequest) -> web.Response:
    """Return every wording of an item; of one that was removed there is none."""
    item = (await seen_item(request)).id
    return json_response(
        ItemRevisions(await request.context.store.read(lambda db: item_revisions(db, item)))
    )


async def remove_item(request: ApiRequest) -> web.Response:
    """Remove an item, with its files."""
    item = item_id(request)
    body = await request.body()
    wanted = read_body(body or b"{}", Why)
    return await request.write_once(
        lambda actor: withdraw_item(actor, item, wanted.reason), status=200, question=body
    )


async def put_answer(request: ApiRequest) -> web.Response:
    """Answer an item; a later answer replaces an earlier one."""
    item = item_id(request)
    wanted = await request.body_as(NewAnswer)
    return await request.write(lambda actor: answer_item(actor, item, wanted.answer))

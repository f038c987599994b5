"""Routes beside the timeline: pins, threads, revisions, forwarding, later messages, stickers."""

import sqlite3

from aiohttp import web
from msgspec import Struct

from wire.ids import MESSAGE, ROOM
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.resources.request_bodies import Forward, LaterMessage, NoQuery, ThreadQuery
from zone.api.resources.rooms import seen_room
from zone.conversation import later_messages
from zone.conversation.forwarding import forward_to_room
from zone.conversation.later_messages import LATER_MESSAGE, WaitingMessage, say_later
from zone.conversation.messages import set_pin
from zone.copy.messages import MessagePlace, find_message, message_place, message_views
from zone.copy.register_pieces import PINNED
from zone.copy.stickers import STICKERS, Sticker, sticker_drawing
from zone.copy.views import MessageView

# Pins of more are a list nobody reads; the latest are shown.
MAX_PINS = 100

_SVG = {
    "Content-Type": "image/svg+xml",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=86400",
}


class Messages(Struct, frozen=True):
    """Messages that belong together, in their order."""

    items: list[MessageView]


class Thread(Struct, frozen=True):
    """A page of a thread, the first said first; `next` leads on to what was said later."""

    items: list[MessageView]
    next: str | None


class Revision(Struct, frozen=True):
    """A wording of a message, and since when it is."""

    text: str
    at: int


class Revisions(Struct, frozen=True):
    """All wordings of a message, the first one first."""

    items: list[Revision]


class LaterMessages(Struct, frozen=True):
    """What the asker has yet to say, the next first."""

    items: list[WaitingMessage]


class Stickers(Struct, frozen=True):
    """The drawn stamps there are."""

    items: list[Sticker]


async def put_pin(request: ApiRequest) -> web.Response:
    """Pin a message to its room."""
    return await _pin(request, on=True)


async def delete_pin(request: ApiRequest) -> web.Response:
    """Take a pin out."""
    return await _pin(request, on=False)


async def _pin(request: ApiRequest, *, on: bool) -> web.Response:
    message = request.id(MESSAGE, "message")
    return await request.write(lambda actor: set_pin(actor, message, on=on))


async def list_pins(request: ApiRequest) -> web.Response:
    """Return the messages pinned to a room, the one pinned last first."""
    request.query(NoQuery)
    room, side = seen_room(request).id, request.context.side
    found = await request.context.store.read(lambda db: message_views(db, side, _pinned(db, room)))
    return json_response(Messages([view for view in found if request.sees(room, view.at)]))


def _pinned(db: sqlite3.Connection, room: str) -> list[tuple[object, ...]]:
    return db.execute(
        f"SELECT message.* FROM {PINNED} AS pin JOIN message ON message.id = pin.message"  # noqa: S608 - a piece
        " ORDER BY pin.stamp DESC LIMIT ?",
        (room, MAX_PINS),
    ).fetchall()


async def list_replies(request: ApiRequest) -> web.Response:
    """Return the messages of the thread that a message began."""
    query, side = request.query(ThreadQuery), request.context.side
    message = request.id(MESSAGE, "message")
    room = (await _seen(request, message)).room
    directory, now = request.context.store.directory, request.context.clock()
    since = directory.since(request.who.uid, room, now=now) or 0
    part = "SELECT * FROM message WHERE thread = ? AND stamp > ? AND at >= ? ORDER BY stamp LIMIT ?"
    asked = (message, query.next or "", since, query.limit)
    found = await request.context.store.read(
        lambda db: message_views(db, side, db.execute(part, asked).fetchall())
    )
    return json_response(Thread(found, found[-1].stamp if len(found) == query.limit else None))


async def list_revisions(request: ApiRequest) -> web.Response:
    """Return every wording of a message; of one that was taken back there is none."""
    request.query(NoQuery)
    message, side = request.id(MESSAGE, "message"), request.context.side
    where = await _seen(request, message)
    view, later = await request.context.store.read(
        lambda db: (find_message(db, side, message), _revisions(db, message))
    )
    if view is None or view.text is None or where.is_held:
        return json_response(Revisions([]))
    return json_response(Revisions(later))


def _revisions(db: sqlite3.Connection, message: str) -> list[Revision]:
    rows = db.execute(
        "SELECT text, at FROM message WHERE id = ?1 UNION ALL"
        " SELECT text, at FROM (SELECT * FROM revision WHERE message = ?1 ORDER BY stamp)",
        (message,),
    )
    return [Revision(text or "", at) for text, at in rows]


async def _seen(request: ApiRequest, message: str) -> MessagePlace:
    found = await request.context.store.read(lambda db: message_place(db, message))
    if found is None or not request.sees(found.room, found.at):
        raise Refused(Reason.NOT_FOUND)
    return found


async def forward_message(request: ApiRequest) -> web.Response:
    """Say a message again elsewhere.  409 `needs-confirm` where more people would see it."""
    message = request.id(MESSAGE, "message")
    body = await request.body()
    wanted = read_body(body, Forward)
    return await request.write_once(
        lambda actor: forward_to_room(
            actor, message, wanted.room, wanted.text, confirm=wanted.confirm
        ),
        status=202,
        question=body,
        place="/v1/messages",
    )


async def create_later_message(request: ApiRequest) -> web.Response:
    """Post a message later."""
    room = request.id(ROOM, "room")
    body = await request.body()
    wanted = read_body(body, LaterMessage)
    return await request.write_once(
        lambda actor: say_later(actor, room, wanted.due, wanted), status=201, question=body
    )


async def list_later_messages(request: ApiRequest) -> web.Response:
    """Return what the asker has yet to say."""
    request.query(NoQuery)
    uid = request.who.uid
    found = await request.context.store.read(lambda db: later_messages.waiting(db, uid))
    return json_response(LaterMessages(found))


async def delete_later_message(request: ApiRequest) -> web.Response:
    """Do not say it after all."""
    name = request.id(LATER_MESSAGE, "later_message")
    await request.context.store.write(
        lambda writing: later_messages.cancel(request.actor(writing), name)
    )
    return web.Response(status=204)


async def list_stickers(request: ApiRequest) -> web.Response:
    """Return the drawn stamps."""
    request.query(NoQuery)
    return json_response(Stickers(list(STICKERS.values())))


async def get_sticker(request: ApiRequest) -> web.Response:
    """Return the drawing of a stamp."""
    of = request.http.match_info
    found = sticker_drawing(f"{of['set']}/{of['name']}")
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return web.Response(body=found, headers=_SVG)

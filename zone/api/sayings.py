"""Routes beside the timeline: pins, threads, revisions, forwarding, later messages, stickers."""

import sqlite3

from aiohttp import web
from msgspec import Struct

from wire.ids import MESSAGE, ROOM
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer, read_form
from zone.api.forms import Forward, LaterMessage, NoQuery
from zone.api.rooms import seen_room
from zone.conversation.forwarding import forward
from zone.conversation.scheduling import SCHEDULED, Scheduled, cancel, schedule, waiting
from zone.conversation.speaking import pin
from zone.messages import Place, find, place, views
from zone.stickers import STICKERS, Sticker, drawing
from zone.views import MessageView

# A thread of more is a room.
MAX_THREAD = 500
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


class Revision(Struct, frozen=True):
    """A wording of a message, and since when it is."""

    text: str
    at: int


class Revisions(Struct, frozen=True):
    """All wordings of a message, the first one first."""

    items: list[Revision]


class LaterMessages(Struct, frozen=True):
    """What the asker has yet to say, the next first."""

    items: list[Scheduled]


class Stickers(Struct, frozen=True):
    """The drawn stamps there are."""

    items: list[Sticker]


async def put_pin(call: Call) -> web.Response:
    """Pin a message to its room."""
    return await _pin(call, on=True)


async def delete_pin(call: Call) -> web.Response:
    """Take a pin out."""
    return await _pin(call, on=False)


async def _pin(call: Call, *, on: bool) -> web.Response:
    message = call.id(MESSAGE, "message")
    await call.context.store.write(lambda writing: pin(call.acting(writing), message, on=on))
    return web.Response(status=204)


async def list_pins(call: Call) -> web.Response:
    """Return the messages pinned to a room, the one pinned last first."""
    call.query(NoQuery)
    room, side = seen_room(call).id, call.context.side
    found = await call.context.store.read(lambda db: views(db, side, _pinned(db, room)))
    return answer(Messages([view for view in found if call.sees(room, view.at)]))


def _pinned(db: sqlite3.Connection, room: str) -> list[tuple[object, ...]]:
    return db.execute(
        "SELECT message.* FROM register JOIN message ON message.id = substr(field, 5)"
        " WHERE object = ? AND field BETWEEN 'pin:' AND 'pin;' AND value LIKE '[true%'"
        " ORDER BY register.stamp DESC LIMIT ?",
        (room, MAX_PINS),
    ).fetchall()


async def list_replies(call: Call) -> web.Response:
    """Return the messages of the thread that a message began."""
    call.query(NoQuery)
    message, side = call.id(MESSAGE, "message"), call.context.side
    room = (await _seen(call, message)).room
    query = "SELECT * FROM message WHERE thread = ? ORDER BY stamp LIMIT ?"
    found = await call.context.store.read(
        lambda db: views(db, side, db.execute(query, (message, MAX_THREAD)).fetchall())
    )
    return answer(Messages([view for view in found if call.sees(room, view.at)]))


async def list_revisions(call: Call) -> web.Response:
    """Return every wording of a message; of one that was taken back there is none."""
    call.query(NoQuery)
    message, side = call.id(MESSAGE, "message"), call.context.side
    where = await _seen(call, message)
    view, later = await call.context.store.read(
        lambda db: (find(db, side, message), _revisions(db, message))
    )
    if view is None or view.text is None or where.is_held:
        return answer(Revisions([]))
    return answer(Revisions(later))


def _revisions(db: sqlite3.Connection, message: str) -> list[Revision]:
    rows = db.execute(
        "SELECT text, at FROM message WHERE id = ?1 UNION ALL"
        " SELECT text, at FROM (SELECT * FROM revision WHERE message = ?1 ORDER BY stamp)",
        (message,),
    )
    return [Revision(text or "", at) for text, at in rows]


async def _seen(call: Call, message: str) -> Place:
    found = await call.context.store.read(lambda db: place(db, message))
    if found is None or not call.sees(found.room, found.at):
        raise Refused(Reason.NOT_FOUND)
    return found


async def forward_message(call: Call) -> web.Response:
    """Say a message again elsewhere.  409 `needs-confirm` where more people would see it."""
    message = call.id(MESSAGE, "message")
    body = await call.body()
    form = read_form(body, Forward)
    return await call.write_once(
        lambda acting: forward(acting, message, form.room, form.text, confirm=form.confirm),
        status=202,
        question=body,
    )


async def schedule_message(call: Call) -> web.Response:
    """Say something later."""
    room = call.id(ROOM, "room")
    body = await call.body()
    form = read_form(body, LaterMessage)
    return await call.write_once(
        lambda acting: schedule(acting, room, form.due, form), status=201, question=body
    )


async def list_scheduled(call: Call) -> web.Response:
    """Return what the asker has yet to say."""
    call.query(NoQuery)
    return await call.write(lambda acting: LaterMessages(waiting(acting)))


async def cancel_scheduled(call: Call) -> web.Response:
    """Do not say it after all."""
    name = call.id(SCHEDULED, "scheduled")
    await call.context.store.write(lambda writing: cancel(call.acting(writing), name))
    return web.Response(status=204)


async def list_stickers(call: Call) -> web.Response:
    """Return the drawn stamps."""
    call.query(NoQuery)
    return answer(Stickers(list(STICKERS.values())))


async def get_sticker(call: Call) -> web.Response:
    """Return the drawing of a stamp."""
    of = call.request.match_info
    found = drawing(f"{of['set']}/{of['name']}")
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return web.Response(body=found, headers=_SVG)

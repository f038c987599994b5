"""Routes of bots: the log behind what they have acknowledged; they keep no position themselves."""

import sqlite3
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from wire.fields import Line
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.resources import streams
from zone.api.resources.request_bodies import MAX_WAIT_S, RequestQuery
from zone.store.event_log import read_cursor, write_cursor
from zone.store.writing import Writing


class BotQuery(RequestQuery, frozen=True):
    """Events behind what was acknowledged; `ack` acknowledges up to a cursor first."""

    ack: Line = ""
    wait: Annotated[int, Meta(ge=0, le=MAX_WAIT_S)] = 0


class BotPosition(RequestQuery, frozen=True):
    """The cursor up to which a bot is done."""

    cursor: Line


class Acknowledged(Struct, frozen=True):
    """Up to which cursor a bot has acknowledged."""

    cursor: str


async def get_bot_events(request: ApiRequest) -> web.StreamResponse:
    """Return events behind what the bot has acknowledged; at first, from now on."""
    query = request.query(BotQuery)
    cursor = await _acknowledge(request, query.ack)
    return await streams.serve(request, cursor, query.wait)


async def post_ack(request: ApiRequest) -> web.Response:
    """Acknowledge events up to a cursor.  A bot's position only moves forwards."""
    wanted = await request.body_as(BotPosition)
    return json_response(Acknowledged(await _acknowledge(request, wanted.cursor)))


async def _acknowledge(request: ApiRequest, untrusted_cursor: str) -> str:
    """Move the bot's position forwards if it says so, and return it, durably."""
    store, uid, frontend = request.context.store, request.who.uid, request.frontend.id
    user = store.directory.user(uid)
    if user is None or user.user_kind != "bot":
        raise Refused(Reason.FORBIDDEN, "this is for bots; people follow /v1/events")
    n = read_cursor(store.tag, untrusted_cursor) if untrusted_cursor else None
    if n is not None and n > store.subscriptions.high:
        raise Refused(Reason.CURSOR_GONE, "the store was restored: take a new snapshot")
    high = store.subscriptions.high
    place = await store.read(lambda db: _place(db, frontend, uid))
    if place is None or (n is not None and n > place):
        wanted = high if n is None else n
        place = await store.write(lambda writing: _move(writing, frontend, uid, wanted))
    return write_cursor(store.tag, place)


def _place(db: sqlite3.Connection, frontend: str, uid: str) -> int | None:
    row = db.execute(
        "SELECT n FROM position WHERE frontend = ? AND user = ?", (frontend, uid)
    ).fetchone()
    return None if row is None else int(row[0])


def _move(writing: Writing, frontend: str, uid: str, n: int) -> int:
    (place,) = writing.db.execute(
        "INSERT INTO position VALUES (?, ?, ?)"
        " ON CONFLICT (frontend, user) DO UPDATE SET n = max(n, excluded.n) RETURNING n",
        (frontend, uid, n),
    ).fetchone()
    return int(place)

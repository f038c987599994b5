"""Routes of messages: said, read, rewritten, taken back."""

from aiohttp import web
from msgspec import Struct

from wire.ids import MESSAGE, ROOM
from wire.reasons import Reason, Refused, Unavailable
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.http.problems import code_of
from zone.api.resources.request_bodies import (
    BetterText,
    MessageOfBatch,
    NewMessages,
    NoQuery,
    ReadersQuery,
    TimelineQuery,
    UpTo,
    Why,
)
from zone.api.resources.rooms import seen_room
from zone.conversation import timeline
from zone.conversation.actor import Actor
from zone.conversation.messages import (
    NewMessage,
    rewrite_message,
    set_reaction,
    take_back,
    write_message,
)
from zone.conversation.pictures import one_spelling
from zone.conversation.read_positions import advance_position
from zone.conversation.timeline import TimelinePart, first_reads
from zone.copy.messages import find_message, message_place
from zone.copy.views import MessageView

MAX_STAMP = 64
_BREAKS = frozenset("\n\t")


class PostResult(Struct, frozen=True, omit_defaults=True):
    """What became of one message of many: it has an id, or `code` says why not."""

    client_key: str
    id: str | None = None
    code: str | None = None


class Outcomes(Struct, frozen=True):
    """What became of each message, in the order they came."""

    items: list[PostResult]


class Reader(Struct, frozen=True, omit_defaults=True):
    """Somebody, and when they first read it, in milliseconds, if they have."""

    user: str
    name: str
    section: str = ""
    at: int | None = None


class Readers(Struct, frozen=True):
    """Who of a room has, or has not, read a message.  Its author is not listed."""

    items: list[Reader]


async def list_messages(request: ApiRequest) -> web.Response:
    """Return part of a room's timeline."""
    query, context = request.query(TimelineQuery), request.context
    if sum(x is not None for x in (query.before, query.after, query.around, query.next)) > 1:
        raise Refused(Reason.INVALID, "one of before, after, around and next")
    room = seen_room(request).id
    since = context.store.directory.since(request.who.uid, room, now=context.clock()) or 0
    wanted = TimelinePart(query.limit, query.before, query.after, query.around, query.next)
    found = await context.store.read(
        lambda db: timeline.page(db, context.side, room, since, wanted)
    )
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return json_response(found)


async def post_message(request: ApiRequest) -> web.Response:
    """Post a message to a room.  202: it has yet to cross, and can still be held or refused."""
    room = request.id(ROOM, "room")
    body = await request.body()
    said = read_body(body, NewMessage)
    return await request.write_once(
        lambda actor: write_message(actor, room, said),
        status=202,
        question=body,
        place="/v1/messages",
    )


async def post_messages(request: ApiRequest) -> web.Response:
    """Say many things at once; each is accepted or refused by itself."""
    body = await request.body()
    messages = read_body(body, NewMessages).messages

    def work(actor: Actor) -> Outcomes:
        return Outcomes([_post_one(actor, one) for one in messages])

    return await request.write_once(work, status=200, question=body)


def _post_one(actor: Actor, one: MessageOfBatch) -> PostResult:
    actor.client_key = one.client_key
    try:
        posted = write_message(actor, one.room, one)
    except (Refused, Unavailable) as trouble:  # `post` has written nothing then
        return PostResult(one.client_key, code=code_of(trouble))
    return PostResult(one.client_key, posted.id)


async def get_message(request: ApiRequest) -> web.Response:
    """Return a message."""
    return json_response(await _seen_message(request))


async def _seen_message(request: ApiRequest) -> MessageView:
    message, context = request.id(MESSAGE, "message"), request.context
    view = await context.store.read(lambda db: find_message(db, context.side, message))
    if view is None or not request.sees(view.room, view.at):
        raise Refused(Reason.NOT_FOUND)
    return view


async def patch_message(request: ApiRequest) -> web.Response:
    """Rewrite a message."""
    message = request.id(MESSAGE, "message")
    wanted = await request.body_as(BetterText)
    return await request.write(lambda actor: rewrite_message(actor, message, wanted.text))


async def withdraw_message(request: ApiRequest) -> web.Response:
    """Withdraw a message, with its files."""
    message = request.id(MESSAGE, "message")
    body = await request.body()
    wanted = read_body(body or b"{}", Why)
    return await request.write_once(
        lambda actor: take_back(
            actor, message, wanted.reason, hours=request.context.settings.limits.withdraw_hours
        ),
        status=200,
        question=body,
    )


async def put_reaction(request: ApiRequest) -> web.Response:
    """Put a reaction on a message."""
    return await _react(request, on=True)


async def delete_reaction(request: ApiRequest) -> web.Response:
    """Take one's stamp off a message."""
    return await _react(request, on=False)


async def _react(request: ApiRequest, *, on: bool) -> web.Response:
    message = request.id(MESSAGE, "message")
    mark = one_spelling(request.http.match_info["reaction"])
    if not 0 < len(mark) <= MAX_STAMP or not _BREAKS.isdisjoint(mark):
        raise Refused(Reason.INVALID, f"a stamp has 1 to {MAX_STAMP} characters that are seen")
    return await request.write(lambda actor: set_reaction(actor, message, mark, on=on))


async def put_read(request: ApiRequest) -> web.Response:
    """Say how far the asker has read a room."""
    room = request.id(ROOM, "room")
    wanted = await request.body_as(UpTo)
    return await request.write(lambda actor: advance_position(actor, room, wanted.message))


async def list_readers(request: ApiRequest) -> web.Response:
    """Return who has read a message, or who has not."""
    query, message = request.query(ReadersQuery), request.id(MESSAGE, "message")
    store = request.context.store
    place = await store.read(lambda db: message_place(db, message))
    if place is None or not request.sees(place.room, place.at):
        raise Refused(Reason.NOT_FOUND)
    present = store.directory.present(place.room, now=request.context.clock())
    others = [member.user for member in present if member.user != place.author]
    read = await store.read(
        lambda db: first_reads(db, request.context.side, message, place, others)
    )
    wanted = [user for user in others if (user in read) is (query.state == "read")]
    known_as = store.directory.known_as
    return json_response(
        Readers([Reader(user, *known_as(user), read.get(user)) for user in wanted])
    )


async def get_read(request: ApiRequest) -> web.Response:
    """Return how far the asker is with a room, and what is unread in it."""
    request.query(NoQuery)
    room, context = seen_room(request).id, request.context
    uid, side = request.who.uid, context.side
    since = context.store.directory.since(uid, room, now=context.clock()) or 0
    return json_response(
        await context.store.read(lambda db: timeline.position(db, side, uid, room, since))
    )

"""Routes of messages: said, read, rewritten, taken back."""

from aiohttp import web
from msgspec import Struct

from wire.ids import MESSAGE, ROOM
from wire.reasons import Reason, Refused, Unavailable
from zone.api.call import Call, answer, read_form
from zone.api.forms import (
    BetterText,
    MessageOfBatch,
    NewMessages,
    ReadersQuery,
    TimelineQuery,
    UpTo,
    Why,
)
from zone.api.problems import code_of
from zone.api.rooms import seen_room
from zone.conversation.acting import Acting
from zone.conversation.looking import Wanted, page, read_by
from zone.conversation.reading import read
from zone.conversation.speaking import Said, edit, post, react, withdraw
from zone.messages import find
from zone.views import MessageView

MAX_STAMP = 64


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What became of one message of many: it has an id, or `code` says why not."""

    client_key: str
    id: str | None = None
    code: str | None = None


class Outcomes(Struct, frozen=True):
    """What became of each message, in the order they came."""

    items: list[Outcome]


class Reader(Struct, frozen=True, omit_defaults=True):
    """Somebody, and up to which message and when he has read."""

    user: str
    message: str | None = None
    at: int | None = None


class Readers(Struct, frozen=True):
    """Who of a room has, or has not, read a message.  Its author is not listed."""

    items: list[Reader]


async def list_messages(call: Call) -> web.Response:
    """Return part of a room's timeline."""
    query, context = call.query(TimelineQuery), call.context
    if sum(x is not None for x in (query.before, query.after, query.around, query.next)) > 1:
        raise Refused(Reason.INVALID, "one of before, after, around and next")
    room = seen_room(call).id
    since = context.store.directory.since(call.who.uid, room, now=context.clock()) or 0
    wanted = Wanted(query.limit, query.before, query.after, query.around, query.next)
    found = await context.store.read(lambda db: page(db, context.side, room, since, wanted))
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return answer(found)


async def post_message(call: Call) -> web.Response:
    """Say something in a room.  202: it has yet to cross, and can still be held or refused."""
    room = call.id(ROOM, "room")
    body = await call.body()
    said = read_form(body, Said)
    return await call.write_once(lambda acting: post(acting, room, said), status=202, question=body)


async def post_messages(call: Call) -> web.Response:
    """Say many things at once; each is accepted or refused by itself."""
    body = await call.body()
    messages = read_form(body, NewMessages).messages

    def work(acting: Acting) -> Outcomes:
        return Outcomes([_post_one(acting, one) for one in messages])

    return await call.write_once(work, status=200, question=body)


def _post_one(acting: Acting, one: MessageOfBatch) -> Outcome:
    acting.client_key = one.client_key
    try:
        posted = post(acting, one.room, one)
    except (Refused, Unavailable) as trouble:  # `post` has written nothing then
        return Outcome(one.client_key, code=code_of(trouble))
    return Outcome(one.client_key, posted.id)


async def get_message(call: Call) -> web.Response:
    """Return a message."""
    return answer(await _seen_message(call))


async def _seen_message(call: Call) -> MessageView:
    message, context = call.id(MESSAGE, "message"), call.context
    view = await context.store.read(lambda db: find(db, context.side, message))
    if view is None or not call.sees(view.room, view.at):
        raise Refused(Reason.NOT_FOUND)
    return view


async def patch_message(call: Call) -> web.Response:
    """Rewrite a message."""
    message = call.id(MESSAGE, "message")
    form = await call.form(BetterText)
    return await call.write(lambda acting: edit(acting, message, form.text))


async def withdraw_message(call: Call) -> web.Response:
    """Take a message back, with its files."""
    message = call.id(MESSAGE, "message")
    body = await call.body()
    form = read_form(body or b"{}", Why)
    return await call.write_once(
        lambda acting: withdraw(
            acting, message, form.reason, hours=call.context.settings.limits.withdraw_hours
        ),
        status=200,
        question=body,
    )


async def put_reaction(call: Call) -> web.Response:
    """Put a stamp on a message."""
    return await _react(call, on=True)


async def delete_reaction(call: Call) -> web.Response:
    """Take one's stamp off a message."""
    return await _react(call, on=False)


async def _react(call: Call, *, on: bool) -> web.Response:
    message = call.id(MESSAGE, "message")
    untrusted = call.request.match_info["stamp"]
    if len(untrusted) > MAX_STAMP or not untrusted.isprintable():
        raise Refused(Reason.INVALID, f"a stamp has 1 to {MAX_STAMP} printable characters")
    await call.context.store.write(lambda w: react(call.acting(w), message, untrusted, on=on))
    return web.Response(status=204)


async def put_read(call: Call) -> web.Response:
    """Say how far the asker has read a room."""
    room = call.id(ROOM, "room")
    form = await call.form(UpTo)
    return await call.write(lambda acting: read(acting, room, form.message))


async def list_readers(call: Call) -> web.Response:
    """Return who has read a message, or who has not."""
    query, message = call.query(ReadersQuery), call.id(MESSAGE, "message")
    store = call.context.store
    found = await store.read(lambda db: read_by(db, message))
    if found is None or not call.sees(found[0].room, found[0].at):
        raise Refused(Reason.NOT_FOUND)
    place, read_so_far = found
    others = [m.user for m in store.directory.members(place.room) if m.user != place.author]
    if query.state == "unread":
        return answer(Readers([Reader(user) for user in others if user not in read_so_far]))
    readers = [Reader(user, *read_so_far[user]) for user in others if user in read_so_far]
    return answer(Readers(readers))

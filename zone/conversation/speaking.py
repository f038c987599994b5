"""What people say: messages, better words for them, stamps on them, and how far they read."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from wire.bodies import MessageEdit, MessagePost, MessageWithdraw, ReactionSet, ReadSet
from wire.ids import MESSAGE
from wire.order import stamp
from wire.reasons import Reason, Refused
from zone import files as rows
from zone.apply import register
from zone.conversation.acting import Acting
from zone.directory import MODERATES
from zone.messages import find
from zone.telling import first_delivery
from zone.views import Delivery, MessageView, ReadView


class Posted(Struct, frozen=True):
    """A message that was accepted.  It has yet to cross, and can still be held or refused."""

    id: str
    room: str
    at: int
    stamp: str
    delivery: Delivery


def post(
    acting: Acting, room: str, text: str, *, reply_to: str | None = None, files: Sequence[str] = ()
) -> Posted:
    """Say something in a room.  All that can be refused is, before anything is written."""
    acting.demand_speaker(room)
    if not text and not files:
        raise Refused(Reason.INVALID, "a message has a text or a file")
    if reply_to is not None and acting.seen(reply_to).room != room:
        raise Refused(Reason.NOT_FOUND)
    writing, references = acting.writing, []
    if files:
        references = rows.references(writing.db, files, uploader=acting.who.uid)
    event = acting.say(
        MessagePost(text, reply_to),
        room=room,
        crosses=acting.crosses(room),
        id=writing.mint(MESSAGE, writing.now),
        files=references,
    )
    zone = writing.side.zone
    delivery = first_delivery(writing, event, zone)
    return Posted(event.id, room, event.at, stamp(event.lc, zone), delivery)


def edit(acting: Acting, message: str, text: str) -> MessageView:
    """Say it better.  Only its author can, where he said it, while it stands."""
    place = acting.seen(message)
    acting.demand_speaker(place.room)
    if place.author != acting.who.uid:
        raise Refused(Reason.FORBIDDEN, "only its author rewrites a message")
    if place.zone != acting.writing.side.zone:
        raise Refused(Reason.FORBIDDEN, "a message is rewritten in the zone in which it was said")
    if place.is_held or register(acting.writing.db, message, "withdrawn") is not None:
        raise Refused(Reason.CONFLICT, "the message was taken back or is held")
    acting.say(MessageEdit(message, text), room=place.room, crosses=acting.crosses(place.room))
    return _view(acting, message)


def withdraw(acting: Acting, message: str, reason: str) -> MessageView:
    """Take a message back, with its files.  Doing it again changes nothing."""
    place = acting.seen(message)
    part = acting.part(place.room)
    if place.author != acting.who.uid and part.role not in MODERATES:
        raise Refused(Reason.FORBIDDEN, "only its author or a moderator takes a message back")
    if register(acting.writing.db, message, "withdrawn") is None:
        body = MessageWithdraw(message, reason)
        acting.say(body, room=place.room, crosses=acting.crosses(place.room))
    return _view(acting, message)


def react(acting: Acting, message: str, mark: str, *, on: bool) -> None:
    """Put a stamp on a message, or take it off."""
    place = acting.seen(message)
    acting.demand_speaker(place.room)
    db, who = acting.writing.db, acting.who.uid
    if bool(register(db, message, f"reaction:{mark}:{who}")) != on:
        body = ReactionSet(message, mark, on)
        acting.say(body, room=place.room, crosses=acting.crosses(place.room))


def read(acting: Acting, room: str, message: str) -> ReadView:
    """Say how far a room was read.  Positions only go forwards."""
    acting.part(room)
    place = acting.seen(message)
    if place.room != room:
        raise Refused(Reason.NOT_FOUND)
    uid = acting.who.uid
    row = acting.writing.db.execute(
        "SELECT value, stamp FROM register WHERE object = ? AND field = ?", (room, f"read:{uid}")
    ).fetchone()
    if row is not None and place.stamp <= row[1]:
        return ReadView(uid, *msgspec.json.decode(row[0]))
    body = ReadSet(message, place.stamp)
    event = acting.say(body, room=room, crosses=acting.crosses(room))
    return ReadView(uid, message, event.at)


def _view(acting: Acting, message: str) -> MessageView:
    view = find(acting.writing.db, acting.writing.side, message)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view

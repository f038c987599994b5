"""What people say: messages, better words for them, stamps on them, pins."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from wire.bodies import (
    MAX_MENTIONS,
    CallNotice,
    Location,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    ReactionSet,
)
from wire.bounds import MAX_FILES
from wire.events import FileRef
from wire.fields import Id, Ref, Text
from wire.ids import MESSAGE
from wire.order import stamp
from wire.reasons import Reason, Refused
from zone import files as rows
from zone.apply import register
from zone.conversation.acting import Acting
from zone.directory import MODERATES
from zone.messages import find
from zone.stickers import STICKERS
from zone.telling import first_delivery
from zone.views import Delivery, MessageView


class Posted(Struct, frozen=True):
    """A message that was accepted.  It has yet to cross, and can still be held or refused."""

    id: str
    room: str
    at: int
    stamp: str
    delivery: Delivery


class Said(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to say: a text, files, a sticker, a place, a call, or several of these."""

    text: Text = ""
    reply_to: Id | None = None
    files: Annotated[list[Id], Meta(max_length=MAX_FILES)] = []
    thread: Id | None = None
    mentions: Annotated[list[Ref], Meta(max_length=MAX_MENTIONS)] = []
    sticker: str | None = None
    location: Location | None = None
    call: CallNotice | None = None


def post(acting: Acting, room: str, said: Said) -> Posted:
    """Say something in a room.  All that can be refused is, before anything is written."""
    acting.demand_speaker(room)
    if not (said.text or said.files or said.sticker or said.location or said.call):
        raise Refused(Reason.INVALID, "a message has a text, a file, a sticker, a place or a call")
    if said.reply_to is not None and acting.seen(said.reply_to).room != room:
        raise Refused(Reason.NOT_FOUND)
    if said.sticker is not None and said.sticker not in STICKERS:
        raise Refused(Reason.INVALID, "there is no such sticker")
    for user in said.mentions:
        if acting.directory.member(room, user, now=acting.writing.now) is None:
            raise Refused(Reason.INVALID, f"{user} is not in this room")
    body = MessagePost(
        said.text, said.reply_to, _thread(acting, room, said.thread), said.mentions,
        said.sticker, None, said.location, said.call,
    )  # fmt: skip
    references: Sequence[FileRef] = ()
    if said.files:
        references = rows.references(acting.writing.db, said.files, uploader=acting.who.uid)
    return put(acting, room, body, references)


def put(acting: Acting, room: str, body: MessagePost, files: Sequence[FileRef]) -> Posted:
    """Make the message; everything has been looked at."""
    writing = acting.writing
    event = acting.say(
        body,
        room=room,
        crosses=acting.crosses(room),
        id=writing.mint(MESSAGE, writing.now),
        files=files,
    )
    zone = writing.side.zone
    delivery = first_delivery(writing, event, zone)
    return Posted(event.id, room, event.at, stamp(event.lc, zone), delivery)


def _thread(acting: Acting, room: str, thread: str | None) -> str | None:
    """Return the message that began the thread: a thread has no threads."""
    if thread is None:
        return None
    if acting.seen(thread).room != room:
        raise Refused(Reason.NOT_FOUND)
    (above,) = acting.writing.db.execute(
        "SELECT thread FROM message WHERE id = ?", (thread,)
    ).fetchone()
    return above or thread


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


def withdraw(acting: Acting, message: str, reason: str, *, hours: int = 0) -> MessageView:
    """Take a message back, with its files.  Doing it again changes nothing.

    Its author may for so many `hours`, 0 for ever; a moderator always.
    """
    place = acting.seen(message)
    part = acting.part(place.room)
    if place.author != acting.who.uid and part.role not in MODERATES:
        raise Refused(Reason.FORBIDDEN, "only its author or a moderator takes a message back")
    if register(acting.writing.db, message, "withdrawn") is None:
        is_own = place.author == acting.who.uid and part.role not in MODERATES
        if is_own and hours and acting.writing.now - place.at > hours * 3_600_000:
            raise Refused(Reason.FORBIDDEN, f"after {hours} hours this takes a moderator")
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


def pin(acting: Acting, message: str, *, on: bool) -> None:
    """Pin a message to its room, or no longer."""
    place = acting.seen(message)
    acting.demand_speaker(place.room)
    word = register(acting.writing.db, place.room, f"pin:{message}")
    if (isinstance(word, list) and bool(word[0])) != on:
        body = MessagePin(message, on)
        acting.say(body, room=place.room, crosses=acting.crosses(place.room))


def _view(acting: Acting, message: str) -> MessageView:
    view = find(acting.writing.db, acting.writing.side, message)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view

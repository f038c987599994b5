"""What people say: messages, better words for them, stamps on them, pins."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from wire.bodies import MessageEdit, MessagePin, MessagePost, MessageWithdraw, ReactionSet
from wire.events import FileRef
from wire.fields import MAX_FILES, MAX_MENTIONS, Id, Ref, Text
from wire.ids import MESSAGE
from wire.merge import PIN, REACTION, field_name
from wire.message_parts import CallNotice, Location
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.copy import files as rows
from zone.copy import registers
from zone.copy.messages import Arrived, find_message
from zone.copy.stickers import STICKERS
from zone.copy.views import MessageView, PinView, ReactionView
from zone.rights.question import MODERATES
from zone.store.new_views import new_message


class NewMessage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a message says: text, files, a sticker, a place, a call, or several of these."""

    text: Text = ""
    reply_to: Id | None = None
    files: Annotated[list[Id], Meta(max_length=MAX_FILES)] = []
    thread: Id | None = None
    mentions: Annotated[list[Ref], Meta(max_length=MAX_MENTIONS)] = []
    sticker: str | None = None
    location: Location | None = None
    call: CallNotice | None = None


def write_message(actor: Actor, room: str, said: NewMessage) -> MessageView:
    """Say something in a room.  All that can be refused is, before anything is written."""
    body = body_of(said)
    actor.demand(body, room=room)
    actor.demand_open(room)
    if not (said.text or said.files or said.sticker or said.location or said.call):
        raise Refused(Reason.INVALID, "a message has a text, a file, a sticker, a place or a call")
    if said.sticker is not None and said.sticker not in STICKERS:
        raise Refused(Reason.INVALID, "there is no such sticker")
    for user in said.mentions:
        if actor.directory.member(room, user, now=actor.writing.now) is None:
            raise Refused(Reason.INVALID, f"{user} is not in this room")
    references: Sequence[FileRef] = ()
    if said.files:
        references = rows.references(actor.writing.db, said.files, uploader=actor.who.uid)
    return put_message(actor, room, _in_thread(actor, body), references)


def body_of(said: NewMessage) -> MessagePost:
    """Return what is said as the event that says it."""
    return MessagePost(
        said.text,
        said.reply_to,
        said.thread,
        said.mentions,
        said.sticker,
        None,
        said.location,
        said.call,
    )


def put_message(
    actor: Actor, room: str, body: MessagePost, files: Sequence[FileRef]
) -> MessageView:
    """Make the message; everything has been looked at."""
    writing = actor.writing
    event = actor.say(
        body,
        room=room,
        crosses=actor.crosses(room),
        id=writing.mint(MESSAGE, writing.now),
        files=files,
    )
    return new_message(writing, event, writing.side.zone, body, actor.client_key, Arrived(event.at))


def _in_thread(actor: Actor, body: MessagePost) -> MessagePost:
    """Return `body` in the thread of the message that began it: a thread has no threads."""
    if body.thread is None:
        return body
    (above,) = actor.writing.db.execute(
        "SELECT thread FROM message WHERE id = ?", (body.thread,)
    ).fetchone()
    return replace(body, thread=above) if above else body


def rewrite_message(actor: Actor, message: str, text: str) -> MessageView:
    """Edit a message.  Only its author can, where it was posted, until it is withdrawn."""
    place = actor.seen(message)
    body = MessageEdit(message, text)
    actor.demand(body, room=place.room)
    actor.demand_open(place.room)
    if place.is_held or _is_withdrawn(actor, message):
        raise Refused(Reason.CONFLICT, "the message was taken back or is held")
    actor.say(body, room=place.room, crosses=actor.reaches(place.room, message))
    return _view(actor, message)


def take_back(actor: Actor, message: str, reason: str, *, hours: int = 0) -> MessageView:
    """Withdraw a message, with its files.  Doing it again changes nothing.

    Its author may for so many `hours`, 0 for ever; a moderator always.
    """
    place = actor.seen(message)
    body = MessageWithdraw(message, reason)
    actor.demand(body, room=place.room)
    if not _is_withdrawn(actor, message):
        is_own = actor.part(place.room).role not in MODERATES
        if is_own and hours and actor.writing.now - place.at > hours * 3_600_000:
            raise Refused(Reason.FORBIDDEN, f"after {hours} hours this takes a moderator")
        actor.say(body, room=place.room, crosses=actor.reaches(place.room, message))
    return _view(actor, message)


def set_reaction(actor: Actor, message: str, mark: str, *, on: bool) -> ReactionView:
    """Put a reaction on a message, or take it off."""
    place = actor.seen(message)
    body = ReactionSet(message, mark, on)
    actor.demand(body, room=place.room)
    actor.demand_open(place.room)
    field = field_name(REACTION, mark, actor.who.uid)
    if bool(registers.value(actor.writing.db, message, field)) != on:
        actor.say(body, room=place.room, crosses=actor.reaches(place.room, message))
    change = actor.change_of(field_name(message, field))
    return ReactionView(message, mark, actor.who.uid, on, change)


def set_pin(actor: Actor, message: str, *, on: bool) -> PinView:
    """Pin a message to its room, or no longer."""
    place = actor.seen(message)
    body = MessagePin(message, on)
    actor.demand(body, room=place.room)
    actor.demand_open(place.room)
    word = registers.value(actor.writing.db, place.room, field_name(PIN, message))
    if (isinstance(word, list) and bool(word[0])) != on:
        event = actor.say(body, room=place.room, crosses=actor.reaches(place.room, message))
        word = [on, actor.who.uid, event.at]
    by, at = (word[1], word[2]) if isinstance(word, list) else (actor.who.uid, actor.writing.now)
    return PinView(message, by, at, on, actor.change_of(field_name(message, PIN)))


def _is_withdrawn(actor: Actor, message: str) -> bool:
    return registers.word(actor.writing.db, message, registers.WITHDRAWN) is not None


def _view(actor: Actor, message: str) -> MessageView:
    view = find_message(actor.writing.db, actor.writing.side, message)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view

"""What frontends are told of an event, whichever zone it was made in.

One table for what is done here and for what the relay brings.  What is told is how
things stand once the event is applied, so being told twice does no harm.  Every
function runs inside a transaction, behind `Writing.act` or `Writing.receive`.
"""

import sqlite3
from typing import Any

import msgspec

from wire.answers import Seen, part_of
from wire.bodies import (
    AnswerSet,
    FileReady,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantPut,
)
from wire.events import Event
from wire.items import Form
from wire.lane import Zone
from wire.merge import registers_of
from wire.order import make_stamp
from zone.copy import files, messages
from zone.copy.views import (
    AnswerView,
    Delivery,
    FileUpdate,
    MemberView,
    MessageView,
    OrgView,
    PinView,
    PurgeView,
    ReactionView,
    ReadView,
    RoomView,
    TenantView,
    UserView,
)
from zone.items import items
from zone.store import side_notifications
from zone.store.side_notifications import tell_of_answer, tell_of_item
from zone.store.writing import DUTY, Writing


def tell(writing: Writing, event: Event, zone: Zone, client_key: str | None = None) -> None:
    """Tell frontends of `event`, made in `zone` and applied just now.

    `client_key` is the word by which the frontend that asked for it knows it.
    Whatever lost to a later word is not told: that word was.
    """
    match event.body:
        case MessagePost() as said:
            _tell_post(writing, event, zone, said, client_key)
        case MessageEdit(message) | MessageWithdraw(message):
            tell_message(writing, message, client_key)
        case RelayNotice(subject, what="message.post"):
            tell_message(writing, subject)
        case FileReady(message, file):
            tell_file(writing, message, file)
        case ItemPut(item=item):
            _tell_put(writing, item or event.id, client_key, is_new=item is None)
        case ItemRemove(item):
            _tell_put(writing, item, client_key, is_new=False)
        case RelayNotice():
            return
        case _ if _stands(writing.db, event, zone):
            _tell_register(writing, event)


def _tell_post(
    writing: Writing, event: Event, zone: Zone, said: MessagePost, client_key: str | None
) -> None:
    if zone != writing.side.zone and _is_spoken_of(writing.db, event.id):
        # It was held, and meanwhile somebody took it back or put a stamp on it.
        tell_message(writing, event.id, client_key)
        return
    view = MessageView(
        id=event.id,
        room=event.room or "",
        zone=zone.value,
        author=event.author.uid,
        at=event.at,
        stamp=make_stamp(event.lc, zone),
        text=said.text,
        reply_to=said.reply_to,
        thread=said.thread,
        mentions=said.mentions,
        sticker=said.sticker,
        forwarded=said.forwarded,
        location=said.location,
        call=said.call,
        files=files.of_message(writing.db, event.id) if event.files else [],
        delivery=first_delivery(writing, event, zone),
        client_key=client_key,
    )
    writing.tell("message.created", view, room=event.room, at=event.at)


def _is_spoken_of(db: sqlite3.Connection, name: str) -> bool:
    row = db.execute("SELECT 1 FROM register WHERE object = ? LIMIT 1", (name,)).fetchone()
    return row is not None


def first_delivery(writing: Writing, event: Event, zone: Zone) -> Delivery:
    """Return where an event stands in the transaction that applies it."""
    if zone != writing.side.zone:
        return "delivered"
    leaves = bool(writing.leaving) and writing.leaving[-1][0] is event
    return "queued" if leaves else "local"


def tell_message(writing: Writing, message: str, client_key: str | None = None) -> None:
    """Tell the present state of a message, if it is known here."""
    view = messages.find_message(writing.db, writing.side, message)
    if view is not None:
        view = msgspec.structs.replace(view, client_key=client_key)
        writing.tell("message.updated", view, room=view.room, at=view.at)


def tell_file(writing: Writing, message: str, file: str) -> None:
    """Tell the present state of a file of a message."""
    place = items.owner_of(writing.db, message)
    for view in files.of_message(writing.db, message) if place else []:
        if place and view.id == file:
            update = FileUpdate(message, view)
            writing.tell("file.updated", update, room=place.room, at=place.at)


def _tell_put(writing: Writing, item: str, client_key: str | None, *, is_new: bool) -> None:
    tell_item(writing, item, client_key, is_new=is_new)
    for other in side_notifications.affected(writing.db, item):
        tell_item(writing, other)
    tell_of_item(writing, item, is_new=is_new)


def tell_item(
    writing: Writing, item: str, client_key: str | None = None, *, is_new: bool = False
) -> None:
    """Tell the present state of an item, if it is known here."""
    view = items.find_item(writing.db, writing.side, item, now=writing.now)
    if view is None:
        return
    view = msgspec.structs.replace(view, client_key=client_key)
    audience = item if view.room is None else None
    event_type = "item.created" if is_new else "item.updated"
    writing.tell(event_type, view, room=view.room, audience=audience, at=view.at)


def _tell_answer(writing: Writing, event: Event, change: AnswerSet) -> None:
    """Tell an answer to those who may see it, and how the item stands with it."""
    place = items.item_place(writing.db, change.item)
    if place is None:
        return  # the item is held, or was removed before it came
    who, part = event.author.uid, part_of(change.answer)
    view = AnswerView(change.item, who, part, change.answer, event.at)
    content = items.registers_of_item(writing.db, change.item).content(place.type)
    if items.is_anonymous(content) or isinstance(content, Form):
        writing.tell("answer.set", view, audience=who)
        if who != place.author and not items.is_anonymous(content):
            writing.tell("answer.set", view, audience=place.author)
    elif place.room is None:
        writing.tell("answer.set", view, audience=who)
        writing.tell("answer.set", view, audience=DUTY + "broadcast")
    else:
        writing.tell("answer.set", view, room=place.room, at=place.at)
    if place.room is not None and not isinstance(change.answer, Seen):
        tell_item(writing, change.item)
        tell_of_answer(writing, change)


def _stands(db: sqlite3.Connection, event: Event, zone: Zone) -> bool:
    """Return whether something that `event` said is the latest word on it."""
    return any(
        db.execute(
            "SELECT 1 FROM register WHERE object = ? AND field = ? AND stamp = ?",
            (word.object, word.field, word.stamp),
        ).fetchone()
        for word in registers_of(event, zone)
    )


def _tell_register(writing: Writing, event: Event) -> None:
    who = event.author.uid
    match event.body:
        case ReactionSet(message, mark, on):
            place = messages.message_place(writing.db, message)
            if place is not None:
                view = ReactionView(message, mark, who, on)
                writing.tell("reaction.set", view, room=place.room, at=place.at)
        case ReadSet(message, _, users):
            place = messages.message_place(writing.db, message)
            if place is not None and place.room == event.room:
                for user in (who, *users):
                    reader = ReadView(user, message, event.at)
                    writing.tell("read.set", reader, room=place.room, at=place.at)
        case AnswerSet():
            _tell_answer(writing, event, event.body)
        case MessagePin(message, on):
            place = messages.message_place(writing.db, message)
            if place is not None and place.room == event.room:
                pin = PinView(message, who, event.at, on)
                writing.tell("message.pinned", pin, room=place.room, at=place.at)
        case RoomPurge(before):
            purge = PurgeView(event.room or "", before, who, event.at)
            writing.tell("room.purged", purge, room=event.room)
        case TenantPut(tenant):
            _tell_all(writing, "tenant.updated", tenant, TenantView)
        case OrgPut(org):
            _tell_all(writing, "org.updated", org, OrgView)
        case MemberSet():
            _tell_member(writing, event, event.body)
        case RoomPut() if event.room is not None:
            _tell_room(writing, event.room, event.at)
        case ProfileSet(user):
            _tell_all(writing, "user.updated", user, UserView)


def _tell_all(writing: Writing, event_type: str, name: str, view: type[Any]) -> None:
    words = _words(writing.db, name)
    if "name" in words:  # what else is known of somebody, a telephone number, is not told
        writing.tell(event_type, msgspec.convert({"id": name, **words}, view))


def _tell_member(writing: Writing, event: Event, change: MemberSet) -> None:
    """Tell the room who came or went, and the one concerned, who may no longer be told there."""
    if event.room is None:
        return
    view = MemberView(change.user, change.role, event.at, change.until)
    writing.tell("member.set", view, room=event.room, at=event.at)
    if change.role == "none":
        writing.tell("member.set", view, room=event.room, audience=change.user)
    else:
        _tell_room(writing, event.room, event.at, audience=change.user)


def _tell_room(writing: Writing, room: str, at: int, audience: str | None = None) -> None:
    words = _words(writing.db, room)
    if "name" not in words:
        return  # its name is still on its way
    (members,) = writing.db.execute(
        "SELECT count(*) FROM register WHERE object = ? AND value NOT LIKE '[\"none\"%'"
        " AND field BETWEEN 'member:' AND 'member;'",
        (room,),
    ).fetchone()
    view = msgspec.convert({"id": room, **words, "members": members}, RoomView)
    writing.tell("room.updated", view, room=room, audience=audience, at=at)


def _words(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND instr(field, ':') = 0", (name,)
    )
    return {field: msgspec.json.decode(value) for field, value in rows}

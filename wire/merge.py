"""What an event does to the conversation, and which of two truths wins.

A copy of the conversation is two things: messages, which never change, and registers.
A register is the latest word on one field of one object, with the stamp (`wire.order`) of
the event that said it.  The later stamp wins:

    object       field               value                     stamp
    rm_a         name                "防災"                    0000000000002al0
    rm_a         member:us_1         ["owner", 0, 17…]         0000000000002al0
    ms_b         text                "集合は 9 時です"         0000000000002bi0
    ms_b         reaction:了解:us_1  true                      0000000000002dl0

Taking the maximum of stamps is commutative, associative and idempotent.  So a copy is the
same whatever order its events came in and however often, both zones converge, and nothing
has to be repaired after a restart: an event is simply applied again.

A kind of event says here which registers it writes, and nothing else decides what it does.
Where "later" must mean something other than "said later", the stamp is longer, with what
has to grow in front; a register of this sort only ever moves forwards:

    read:us_1    stamp of the message that was read up to + stamp of the event
    purged       time before which everything is deleted  + stamp of the event

Whoever may say a thing is not asked here: a right depends on the copy, and a merge that
looked at the copy would depend on the order of arrival.  The stores of both zones do in
SQL what `Copy` does below, and a test compares them.

Source: Shapiro et al., "Conflict-free Replicated Data Types", 2011 (LWW-Register).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from wire.answers import part_of
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
from wire.items import type_of
from wire.lane import Zone
from wire.order import make_stamp

Value = object  # what JSON can say


class Register(NamedTuple):
    """The word of one event on one field of one object."""

    object: str
    field: str
    value: Value
    stamp: str


class Message(NamedTuple):
    """A message, as it was posted.

    `more` is what else was said with it, by field, as JSON can say it.
    """

    id: str
    room: str
    zone: Zone
    author: str
    at: int
    stamp: str
    text: str
    reply_to: str | None
    thread: str | None
    more: dict[str, object]
    files: tuple[tuple[str, str, str, int], ...]  # fid, name, media, size


class Item(NamedTuple):
    """An item, as it was made; what it says is in its registers."""

    id: str
    room: str | None
    type: str
    zone: Zone
    author: str
    at: int
    stamp: str


_MORE = ("mentions", "sticker", "forwarded", "location", "broadcast")


def message_of(event: Event, zone: Zone) -> Message | None:
    """Return the message that `event`, made in `zone`, posts, if it posts one."""
    body = event.body
    if not isinstance(body, MessagePost) or event.room is None:
        return None
    files = tuple((f.fid, f.name, f.media, f.size) for f in event.files)
    return Message(
        event.id,
        event.room,
        zone,
        event.author.uid,
        event.at,
        make_stamp(event.lc, zone),
        body.text,
        body.reply_to,
        body.thread,
        _more(body),
        files,
    )


def _more(body: MessagePost) -> dict[str, object]:
    said = {name: value for name in _MORE if (value := getattr(body, name))}
    return msgspec.to_builtins(said) if said else {}


def item_of(event: Event, zone: Zone) -> Item | None:
    """Return the item that `event`, made in `zone`, makes, if it makes one."""
    body = event.body
    if not isinstance(body, ItemPut) or body.item is not None:
        return None
    return Item(
        event.id,
        event.room,
        type_of(body.content),
        zone,
        event.author.uid,
        event.at,
        make_stamp(event.lc, zone),
    )


def registers_of(event: Event, zone: Zone) -> Iterator[Register]:
    """Yield what `event`, made in `zone`, says of which fields."""
    at = make_stamp(event.lc, zone)
    match event.body:
        case MessageEdit(message, text):
            yield Register(message, "text", text, at)
        case MessageWithdraw(message, reason):
            yield Register(message, "withdrawn", [event.author.uid, reason, event.at], at)
        case ReactionSet(message, mark, on):
            yield Register(message, f"reaction:{mark}:{event.author.uid}", on, at)
        case ProfileSet(name) | TenantPut(name) | OrgPut(name) as told:
            yield from _fields(name, told, at)
        case ItemPut() | ItemRemove() | AnswerSet():
            yield from _of_item(event, event.body, at)
        case FileReady() as ready:
            at = make_stamp(event.lc, zone, ready.revision)
            yield Register(ready.file, "file", msgspec.to_builtins(ready), at)
        case RelayNotice(subject, state, revision, what, rule):
            at = make_stamp(event.lc, zone, revision)
            word = [state, what, rule, event.author.uid, event.at]
            yield Register(subject, "notice", word, at)
        case _ if event.room is not None:
            yield from _of_room(event, event.room, at)


def _of_room(event: Event, room: str, at: str) -> Iterator[Register]:
    match event.body:
        case RoomPut() as look:
            yield from _fields(room, look, at)
        case MemberSet(user, role, until):
            yield Register(room, f"member:{user}", [role, until, event.at], at)
        case MessagePin(message, on):
            yield Register(room, f"pin:{message}", [on, event.author.uid, event.at], at)
        case ReadSet(message, position, users):
            # Only forwards: the place that was read up to goes first.  Of two events that say the
            # same place, read on two devices, the later one is the word in both zones.
            for user in (event.author.uid, *users):
                yield Register(room, f"read:{user}", [message, event.at], position + at)
        case RoomPurge(before):
            # Only forwards, too: the later time wins.
            word = [before, event.author.uid, event.at]
            yield Register(room, "purged", word, f"{before:014x}{at}")


def _of_item(event: Event, body: ItemPut | ItemRemove | AnswerSet, at: str) -> Iterator[Register]:
    match body:
        case ItemPut(content, item):
            name = item or event.id
            yield from _fields(name, content, at)
            for file in event.files:
                yield Register(name, f"version:{file.fid}", [event.author.uid, event.at], at)
        case ItemRemove(item, reason):
            yield Register(item, "removed", [event.author.uid, reason, event.at], at)
        case AnswerSet(item, answer):
            word = [msgspec.to_builtins(answer), event.at]
            yield Register(item, f"{part_of(answer)}:{event.author.uid}", word, at)


def _fields(name: str, said: msgspec.Struct, at: str) -> Iterator[Register]:
    for key, value in msgspec.structs.asdict(said).items():
        if value is not None and value != name:
            yield Register(name, key, msgspec.to_builtins(value), at)


@dataclass(slots=True)
class Copy:
    """One zone's copy of the conversation, in memory: the reference for the stores."""

    messages: dict[str, Message] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    registers: dict[tuple[str, str], Register] = field(default_factory=dict)

    def apply(self, event: Event, zone: Zone) -> None:
        """Take in an event made in `zone`.  Any order and any repetition do."""
        message = message_of(event, zone)
        if message is not None:
            self.messages.setdefault(message.id, message)
        item = item_of(event, zone)
        if item is not None:
            self.items.setdefault(item.id, item)
        for word in registers_of(event, zone):
            place = (word.object, word.field)
            held = self.registers.get(place)
            if held is None or word.stamp > held.stamp:
                self.registers[place] = word

    def timeline(self, room: str) -> list[Message]:
        """Return the messages of a room in the order of events."""
        purged = self.registers.get((room, "purged"))
        since = purged.value[0] if purged and isinstance(purged.value, list) else 0
        found = [m for m in self.messages.values() if m.room == room and m.at >= since]
        return sorted(found, key=lambda m: m.stamp)

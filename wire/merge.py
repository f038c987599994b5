"""What an event does to the conversation, and which of two truths wins.

A copy of the conversation is three things: messages and readings, which never change, and
registers.  A register is the latest word on one field of one object, with the stamp
(`wire.order`) of the event that said it.  The later stamp wins:

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

    purged       time before which everything is deleted  + stamp of the event

A reading says who looked at a room, in which zone, when, and what was there: how far of what was
said in LGWAN and how far of what was said on the internet, less what was not there yet.  A copy
keeps all of them (a set that only grows), and how far somebody has read is the larger of each:

    rm_a  us_1  lgwan     lgwan 42  internet 40               9:01    their desk
    rm_a  us_1  internet  lgwan 41  internet 57  less ms_b    9:05    their telephone
                          ────────  ───────────
                                42           57               ms_b is counted 39: they read it
                                                              at their desk, and nowhere else

Whoever may say a thing is not asked here: a right depends on the copy, and a merge that
looked at the copy would depend on the order of arrival.  A test compares the stores of both
zones with ten lines of Python that keep both in dictionaries.

Sources: Shapiro et al., "Conflict-free Replicated Data Types", 2011 (LWW-Register, G-Set);
Malkhi and Terry, "Concise version vectors in WinFS", 2007 (vectors with exceptions).
"""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

import msgspec
from msgspec.structs import replace

from wire.answers import part_of
from wire.bodies import (
    AnswerSet,
    EventRefuse,
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
    TenantLink,
    TenantPut,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Event
from wire.fields import OtherReader
from wire.item_kinds import type_of
from wire.lane import Zone
from wire.order import make_stamp, purge_stamp

Value = object  # what JSON can say
_NO_REGISTER = MessagePost | ReadSet | EventRefuse | CopyDigest | ConsentGive
_OfRoom = RoomPut | MemberSet | MessagePin | RoomPurge

# Fields of which an object has many: behind a colon comes of whom, or of what, each is.  The
# parts of answers (`wire.answers.part_of`) are such fields of items, one for each user.
MEMBER, PIN, REACTION, VERSION = "member", "pin", "reaction", "version"
LINK = "link"  # what a municipality offers another one


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
    frontend: str


class Reading(NamedTuple):
    """Somebody looked at a room, up to a message, in `zone`, and when.

    Then there was what was said in LGWAN up to count `lgwan` and on the internet up to count
    `internet`, less the messages `without`.
    """

    room: str
    user: str
    zone: Zone
    lgwan: int
    internet: int
    message: str
    at: int
    without: tuple[str, ...]


def field_name(kind: str, *of: str) -> str:
    """Return the name of the field of a `kind` of which an object has many."""
    return ":".join((kind, *of))


_MORE = ("mentions", "sticker", "forwarded", "location", "call")


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
        make_stamp(event.hlc, zone),
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
        make_stamp(event.hlc, zone),
        event.author.frontend,
    )


def readings_of(event: Event, zone: Zone) -> Iterator[Reading]:
    """Yield who, by `event`, made in `zone`, has looked at a room."""
    body, room = event.body, event.room
    if not isinstance(body, ReadSet) or room is None:
        return
    without = tuple(body.without)
    for reader in (OtherReader(event.author.uid, body.at), *body.users):
        user, at = reader.user, reader.at
        yield Reading(room, user, zone, body.lgwan, body.internet, body.message, at, without)


def registers_of(event: Event, zone: Zone) -> Iterator[Register]:
    """Yield what `event`, made in `zone`, says of which fields."""
    if isinstance(event.body, _NO_REGISTER):
        return  # a message (`message_of`), readings (`readings_of`), and what is of the lane
    at = make_stamp(event.hlc, zone)
    match event.body:
        case MessageEdit(message, text):
            yield Register(message, "text", text, at)
        case MessageWithdraw(message, reason):
            yield Register(message, "withdrawn", [event.author.uid, reason, event.at], at)
        case ReactionSet(message, mark, on):
            yield Register(message, field_name(REACTION, mark, event.author.uid), on, at)
        case ProfileSet(name) | TenantPut(name) | OrgPut(name) as told:
            yield from _fields(name, told, at)
        case TenantLink(tenant, other, offers):
            yield Register(tenant, field_name(LINK, other), sorted(set(offers)), at)
        case ItemPut() | ItemRemove() | AnswerSet():
            yield from _of_item(event, event.body, at)
        case FileReady() as ready:
            at = make_stamp(event.hlc, zone, ready.revision)
            yield Register(ready.file, "file", msgspec.to_builtins(ready), at)
        case RelayNotice(subject, state, revision, what, rule, until, desk):
            at = make_stamp(event.hlc, zone, revision)
            word = [state, what, rule, event.author.uid, event.at, until, desk]
            yield Register(subject, "notice", word, at)
        case RoomPut() | MemberSet() | MessagePin() | RoomPurge() as body:
            if event.room is not None:
                yield from _of_room(event, body, event.room, at)
        case other:
            assert_never(other)


def _of_room(event: Event, body: _OfRoom, room: str, at: str) -> Iterator[Register]:
    match body:
        case RoomPut() as look:
            yield from _fields(room, replace(look, base=None), at)
        case MemberSet(user, role, until):
            yield Register(room, field_name(MEMBER, user), [role, until, event.at], at)
        case MessagePin(message, on):
            yield Register(room, field_name(PIN, message), [on, event.author.uid, event.at], at)
        case RoomPurge(before):
            word = [before, event.author.uid, event.at]
            yield Register(room, "purged", word, purge_stamp(before, at))
        case other:
            assert_never(other)


def _of_item(event: Event, body: ItemPut | ItemRemove | AnswerSet, at: str) -> Iterator[Register]:
    match body:
        case ItemPut(content, item):
            name = item or event.id
            yield from _fields(name, content, at)
            word = [event.author.uid, event.at]
            for file in event.files:
                yield Register(name, field_name(VERSION, file.fid), word, at)
        case ItemRemove(item, reason):
            yield Register(item, "removed", [event.author.uid, reason, event.at], at)
        case AnswerSet(item, answer):
            word = [msgspec.to_builtins(answer), event.at, event.author.frontend]
            yield Register(item, field_name(part_of(answer), event.author.uid), word, at)
        case other:
            assert_never(other)


def _fields(name: str, said: msgspec.Struct, at: str) -> Iterator[Register]:
    for key in said.__struct_fields__:
        value = getattr(said, key)
        if value is not None and value != name:
            plain = value if isinstance(value, str) else msgspec.to_builtins(value)
            yield Register(name, key, plain, at)

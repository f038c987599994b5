"""What an event does to the conversation, and which of two truths wins.

A copy of the conversation is two things: messages, which never change, and
registers, each the latest word on one field of one object.  The later stamp wins.
So a copy is the same whatever order its events came in and however often; the
stores of both zones do in SQL what `Copy` does here, and a test compares them.
Source: Shapiro et al., "Conflict-free Replicated Data Types", 2011 (LWW-Register).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from wire.events import (
    Event,
    FileReady,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPut,
)
from wire.lane import Zone
from wire.order import stamp

Value = object  # what JSON can say


class Register(NamedTuple):
    """The word of one event on one field of one object."""

    object: str
    field: str
    value: Value
    stamp: str


class Message(NamedTuple):
    """What was said, as it was said."""

    id: str
    room: str
    zone: Zone
    author: str
    at: int
    stamp: str
    text: str
    reply_to: str | None
    files: tuple[tuple[str, str, str, int], ...]  # fid, name, media, size


def message_of(event: Event, zone: Zone) -> Message | None:
    """Return the message that `event`, made in `zone`, posts, if it posts one."""
    body = event.body
    if not isinstance(body, MessagePost) or event.room is None:
        return None
    files = tuple((f.fid, f.name, f.media, f.size) for f in event.files)
    return Message(
        event.id, event.room, zone, event.author.uid, event.at, stamp(event.lc, zone),
        body.text, body.reply_to, files,
    )  # fmt: skip


def registers_of(event: Event, zone: Zone) -> Iterator[Register]:
    """Yield what `event`, made in `zone`, says of which fields."""
    at = stamp(event.lc, zone)
    match event.body:
        case MessageEdit(message, text):
            yield Register(message, "text", text, at)
        case MessageWithdraw(message, reason):
            yield Register(message, "withdrawn", [event.author.uid, reason, event.at], at)
        case ReactionSet(message, mark, on):
            yield Register(message, f"reaction:{mark}:{event.author.uid}", on, at)
        case ReadSet(message, position):
            # Only forwards: the place that was read up to goes first.  Of two events that say the
            # same place, read on two devices, the later one is the word in both zones.
            word = [message, event.at]
            yield Register(event.room or "", f"read:{event.author.uid}", word, position + at)
        case RoomPut() as room:
            yield from _fields(event.room or "", room, at)
        case MemberSet(user, role, until):
            yield Register(event.room or "", f"member:{user}", [role, until, event.at], at)
        case ProfileSet() as profile:
            yield from _fields(profile.user, profile, at)
        case FileReady() as ready:
            at = stamp(event.lc, zone, ready.revision)
            yield Register(ready.file, "file", msgspec.to_builtins(ready), at)
        case RelayNotice(subject, state, revision, what, rule):
            at = stamp(event.lc, zone, revision)
            word = [state, what, rule, event.author.uid, event.at]
            yield Register(subject, "notice", word, at)
        case _:
            return


def _fields(name: str, body: RoomPut | ProfileSet, at: str) -> Iterator[Register]:
    for key, value in msgspec.structs.asdict(body).items():
        if value is not None and key != "user":
            yield Register(name, key, value, at)


@dataclass(slots=True)
class Copy:
    """One zone's copy of the conversation, in memory: the reference for the stores."""

    messages: dict[str, Message] = field(default_factory=dict)
    registers: dict[tuple[str, str], Register] = field(default_factory=dict)

    def apply(self, event: Event, zone: Zone) -> None:
        """Take in an event made in `zone`.  Any order and any repetition do."""
        message = message_of(event, zone)
        if message is not None:
            self.messages.setdefault(message.id, message)
        for word in registers_of(event, zone):
            place = (word.object, word.field)
            held = self.registers.get(place)
            if held is None or word.stamp > held.stamp:
                self.registers[place] = word

    def timeline(self, room: str) -> list[Message]:
        """Return the messages of a room in the order of events."""
        found = [m for m in self.messages.values() if m.room == room]
        return sorted(found, key=lambda m: m.stamp)

"""What happens: events, and for each type the dataclass that is its data.

`DATA` is the table.  An event of a type that a later server adds has `Raw` as its data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

from sekisho_client.changes import Change, Delivery, Hold
from sekisho_client.clearances import ClearanceUpdate
from sekisho_client.contents import Require
from sekisho_client.decoding import Raw, Shape, Unknown, decode
from sekisho_client.errors import Unexpected
from sekisho_client.items import Answer, Item
from sekisho_client.messages import File, LaterMessage, Message, Read
from sekisho_client.people import Link, Member, Org, Room, Snapshot, Tenant, TenantLink, User

T = TypeVar("T")

# This client's own type: the log no longer goes back that far, and this is where to start again.
RESYNC: Final = "client.resync"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """What became of one act.  `about` is what it changed, where that is not itself."""

    id: str
    delivery: Delivery | Unknown
    reason: str | None = None
    removed: list[str]
    about: str | None = None
    rule: str | None = None
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdate:
    """News of the delivery of what one has said."""

    items: list[DeliveryStatus]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpdate:
    """A file of a message stands elsewhere now."""

    message: str
    file: File


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A reaction put on a message, or taken off."""

    message: str
    reaction: str
    user: str
    on: bool
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A message pinned to its room, or no longer."""

    message: str
    by: str
    at: int
    on: bool
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was said in a room before a time was deleted, in both zones."""

    room: str
    before: int
    by: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadChange:
    """More or less is unread in a room than before, though nobody read anything."""

    room: str
    cause: Literal["late", "purged", "released", "withdrawn"] | Unknown
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A broadcast is told once more; `missing` people have not done what it asks for."""

    broadcast: str
    title: str
    text: str
    training: bool
    require: Require | Unknown
    deadline: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWaiting:
    """A step of an approval waits for whoever is told this."""

    item: str
    room: str
    title: str
    by: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingBeaten:
    """One's booking lost its resource to one that the other zone made first."""

    item: str
    room: str
    resource: str
    starts: int
    ends: int
    beaten_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSuperseded:
    """What one said of an item was replaced by somebody who had not heard of it.

    `said` is what one said of these fields.  Both wordings are among the item's revisions.
    """

    item: str
    room: str | None
    item_type: str
    fields: list[str]
    said: dict[str, Any]
    by: str
    at: int
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSuperseded:
    """What one said a room is was replaced by somebody who had not heard of it.

    Both wordings are among the room's revisions.
    """

    room: str
    fields: list[str]
    said: dict[str, Any]
    by: str
    at: int
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgrown:
    """A message or an item has changed, and is too large for a stream: ask for it by its id."""

    id: str
    bytes: int


EventData = (
    Answer
    | ApprovalWaiting
    | BookingBeaten
    | ClearanceUpdate
    | DeliveryUpdate
    | Escalation
    | FileUpdate
    | Item
    | ItemSuperseded
    | LaterMessage
    | Link
    | Member
    | Message
    | Org
    | Outgrown
    | Pin
    | Purge
    | Raw
    | Reaction
    | Read
    | Room
    | RoomSuperseded
    | Snapshot
    | Tenant
    | TenantLink
    | UnreadChange
    | User
)

# By the type of the event, as the API calls it.
DATA: Mapping[str, type] = MappingProxyType(
    {
        "answer.set": Answer,
        "approval.waiting": ApprovalWaiting,
        "booking.beaten": BookingBeaten,
        "broadcast.escalated": Escalation,
        "clearance.updated": ClearanceUpdate,
        "delivery.updated": DeliveryUpdate,
        "file.updated": FileUpdate,
        "item.created": Item,
        "item.outgrown": Outgrown,
        "item.superseded": ItemSuperseded,
        "item.updated": Item,
        "link.down": Link,
        "link.up": Link,
        "member.set": Member,
        "message.created": Message,
        "message.outgrown": Outgrown,
        "message.pinned": Pin,
        "message.updated": Message,
        "org.updated": Org,
        "reaction.set": Reaction,
        "read.set": Read,
        "room.purged": Purge,
        "room.superseded": RoomSuperseded,
        "room.updated": Room,
        "later-message.updated": LaterMessage,
        "tenant.linked": TenantLink,
        "tenant.updated": Tenant,
        "unread.changed": UnreadChange,
        "user.updated": User,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.  Type `client.resync` is this client's own: see `Client.events`."""

    cursor: str
    type: str
    room: str | None
    data: EventData

    def data_as(self, kind: Shape[T]) -> T:
        """Return the data, a `Message` ….  Raises `TypeError` if it is something else."""
        if not isinstance(self.data, kind):
            raise TypeError(f"{self.type} has {type(self.data).__name__}, not {kind.__name__}")
        return self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """What has gathered, and the cursor behind it."""

    items: list[Event]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _RawEvent:
    cursor: str
    type: str
    room: str | None
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _RawBatch:
    items: list[_RawEvent]
    cursor: str


def read_batch(value: object) -> EventBatch:
    """Return events from their JSON value.  Raises `Unexpected`."""
    raw = decode(value, _RawBatch)
    items = []
    for number, one in enumerate(raw.items):
        try:
            data = _read_data(one)
        except Unexpected as trouble:
            raise Unexpected(f"/items/{number}/data{trouble.pointer}", trouble.fault) from None
        items.append(Event(cursor=one.cursor, type=one.type, room=one.room, data=data))
    return EventBatch(items=items, cursor=raw.cursor)


def _read_data(event: _RawEvent) -> EventData:
    shape = DATA.get(event.type)
    if shape is None:
        return Raw(event.type, event.data)
    data: EventData = decode(event.data, shape)
    return data

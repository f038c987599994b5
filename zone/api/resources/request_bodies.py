"""What frontends send: the types of the local socket API's request bodies and queries.

An unknown member is refused.  The same types write the OpenAPI document.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.choices import History, Role, RoomKind, Scope
from wire.fields import MAX_EVENTS, Count, Id, Line, Name, Ref, Word
from zone.conversation.messages import NewMessage

MAX_PAGE = 200
# Longer than browsers, proxies and impatient people wait for an answer.
MAX_WAIT_S = 60
# A room that is opened with more members than a section of a town hall has is filled later.
MAX_FIRST_MEMBERS = 500

# What is forwarded may have 8,000 characters itself, and both are one event.
MAX_BESIDE = 2_000

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
ClientKey = Annotated[str, Meta(min_length=1, max_length=200)]


class RequestQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The query of a request."""


class MessageOfBatch(NewMessage, frozen=True, kw_only=True):
    """One of many messages; `client_key` names it in the outcome and in its event."""

    room: Id
    client_key: ClientKey


class LaterMessage(NewMessage, frozen=True, kw_only=True):
    """A message to be posted at `due`, in milliseconds since 1970."""

    due: Count


class Forward(RequestQuery, frozen=True):
    """Where to forward a message, with words of one's own beside it.

    `confirm` says that the asker means it although more people will see it.
    """

    room: Id
    text: Annotated[str, Meta(max_length=MAX_BESIDE)] = ""
    confirm: bool = False


class NewMessages(RequestQuery, frozen=True):
    """Many messages at once, in any rooms."""

    messages: Annotated[list[MessageOfBatch], Meta(min_length=1, max_length=MAX_EVENTS)]


class BetterText(RequestQuery, frozen=True):
    """The new wording of a message."""

    text: Annotated[str, Meta(min_length=1, max_length=8_000)]


class Why(RequestQuery, frozen=True):
    """Why a message is withdrawn."""

    reason: Line = ""


class UpTo(RequestQuery, frozen=True):
    """The message that a room was read up to."""

    message: Id


class FirstMember(RequestQuery, frozen=True):
    """Somebody who is in a room from the start."""

    user: Id
    role: Role = "member"
    until: Count | None = None


class NewRoom(RequestQuery, frozen=True, kw_only=True):
    """A room to open.  Its scope cannot be changed later."""

    name: Name
    topic: Line | None = None
    icon: Word | None = None
    colour: Word | None = None
    room_kind: RoomKind = "talk"
    scope: Scope = "shared"
    history: History = "all"
    retention_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    members: Annotated[list[FirstMember], Meta(max_length=MAX_FIRST_MEMBERS)] = []


class RoomLook(RequestQuery, frozen=True, kw_only=True):
    """How a room looks and how long it is kept; fields that are left out stay as they are.

    `legal_hold`, which keeps everything, takes the duty `records`.
    """

    name: Name | None = None
    topic: Line | None = None
    icon: Word | None = None
    colour: Word | None = None
    history: History | None = None
    retention_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    legal_hold: bool | None = None
    archived: bool | None = None


class Membership(RequestQuery, frozen=True):
    """What somebody is to be in a room, and until when (milliseconds since 1970)."""

    role: Role
    until: Count | None = None


class Purge(RequestQuery, frozen=True, kw_only=True):
    """Delete what was said in a room before a time (milliseconds since 1970), and why."""

    before: Count
    reason: Line = ""


class With(RequestQuery, frozen=True):
    """The other person of a direct room."""

    user: Ref


class NewMembers(RequestQuery, frozen=True):
    """Many to bring into a room at once."""

    members: Annotated[list[FirstMember], Meta(min_length=1, max_length=MAX_FIRST_MEMBERS)]


class NoQuery(RequestQuery, frozen=True):
    """A query without parameters."""


class TimelineQuery(RequestQuery, frozen=True):
    """Which part of a timeline: at most one of before, after, around and next; the last if none.

    `around` is a message with half of `limit` before it and half behind; its answer has no
    `next`, since it goes on both ways: `before` its first message, and `after` its last.
    """

    limit: Limit = 50
    before: Id | None = None
    after: Id | None = None
    around: Id | None = None
    next: Annotated[str, Meta(pattern="^[ab][0-9a-f]{14}[il][0-9a-f]$")] | None = None


class ThreadQuery(RequestQuery, frozen=True):
    """Which page of a thread, from its beginning."""

    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9a-f]{14}[il][0-9a-f]$")] | None = None


class RoomFilesQuery(RequestQuery, frozen=True):
    """Which page of a room's files, from the latest."""

    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9a-f]{14}[il][0-9a-f]-[0-9]{1,3}$")] | None = None


class ReadersQuery(RequestQuery, frozen=True):
    """Who has read a message, or who has not."""

    state: Literal["read", "unread"] = "read"


class UploadQuery(RequestQuery, frozen=True):
    """How a file is called."""

    name: Name


class ThumbnailQuery(RequestQuery, frozen=True):
    """How many pixels a thumbnail has on its longer side."""

    size: Literal[256, 1024] = 256


class EventsQuery(RequestQuery, frozen=True):
    """Events after a cursor; waits up to `wait` seconds for one."""

    since: Line = ""
    wait: Annotated[int, Meta(ge=0, le=MAX_WAIT_S)] = 0

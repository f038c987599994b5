"""What the server says, as typed dictionaries: the JSON of the local socket API as it is.

Members that a later server adds are simply there; nothing is lost on the way.
"""

from typing import Any, Literal, NotRequired, TypedDict

Zone = Literal["lgwan", "internet"]
Role = Literal["owner", "moderator", "member", "guest", "reader", "none"]
Scope = Literal["shared", "lgwan-only", "internet-only"]
RoomKind = Literal["talk", "direct", "org", "project", "board", "group"]
Delivery = Literal["local", "queued", "crossing", "delivered", "altered", "held", "refused"]


class File(TypedDict):
    """A file, and what was taken out of it: to its sender a count of 0 means "some"."""

    id: str
    name: str
    media: str
    size: int
    state: str
    reason: str | None
    removed: list[tuple[str, int]]
    sha256: str | None


class Message(TypedDict):
    """A message as it stands now.  `text` is null when withdrawn or held back.

    `removed` names, where it was said, what was taken out of the text on its way.
    """

    id: str
    room: str
    zone: Zone
    author: str
    at: int
    stamp: str
    text: str | None
    reply_to: str | None
    thread: str | None
    replies: int
    mentions: list[str]
    sticker: str | None
    forwarded: dict[str, Any] | None
    location: dict[str, Any] | None
    call: dict[str, Any] | None
    edited: bool
    withdrawn: dict[str, Any] | None
    notice: dict[str, Any] | None
    files: list[File]
    reactions: dict[str, list[str]]
    delivery: Delivery
    reason: str | None
    removed: list[str]
    client_key: str | None


class Posted(TypedDict):
    """A message that was accepted."""

    id: str
    room: str
    at: int
    stamp: str
    delivery: Delivery


class Scheduled(TypedDict):
    """Something that is to be said at `due`; `reason` is why it could not be."""

    id: str
    room: str
    due: int
    said: dict[str, Any]
    reason: str | None


class Sticker(TypedDict):
    """A drawing by its name, and what it says in Japanese and in English."""

    id: str
    ja: str
    en: str


class NewMessage(TypedDict):
    """One message of a batch."""

    room: str
    client_key: str
    text: NotRequired[str]
    reply_to: NotRequired[str | None]
    files: NotRequired[list[str]]


class Outcome(TypedDict):
    """What became of one message of a batch: an id, or a code."""

    client_key: str
    id: NotRequired[str]
    code: NotRequired[str]


class Found(TypedDict):
    """Something that was found; `marks` are the places in `excerpt` of what was looked for."""

    id: str
    type: str
    owner: str
    room: str
    author: str
    at: int
    excerpt: str
    marks: list[list[int]]


class Results(TypedDict):
    """A page of what was found, newest first; `next` leads on, even from a short page."""

    items: list[Found]
    next: str | None
    is_complete: bool


class Timeline(TypedDict):
    """Part of a timeline; `next` leads on."""

    items: list[Message]
    next: str | None


class User(TypedDict):
    """Somebody."""

    id: str
    name: str
    kana: str
    section: str
    title: str
    status: str
    status_emoji: str
    status_until: int
    user_kind: Literal["staff", "guest", "bot", "shared"]
    zones: list[Zone]
    orgs: list[str]
    expires: int


class Org(TypedDict):
    """A department or a section; `parent` is what it is part of, or ""."""

    id: str
    tenant: str | None
    name: str
    parent: str
    telephone: str


class Room(TypedDict):
    """A room."""

    id: str
    name: str
    topic: str
    icon: str
    colour: str
    room_kind: RoomKind
    scope: Scope
    members: int


class Member(TypedDict):
    """Somebody's part in a room."""

    user: str
    role: Role
    since: int
    until: int | None


class Read(TypedDict):
    """How far somebody has read a room."""

    user: str
    message: str
    at: int


class Reader(TypedDict):
    """Somebody who has, or has not, read a message."""

    user: str
    message: NotRequired[str]
    at: NotRequired[int]


class RoomNow(TypedDict):
    """A room in a snapshot.  100 unread are 100 or more."""

    room: Room
    members: list[Member]
    unread: int
    read: str | None


class Snapshot(TypedDict):
    """All that one needs to start with, and the cursor behind which events follow."""

    me: User
    rooms: list[RoomNow]
    users: list[User]
    cursor: str


class Event(TypedDict):
    """Something that happened.  Type `client.resync` is this client's own: see `Client.events`."""

    cursor: str
    type: str
    room: str | None
    data: dict[str, Any]


class EventBatch(TypedDict):
    """What has gathered."""

    items: list[Event]
    cursor: str


class Item(TypedDict):
    """An item as it stands now.  `content` is null once it is removed; `state` is by kind."""

    id: str
    type: str
    room: str | None
    zone: Zone
    author: str
    at: int
    stamp: str
    etag: str
    content: Any
    state: Any
    removed: dict[str, Any] | None
    files: list[File]
    answers: int
    seen: int
    mine: dict[str, dict[str, Any]]
    delivery: Delivery
    reason: str | None
    notice: dict[str, Any] | None


class Answer(TypedDict):
    """What somebody answered to an item.  Who is null where that is anonymous."""

    item: str
    user: str | None
    part: str
    answer: dict[str, Any]
    at: int


class Tally(TypedDict):
    """A survey or a form, counted: for each question its choices, and how often each was taken."""

    item: str
    answered: int
    is_over: bool
    questions: list[dict[str, Any]]


class Busy(TypedDict):
    """When somebody is busy, or perhaps is: times with `starts`, `ends` and `kind`."""

    user: str
    busy: list[dict[str, Any]]

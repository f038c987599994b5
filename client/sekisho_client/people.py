"""What the server says of itself, of people and of rooms, as the local socket API names it.

Times are milliseconds since 1970.  A member that a later server adds is passed over.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from sekisho_client.changes import Change
from sekisho_client.decoding import Unknown

Zone = Literal["lgwan", "internet"]
UserKind = Literal["staff", "guest", "bot", "shared"]
Role = Literal["owner", "moderator", "member", "guest", "reader", "none"]
Scope = Literal["shared", "lgwan-only", "internet-only"]
Agreed = Literal["directory", "direct", "calls"]
LinkWord = Literal["up", "down"]
BrokenAt = Literal["relay", "beyond"]
RoomKind = Literal["talk", "direct", "org", "project", "board", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVersion:
    """The version of the API that is served, and the oldest one still understood."""

    current: int
    min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be asked for at once."""

    text: int
    files: int
    file_bytes: int
    batch: int
    page: int
    wait_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDirection:
    """One way between the zones: up, or down since when, and where it is broken."""

    state: LinkWord | Unknown
    since: int | None
    broken_at: BrokenAt | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWords:
    """What to tell people of the links, in Japanese and in English."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Whether the zones are connected, and what waits.  Times are milliseconds since 1970."""

    state: LinkWord | Unknown
    since: int | None
    waiting: int
    oldest: int | None
    leaving: LinkDirection
    arriving: LinkDirection
    words: LinkWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the server is and how much it takes."""

    api: ApiVersion
    zone: Zone | Unknown
    tenant: str
    features: list[str]
    limits: Limits
    time: int
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, a bot or a shared account."""

    id: str
    name: str
    kana: str = ""
    section: str = ""
    title: str = ""
    status: str = ""
    status_emoji: str = ""
    status_until: int = 0
    user_kind: UserKind | Unknown = "staff"
    zones: list[Zone | Unknown] = field(default_factory=list)
    tenant: str | None = None
    orgs: list[str] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)
    sponsor: str | None = None
    expires: int = 0
    shared_by: list[str] = field(default_factory=list)
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """A page of the directory, by reading (kana); `next` leads on."""

    items: list[User]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A municipality.  `code` is its 全国地方公共団体コード."""

    id: str
    name: str
    kana: str = ""
    code: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLink:
    """What a municipality offers another one; `agreed` is what the other one offers, too."""

    tenant: str
    other: str
    offered: list[Agreed | Unknown]
    agreed: list[Agreed | Unknown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """Municipalities that one has to do with, and what one's own has offered and agreed on."""

    items: list[Tenant]
    links: list[TenantLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """A department or a section; `parent` is what it is part of, or ""."""

    id: str
    name: str
    tenant: str | None = None
    parent: str = ""
    rank: int = 0
    telephone: str = ""
    closed: bool = False
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room; `members` is how many people are in it."""

    id: str
    name: str
    topic: str = ""
    icon: str = ""
    colour: str = ""
    room_kind: RoomKind | Unknown = "talk"
    scope: Scope | Unknown = "shared"
    history: Literal["all", "joined"] | Unknown = "all"
    retention_days: int = 0
    legal_hold: bool = False
    archived: bool = False
    members: int = 0
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRevision:
    """One wording of what a room says of itself: what its author named, and from what it was made.

    `base` is the stamp of the room as the author saw it, None where it was opened.
    """

    stamp: str
    base: str | None
    author: str
    at: int
    look: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody's part in a room."""

    user: str
    role: Role | Unknown
    since: int
    until: int | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNow:
    """A room in a snapshot, and how far one is with it (`ReadPosition`)."""

    room: Room
    members: list[Member]
    unread: int
    mentions: int
    threads: int
    read: str | None
    lgwan: str
    internet: str
    first_unread: str | None
    late: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that one needs to start with, and the cursor behind which events follow."""

    me: User
    rooms: list[RoomNow]
    users: list[User]
    cursor: str

"""What frontends are shown: the types of the local socket API's answers.

The same types write the answers, the event log and the OpenAPI document.
"""

from typing import Literal

from msgspec import Struct

from wire.events import Role, RoomKind, Scope, UserKind

Delivery = Literal["local", "queued", "crossing", "delivered", "altered", "held", "refused"]
FileStatus = Literal[
    "stored", "crossing", "cleaning", "arriving", "clean", "altered", "held", "refused", "withdrawn"
]


class FileView(Struct, frozen=True, kw_only=True):
    """A file.  `removed` counts what was taken out of it, by kind.

    In the zone it came from a count is 0 and means "some": receipts name kinds only.
    """

    id: str
    name: str
    media: str
    size: int
    state: FileStatus
    reason: str | None = None
    removed: list[tuple[str, int]] = []
    sha256: str | None = None


class Withdrawal(Struct, frozen=True):
    """Who took a message back, why, and when."""

    by: str
    reason: str
    at: int


class NoticeView(Struct, frozen=True):
    """The relay's word on a message that it keeps back."""

    state: Literal["held", "denied", "expired"]
    rule: str
    at: int


class MessageView(Struct, frozen=True, kw_only=True):
    """A message as it stands now.  `text` is null when withdrawn or held back.

    `removed` names, in the zone it came from, what was taken out of the text on its way.
    """

    id: str
    room: str
    zone: Literal["lgwan", "internet"]
    author: str
    at: int
    stamp: str
    text: str | None
    reply_to: str | None = None
    edited: bool = False
    withdrawn: Withdrawal | None = None
    notice: NoticeView | None = None
    files: list[FileView] = []
    reactions: dict[str, list[str]] = {}
    delivery: Delivery = "local"
    reason: str | None = None
    removed: list[str] = []
    client_key: str | None = None


class DeliveryView(Struct, frozen=True):
    """What became of one thing that was said.  `removed` names what was taken out of it."""

    id: str
    delivery: Delivery
    reason: str | None = None
    removed: list[str] = []


class DeliveryUpdate(Struct, frozen=True):
    """News of the delivery of what one user has said."""

    items: list[DeliveryView]


class FileUpdate(Struct, frozen=True):
    """A file of a message stands elsewhere now."""

    message: str
    file: FileView


class ReactionView(Struct, frozen=True):
    """A stamp put on a message, or taken off."""

    message: str
    stamp: str
    user: str
    on: bool


class ReadView(Struct, frozen=True):
    """How far somebody has read a room."""

    user: str
    message: str
    at: int


class MemberView(Struct, frozen=True):
    """Somebody's part in a room."""

    user: str
    role: Role
    since: int
    until: int | None = None


class UserView(Struct, frozen=True, kw_only=True):
    """Somebody."""

    id: str
    name: str
    kana: str = ""
    section: str = ""
    title: str = ""
    status: str = ""
    user_kind: UserKind = "staff"
    zones: list[Literal["lgwan", "internet"]] = []


class RoomView(Struct, frozen=True, kw_only=True):
    """A room."""

    id: str
    name: str
    topic: str = ""
    icon: str = ""
    colour: str = ""
    room_kind: RoomKind = "talk"
    scope: Scope = "shared"
    members: int = 0

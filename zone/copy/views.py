"""What frontends are shown: the types of the local socket API's answers.

The same types write the answers, the event log and the OpenAPI document.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from sanitizer.check.png import MAX_SIDE
from wire.answers import Answer
from wire.choices import Role
from wire.items import Content
from wire.message_parts import CallNotice, Forwarded, Location
from zone.copy.change_views import ChangeView, Delivery, HoldView
from zone.copy.states import State

FileStatus = Literal[
    "stored",
    "crossing",
    "arrived",
    "cleaning",
    "arriving",
    "clean",
    "altered",
    "held",
    "refused",
    "withdrawn",
]


class FileView(Struct, frozen=True, kw_only=True):
    """A file.  `removed` counts what was taken out of it, by kind.

    In the zone it came from a count is 0 and means "some": receipts name kinds only.
    A `rule` of the relay holds it, and `hold` says who decides and until when, or has kept it
    back, for what it `found` so many times inside.  `width` and `height` are of a picture,
    upright, in pixels: null of what is none, and where they are not known yet.
    """

    id: str
    name: str
    media: str
    size: int
    state: FileStatus
    reason: str | None = None
    removed: list[tuple[str, int]] = []
    sha256: str | None = None
    rule: str | None = None
    hold: HoldView | None = None
    found: int = 0
    width: Annotated[int, Meta(ge=1, le=MAX_SIDE)] | None = None
    height: Annotated[int, Meta(ge=1, le=MAX_SIDE)] | None = None


class Withdrawal(Struct, frozen=True):
    """Who withdrew a message, why, and when."""

    by: str
    reason: str
    at: int


class NoticeView(Struct, frozen=True):
    """What the relay says of a message or an item that it keeps back.

    What is held expires at `until` (milliseconds since 1970); `desk` decides.  `ja` and `en`
    say it in a sentence.
    """

    state: Literal["held", "denied", "expired"]
    rule: str
    at: int
    until: int = 0
    desk: str = "operator"
    ja: str = ""
    en: str = ""


class MessageView(Struct, frozen=True, kw_only=True):
    """A message as it stands now.  `text` is null when withdrawn or held back.

    It was written `at` and could be read here from `arrived` on; a `late` one stands before
    others that had been here for a while.
    `delivery`, `reason` and `removed` are those of its latest change made here, `change`: what
    was taken out of the text on its way.  `part_changes` are reactions and pins put here that
    have not arrived, by field: `reaction:` with mark and user, or `pin`.
    """

    id: str
    room: str
    zone: Literal["lgwan", "internet"]
    author: str
    at: int
    stamp: str
    text: str | None
    arrived: int = 0
    late: bool = False
    reply_to: str | None = None
    thread: str | None = None
    replies: int = 0
    mentions: list[str] = []
    sticker: str | None = None
    forwarded: Forwarded | None = None
    location: Location | None = None
    call: CallNotice | None = None
    edited: bool = False
    withdrawn: Withdrawal | None = None
    notice: NoticeView | None = None
    files: list[FileView] = []
    reactions: dict[str, list[str]] = {}
    delivery: Delivery = "local"
    reason: str | None = None
    removed: list[str] = []
    change: ChangeView | None = None
    part_changes: dict[str, ChangeView] = {}
    client_key: str | None = None


class DeliveryView(Struct, frozen=True):
    """The verdict on one event.  `removed` names what was taken out of it.

    `about` is what it changed, where that is not the event itself: a room, somebody, a message
    or an item.
    """

    id: str
    delivery: Delivery
    reason: str | None = None
    removed: list[str] = []
    about: str | None = None
    rule: str | None = None
    hold: HoldView | None = None


class DeliveryUpdate(Struct, frozen=True):
    """New verdicts on what one user has said."""

    items: list[DeliveryView]


class FileUpdate(Struct, frozen=True):
    """A file of a message has a new state."""

    message: str
    file: FileView


class ReactionView(Struct, frozen=True):
    """A reaction put on a message, or taken off."""

    message: str
    reaction: str
    user: str
    on: bool
    change: ChangeView | None = None


class MemberView(Struct, frozen=True):
    """Somebody's part in a room."""

    user: str
    role: Role
    since: int
    until: int | None = None
    change: ChangeView | None = None


class ItemRevision(Struct, frozen=True, kw_only=True):
    """One wording of an item: the fields that its author named, and from what it was made.

    `base` is the stamp of the item as the author saw it, null in the first wording.
    """

    stamp: str
    base: str | None
    author: str
    at: int
    content: dict[str, Any]


class RoomRevision(Struct, frozen=True, kw_only=True):
    """One wording of what a room says of itself: what its author named, and from what it was made.

    `base` is the stamp of the room as the author saw it, null where it was opened.
    """

    stamp: str
    base: str | None
    author: str
    at: int
    look: dict[str, Any]


class ItemView(Struct, frozen=True, kw_only=True):
    """An item as it stands now.  `etag` names what it says; `content` is null once it is removed.

    `frontend` is the program through which it was made, in the zone that it is from.
    `state` is what it comes to with what was answered, for the kinds that come to something.
    `answers` counts who has answered, `seen` who has read it; `mine` is what the asker
    answered, by part, and `part_changes` what of that has not arrived: both are in answers to
    the asker's own questions only.  `delivery` and `reason` are those of `change`.
    """

    id: str
    type: str
    room: str | None
    zone: Literal["lgwan", "internet"]
    author: str
    at: int
    stamp: str
    frontend: str
    etag: str
    content: Content | None
    state: State | None = None
    removed: Withdrawal | None = None
    files: list[FileView] = []
    answers: int = 0
    seen: int = 0
    mine: dict[str, Answer] = {}
    delivery: Delivery = "local"
    reason: str | None = None
    change: ChangeView | None = None
    part_changes: dict[str, ChangeView] = {}
    notice: NoticeView | None = None
    client_key: str | None = None


class AnswerView(Struct, frozen=True):
    """What somebody answered to an item, and through which frontend, in whichever zone.

    User and frontend are null if the item is anonymous.
    """

    item: str
    user: str | None
    part: str
    answer: Answer
    at: int
    frontend: str | None = None
    change: ChangeView | None = None


class EscalationView(Struct, frozen=True, kw_only=True):
    """A broadcast is told once more: to people who have not heard it, and to those who phone.

    `missing` counts all who have not done what it asks for, in both zones.
    """

    broadcast: str
    title: str
    text: str
    training: bool
    require: Literal["read", "ack", "answer"]
    deadline: int
    missing: int


class OutgrownView(Struct, frozen=True):
    """A message or an item has changed, and is too large for a stream: ask for it by its id."""

    id: str
    bytes: int


class PinView(Struct, frozen=True):
    """A message pinned to its room, or unpinned."""

    message: str
    by: str
    at: int
    on: bool
    change: ChangeView | None = None


class PurgeView(Struct, frozen=True):
    """Everything said in a room before a time was deleted, in both zones."""

    room: str
    before: int
    by: str
    at: int

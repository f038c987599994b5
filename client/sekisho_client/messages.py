"""What the server says of messages and files, as the local socket API names it.

Times are milliseconds since 1970.  A member that a later server adds is passed over.
"""

from dataclasses import dataclass, field
from typing import Literal

from sekisho_client.changes import Change, Delivery, Desk, Hold
from sekisho_client.decoding import Unknown
from sekisho_client.people import Zone

FileState = Literal[
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


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, and what was taken out of it: to its sender a count of 0 means "some".

    `rule` of the relay holds it, and `hold` says who decides and until when, or has kept it back,
    for what it `found` so many times inside.
    `width` and `height` are of a picture, in pixels, where they are known.
    """

    id: str
    name: str
    media: str
    size: int
    state: FileState | Unknown
    reason: str | None = None
    removed: list[tuple[str, int]] = field(default_factory=list)
    sha256: str | None = None
    rule: str | None = None
    hold: Hold | None = None
    found: int = 0
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFile:
    """A file of a room, the message or item whose it is, and who said that when."""

    file: File
    owner: str
    author: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFiles:
    """A page of a room's files, the latest first; `next` leads on."""

    items: list[RoomFile]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Who took something back, why, and when."""

    by: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The relay's word on what it keeps back: `ja` and `en` say it in a sentence.

    What is held expires at `until`; `desk` decides.
    """

    state: Literal["held", "denied", "expired"] | Unknown
    rule: str
    at: int
    until: int = 0
    desk: Desk | Unknown = "operator"
    ja: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What somebody said, and when they said it in which message; `text` is theirs alone."""

    message: str
    author: str
    at: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place on earth (WGS 84), in millionths of a degree, and what people call it."""

    latitude: int
    longitude: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNotice:
    """That a telephone call began, ended or was missed; the call itself never crosses."""

    state: Literal["started", "ended", "missed"] | Unknown
    medium: Literal["voice", "video"] | Unknown
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it stands now.  `text` is None when it is withdrawn or held back.

    It was written `at` and could be read here from `arrived` on; a `late` one stands before
    others that had been here for a while.
    `delivery`, `reason` and `removed` are those of its latest `change`; `part_changes` are
    reactions and pins of one's own zone that have not arrived.
    """

    id: str
    room: str
    zone: Zone | Unknown
    author: str
    at: int
    stamp: str
    text: str | None
    arrived: int = 0
    late: bool = False
    reply_to: str | None = None
    thread: str | None = None
    replies: int = 0
    mentions: list[str] = field(default_factory=list)
    sticker: str | None = None
    forwarded: Forwarded | None = None
    location: Location | None = None
    call: CallNotice | None = None
    edited: bool = False
    withdrawn: Withdrawal | None = None
    notice: Notice | None = None
    files: list[File] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    delivery: Delivery | Unknown = "local"
    reason: str | None = None
    removed: list[str] = field(default_factory=list)
    change: Change | None = None
    part_changes: dict[str, Change] = field(default_factory=dict)
    client_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is to be said: a text, files, a sticker, a place, a call, or several of these."""

    text: str = ""
    reply_to: str | None = None
    files: list[str] = field(default_factory=list)
    thread: str | None = None
    mentions: list[str] = field(default_factory=list)
    sticker: str | None = None
    location: Location | None = None
    call: CallNotice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterMessage:
    """Something that is to be said at `due`; `reason` is why it could not be."""

    id: str
    room: str
    due: int
    said: Said
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticker:
    """A drawing by its name, and what it says in Japanese and in English."""

    id: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """One message of a batch to be posted."""

    room: str
    client_key: str
    text: str = ""
    reply_to: str | None = None
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message of a batch: it has an id, or the code of why not."""

    client_key: str
    id: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was found; `marks` are the places in `excerpt` of what was looked for."""

    id: str
    type: str
    owner: str
    room: str
    author: str
    at: int
    excerpt: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of what was found, newest first; `next` leads on, even from a short page."""

    items: list[Found]
    next: str | None
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Part of a timeline; `next` leads on."""

    items: list[Message]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Somebody looked at a room in `zone`, up to a message, and when."""

    user: str
    message: str
    at: int
    zone: Zone | Unknown
    lgwan: str
    internet: str
    without: list[str] = field(default_factory=list)

    def covers(self, message: Message) -> bool:
        """Return whether they have read `message` then: it was said, and it was there.

        In the other zone nobody reads what has yet to be delivered there.
        """
        if self.zone != message.zone and message.delivery not in ("delivered", "altered"):
            return False
        place = self.lgwan if message.zone == "lgwan" else self.internet
        return message.stamp <= place and message.id not in self.without


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPosition:
    """How far one is with a room, and what is unread in it: 100 are 100 or more.

    `first_unread` is where to go on, `late` what came to stand before what one has read.
    """

    room: str
    unread: int
    mentions: int
    threads: int
    read: str | None
    lgwan: str
    internet: str
    first_unread: str | None
    late: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who has, or has not, read a message, and when first."""

    user: str
    name: str
    section: str = ""
    at: int | None = None

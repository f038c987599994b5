"""What items say: one dataclass for each kind.

Times are milliseconds since 1970.  0, "" and [] mean "none".
"""

from dataclasses import dataclass, field
from typing import Literal

from sekisho_client.decoding import Unknown

FieldKind = Literal["line", "text", "number", "date", "choice", "choices", "yes-no"]
Require = Literal["read", "ack", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of a room."""

    type: Literal["note"] = "note"
    title: str
    text: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to be done by all of its assignees, or by one of them; by anyone if it has none."""

    type: Literal["task"] = "task"
    title: str
    text: str = ""
    assignees: list[str] = field(default_factory=list)
    due: int = 0
    need: Literal["one", "all"] | Unknown = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A question with choices.  An anonymous one shows nobody who chose what."""

    type: Literal["survey"] = "survey"
    title: str
    text: str = ""
    choices: list[str]
    several: bool = False
    anonymous: bool = False
    deadline: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the agenda; `ends` is no longer part of it."""

    type: Literal["entry"] = "entry"
    title: str
    text: str = ""
    starts: int
    ends: int
    all_day: bool = False
    place: str = ""
    invited: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that can be booked: a meeting room, a car."""

    type: Literal["resource"] = "resource"
    title: str
    text: str = ""
    resource_kind: Literal["room", "car", "other"] | Unknown
    capacity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A resource for a time.  Of two that overlap, the one that was made first holds."""

    type: Literal["booking"] = "booking"
    title: str
    text: str = ""
    resource: str
    entry: str = ""
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post on a board."""

    type: Literal["post"] = "post"
    title: str
    text: str
    category: str = ""
    must_read: bool = False
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that a room keeps."""

    type: Literal["stored-file"] = "stored-file"
    title: str
    text: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIf:
    """A field is asked for only if another was answered so."""

    field: str
    equals: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question of a form."""

    key: str
    label: str
    kind: FieldKind | Unknown
    required: bool = False
    choices: list[str] = field(default_factory=list)
    least: int | None = None
    most: int | None = None
    shown_if: ShownIf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What is to be paid, in yen, with an answer, and through which webhook."""

    amount: int
    webhook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Questions to fill in.  An anonymous one shows nobody who answered what."""

    type: Literal["form"] = "form"
    title: str
    text: str = ""
    fields: list[FormField]
    anonymous: bool = False
    deadline: int = 0
    closed: bool = False
    payment: Payment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of an approval: how many of whom have to approve."""

    approvers: list[str]
    quorum: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Something to be approved, step by step (簡易な決裁); `subject` is what it is about."""

    type: Literal["approval"] = "approval"
    title: str
    text: str = ""
    steps: list[Step]
    subject: str = ""
    deadline: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom it addresses: everybody who fits all that is named here; `kinds` is staff if empty."""

    tenants: list[str] = field(default_factory=list)
    orgs: list[str] = field(default_factory=list)
    kinds: list[Literal["staff", "guest"] | Unknown] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """An all-staff broadcast (安否確認), of no room: it reaches everybody in its audience."""

    type: Literal["broadcast"] = "broadcast"
    title: str
    text: str = ""
    audience: Audience
    require: Require | Unknown
    choices: list[str] = field(default_factory=list)
    deadline: int = 0
    escalate_after_s: int = 0
    training: bool = False
    closed: bool = False

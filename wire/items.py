"""Items: what a room holds beside its timeline, and what people answer to them.

A kind of item is a struct here and a row in `wire.item_kinds.ITEMS`.  The rest is the same
for all of them: each field is a register in which the later word wins, and so is the
answer of each user (`wire.merge`).  The first `item.put` fills in all that an item of
its kind must have; a later one says what is to change, and null stays as it is.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.answers import MAX_CHOICES, MAX_FIELDS, MAX_STEPS
from wire.fields import Count, Key, Line, Name, Ref, Text

MAX_PEOPLE = 200  # named one by one; who calls more asks for them (`Audience`)

People = Annotated[list[Ref], Meta(max_length=MAX_PEOPLE)]
Choices = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=MAX_CHOICES)
]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Part of an item or of an answer."""


class _Content(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
    kw_only=True,
):
    """What an item says.  Zero, "" and [] mean "none", null means "as it was"."""

    title: Name | None = None
    text: Text | None = None


class Note(_Content, frozen=True, tag="note"):
    """A note of a room."""

    pinned: bool | None = None


class Task(_Content, frozen=True, tag="task"):
    """Something to be done, by all who are asked to, or by any one of them."""

    assignees: People | None = None
    due: Count | None = None
    need: Literal["one", "all"] | None = None


class Survey(_Content, frozen=True, tag="survey"):
    """A question with choices.  An anonymous one shows nobody who chose what."""

    choices: Choices | None = None
    several: bool | None = None
    anonymous: bool | None = None
    deadline: Count | None = None
    closed: bool | None = None


class AgendaEntry(_Content, frozen=True, tag="entry"):
    """An entry of the agenda, in milliseconds since 1970; `ends` is no longer part of it."""

    starts: Count | None = None
    ends: Count | None = None
    all_day: bool | None = None
    place: Line | None = None
    invited: People | None = None


class Resource(_Content, frozen=True, tag="resource"):
    """Something that can be booked: a meeting room, a car."""

    resource_kind: Literal["room", "car", "other"] | None = None
    capacity: Count | None = None


class Booking(_Content, frozen=True, tag="booking"):
    """A resource for a time.  Of two bookings that overlap, the one that was made first holds."""

    resource: Ref | None = None
    entry: Ref | None = None
    starts: Count | None = None
    ends: Count | None = None


class Post(_Content, frozen=True, tag="post"):
    """A post on a board."""

    category: Line | None = None
    must_read: bool | None = None
    until: Count | None = None


class StoredFile(_Content, frozen=True, tag="stored-file"):
    """A file that a room keeps.  Each `item.put` with a file brings a version."""

    folder: Line | None = None


_Bound = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


class ShownIf(_Part, frozen=True):
    """A field is asked for only if another was answered so."""

    field: Key
    equals: Line


class Field(_Part, frozen=True, kw_only=True):
    """One question of a form."""

    key: Key
    label: Name
    kind: Literal["line", "text", "number", "date", "choice", "choices", "yes-no"]
    required: bool = False
    choices: Choices = []
    least: _Bound | None = None
    most: _Bound | None = None
    shown_if: ShownIf | None = None


class Payment(_Part, frozen=True):
    """What is to be paid, in yen, with an answer, and through which webhook."""

    amount: Annotated[int, Meta(ge=1, le=100_000_000)]
    webhook: Ref


class Form(_Content, frozen=True, tag="form"):
    """Questions to fill in.  An anonymous one shows nobody who answered what."""

    fields: Annotated[list[Field], Meta(max_length=MAX_FIELDS)] | None = None
    anonymous: bool | None = None
    deadline: Count | None = None
    closed: bool | None = None
    payment: Payment | None = None


class ApprovalStep(_Part, frozen=True):
    """A step of an approval: how many of whom have to say yes."""

    approvers: Annotated[list[Ref], Meta(min_length=1, max_length=MAX_PEOPLE)]
    quorum: Annotated[int, Meta(ge=1, le=MAX_PEOPLE)] = 1


class Approval(_Content, frozen=True, tag="approval"):
    """Something to be approved, step by step (簡易な決裁); `subject` is what it is about."""

    steps: Annotated[list[ApprovalStep], Meta(max_length=MAX_STEPS)] | None = None
    subject: Ref | None = None
    deadline: Count | None = None
    cancelled: bool | None = None


class Audience(_Part, frozen=True, kw_only=True):
    """Whom a broadcast reaches: all who fit what is named here.  A question, not a list."""

    tenants: Annotated[list[Ref], Meta(max_length=200)] = []
    orgs: Annotated[list[Ref], Meta(max_length=500)] = []  # and all below them
    kinds: Annotated[list[Literal["staff", "guest"]], Meta(max_length=2)] = []  # none: staff
    titles: Annotated[list[Line], Meta(max_length=50)] = []


class Broadcast(_Content, frozen=True, tag="broadcast"):
    """A broadcast (安否確認), of no room: it reaches everybody in its audience."""

    audience: Audience | None = None
    require: Literal["read", "ack", "answer"] | None = None
    choices: Choices | None = None
    deadline: Count | None = None
    escalate_after_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    training: bool | None = None
    closed: bool | None = None


Content = (
    Note
    | Task
    | Survey
    | AgendaEntry
    | Resource
    | Booking
    | Post
    | StoredFile
    | Form
    | Approval
    | Broadcast
)

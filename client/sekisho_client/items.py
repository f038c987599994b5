"""What a room holds beside its timeline: items, what was answered to them, and figures.

`KINDS` has a row for each kind of item.  A kind that a later server adds comes as `Raw`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from sekisho_client import contents, states
from sekisho_client.answers import GivenAnswer
from sekisho_client.changes import Change, Delivery
from sekisho_client.decoding import Raw, Shape, Unknown
from sekisho_client.messages import File, Notice, Withdrawal
from sekisho_client.people import Zone

T = TypeVar("T")

Content = (
    contents.Note
    | contents.Task
    | contents.Survey
    | contents.Entry
    | contents.Resource
    | contents.Booking
    | contents.Post
    | contents.StoredFile
    | contents.Form
    | contents.Approval
    | contents.Broadcast
    | Raw
)
State = (
    states.TaskState
    | states.SurveyState
    | states.EntryState
    | states.BookingState
    | states.PostState
    | states.StoredFileState
    | states.FormState
    | states.ApprovalState
    | Raw
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: the prefix of its ids, what one says, and how one stands, if it does."""

    prefix: str
    content: type
    state: type | None = None


# By the type that the API calls them.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "note": Kind("nt", contents.Note),
        "task": Kind("tk", contents.Task, states.TaskState),
        "survey": Kind("sv", contents.Survey, states.SurveyState),
        "entry": Kind("ev", contents.Entry, states.EntryState),
        "resource": Kind("rs", contents.Resource),
        "booking": Kind("bk", contents.Booking, states.BookingState),
        "post": Kind("bp", contents.Post, states.PostState),
        "stored-file": Kind("st", contents.StoredFile, states.StoredFileState),
        "form": Kind("fm", contents.Form, states.FormState),
        "approval": Kind("ap", contents.Approval, states.ApprovalState),
        "broadcast": Kind("bc", contents.Broadcast),
    }
)


def type_of(item: str) -> str:
    """Return the type of the item with this id.  Raises `ValueError` for an unknown prefix."""
    for name, kind in KINDS.items():
        if item.startswith(kind.prefix):
            return name
    raise ValueError(f"{item!r} is the id of no kind of item that this client knows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as it stands now.  `content` is None once it is removed; `state` is by kind.

    `frontend` is the id of the program through which it was made.

    `mine` is what oneself answered, by part, and `part_changes` what of that has not arrived:
    both come only with what one asked for.
    """

    id: str
    type: str
    room: str | None
    zone: Zone | Unknown
    author: str
    at: int
    stamp: str
    frontend: str
    etag: str
    content: Content | None
    state: State | None = None
    removed: Withdrawal | None = None
    files: list[File] = field(default_factory=list)
    answers: int = 0
    seen: int = 0
    mine: dict[str, GivenAnswer] = field(default_factory=dict)
    delivery: Delivery | Unknown = "local"
    reason: str | None = None
    change: Change | None = None
    part_changes: dict[str, Change] = field(default_factory=dict)
    notice: Notice | None = None
    client_key: str | None = None

    def content_as(self, kind: Shape[T]) -> T:
        """Return what a `Task` … says.  Raises `TypeError` if it is of another kind, or removed."""
        return _as(self.content, kind)

    def state_as(self, kind: Shape[T]) -> T:
        """Return how it stands, a `TaskState` ….  Raises `TypeError` if that is another one."""
        return _as(self.state, kind)


def _as(value: object, kind: Shape[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} is no {kind.__name__}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answered to an item, through the program with the id `frontend`.

    `user` and `frontend` are None where that is anonymous.
    """

    item: str
    user: str | None
    part: str
    answer: GivenAnswer
    at: int
    frontend: str | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReader:
    """Somebody who has, or has not, read an item."""

    user: str
    name: str
    section: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRevision:
    """One wording of an item: the fields that its author named, and from what it was made.

    `base` is the stamp of the item as the author saw it, None in the first wording.
    """

    stamp: str
    base: str | None
    author: str
    at: int
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A folder or a category, and how many items are in it."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceCount:
    """How often a choice was taken."""

    choice: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTally:
    """One question, counted.  `key` is None for the question of a survey."""

    key: str | None
    label: str
    answered: int
    choices: list[ChoiceCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A survey or a form, counted: for each question with choices how often each was taken."""

    item: str
    answered: int
    is_over: bool
    questions: list[QuestionTally]

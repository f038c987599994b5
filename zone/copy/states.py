"""The computed states of items, as frontends are shown them: types only.

A state is computed from what an item says and what was answered to it, so it is the same
in both zones once both have the same events.  Nobody's eyes matter: it is told to rooms.
"""

from typing import Any, Literal

from msgspec import Struct

ApprovalStatus = Literal["open", "approved", "denied", "expired", "cancelled"]


class DoneView(Struct, frozen=True):
    """Who has done a task, and when."""

    user: str
    at: int


class TaskState(Struct, frozen=True, tag="task", tag_field="type", kw_only=True):
    """Whether a task is done, by whom, and who has yet to do it."""

    done: bool
    done_by: list[DoneView]
    waiting: list[str]


class SurveyState(Struct, frozen=True, tag="survey", tag_field="type", kw_only=True):
    """How often each choice was taken, and by how many people in all."""

    is_over: bool
    answered: int
    counts: list[int]


class BookingState(Struct, frozen=True, tag="booking", tag_field="type", kw_only=True):
    """Whether a booking has its resource, or which other one has it."""

    holds: bool
    beaten_by: str | None = None


class EntryState(Struct, frozen=True, tag="entry", tag_field="type", kw_only=True):
    """Who comes, who does not, who was invited and has not answered; and what is booked for it."""

    yes: list[str]
    no: list[str]
    maybe: list[str]
    waiting: list[str]
    bookings: list[str]


class PostState(Struct, frozen=True, tag="post", tag_field="type", kw_only=True):
    """Whether a post's time is up."""

    is_over: bool


class VersionView(Struct, frozen=True, kw_only=True):
    """A version of a stored file, from 1; `file` is the id of its bytes."""

    number: int
    file: str
    by: str
    at: int


class StoredFileState(Struct, frozen=True, tag="stored-file", tag_field="type", kw_only=True):
    """The versions of a stored file, the latest first."""

    versions: list[VersionView]


class FormState(Struct, frozen=True, tag="form", tag_field="type", kw_only=True):
    """Whether a form still takes answers, and how many it has."""

    is_over: bool
    answered: int


class StepState(Struct, frozen=True, kw_only=True):
    """The state of a step of an approval.  `waiting` are the people who have yet to decide."""

    quorum: int
    approved_by: list[str]
    denied_by: list[str]
    waiting: list[str]


class ApprovalState(Struct, frozen=True, tag="approval", tag_field="type", kw_only=True):
    """The state of an approval; `step` is the one that is open, from 0, or null."""

    status: ApprovalStatus
    step: int | None
    steps: list[StepState]


State = (
    TaskState
    | SurveyState
    | EntryState
    | BookingState
    | PostState
    | StoredFileState
    | FormState
    | ApprovalState
)


class WaitingView(Struct, frozen=True, kw_only=True):
    """A step of an approval waits for whoever is told this."""

    item: str
    room: str
    title: str
    by: str
    step: int


class SupersededView(Struct, frozen=True, kw_only=True):
    """What one said of an item was replaced by somebody who had not heard of it; for its author.

    `fields` are those on which both spoke, `said` is what one said of them, `by` is who spoke
    later, at the stamp `stamp`.
    """

    item: str
    room: str | None
    item_type: str
    fields: list[str]
    said: dict[str, Any]
    by: str
    at: int
    stamp: str


class RoomSupersededView(Struct, frozen=True, kw_only=True):
    """What one said a room is was replaced by somebody who had not heard of it; for its author.

    Its members are as those of `SupersededView`.
    """

    room: str
    fields: list[str]
    said: dict[str, Any]
    by: str
    at: int
    stamp: str


class BeatenView(Struct, frozen=True, kw_only=True):
    """A booking lost its resource to one that the other zone made first; for its author."""

    item: str
    room: str
    resource: str
    starts: int
    ends: int
    beaten_by: str

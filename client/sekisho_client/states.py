"""What items come to with what was answered to them: one dataclass for each kind that does.

Times are milliseconds since 1970.
"""

from dataclasses import dataclass
from typing import Literal

from sekisho_client.decoding import Unknown

ApprovalStatus = Literal["open", "approved", "denied", "expired", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneBy:
    """Who has done a task, and when."""

    user: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """Whether a task is done, by whom, and who has yet to do it."""

    type: Literal["task"] = "task"
    done: bool
    done_by: list[DoneBy]
    waiting: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyState:
    """How often each choice was taken, and by how many people in all."""

    type: Literal["survey"] = "survey"
    is_over: bool
    answered: int
    counts: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryState:
    """Who comes, who does not, who was invited and has not said; and what is booked for it."""

    type: Literal["entry"] = "entry"
    yes: list[str]
    no: list[str]
    maybe: list[str]
    waiting: list[str]
    bookings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingState:
    """Whether a booking has its resource, or which other one has it."""

    type: Literal["booking"] = "booking"
    holds: bool
    beaten_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """Whether a post's time is up."""

    type: Literal["post"] = "post"
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a stored file, from 1; `file` is the id of its bytes."""

    number: int
    file: str
    by: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFileState:
    """The versions of a stored file, the latest first."""

    type: Literal["stored-file"] = "stored-file"
    versions: list[Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """Whether a form still takes answers, and how many it has."""

    type: Literal["form"] = "form"
    is_over: bool
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """How a step of an approval stands.  `waiting` are those who have yet to decide."""

    quorum: int
    approved_by: list[str]
    denied_by: list[str]
    waiting: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalState:
    """Where an approval stands; `step` is the one that is open, from 0, or None."""

    type: Literal["approval"] = "approval"
    status: ApprovalStatus | Unknown
    step: int | None
    steps: list[StepState]

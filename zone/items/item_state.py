"""How an item stands: one function for each kind that comes to something.

Each is the column `state` of its kind's row in `zone.items.kinds`.  Runs on the database thread
and only reads; what is computed is computed by pure modules.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from wire.items import Booking
from wire.merge import VERSION
from zone.copy import registers
from zone.copy.states import (
    ApprovalState,
    BookingState,
    EntryState,
    FormState,
    PostState,
    StoredFileState,
    SurveyState,
    TaskState,
    VersionView,
)
from zone.items import bookings
from zone.items.approvals import approval_state
from zone.items.responses import answered_before, responses_to
from zone.items.rsvps import entry_state
from zone.items.tallies import is_over, survey_state
from zone.items.tasks import task_state


@dataclass(frozen=True, slots=True)
class Scene:
    """An item whose state is asked for: `content` is what it says at `now`."""

    db: sqlite3.Connection
    item: str
    author: str
    content: Any  # of the kind that the row is for
    now: int


def of_task(scene: Scene) -> TaskState:
    """Return who has done a task, and who has yet to."""
    return task_state(scene.content, responses_to(scene.db, scene.item))


def of_survey(scene: Scene) -> SurveyState:
    """Return how often each choice was taken."""
    return survey_state(scene.content, responses_to(scene.db, scene.item), scene.now)


def of_entry(scene: Scene) -> EntryState:
    """Return who comes to an entry, and what is booked for it."""
    booked = bookings.booked_for(scene.db, scene.item)
    return entry_state(scene.content, responses_to(scene.db, scene.item), booked)


def of_booking(scene: Scene) -> BookingState:
    """Return whether a booking has its resource."""
    said: Booking = scene.content
    found = None
    if said.resource is not None and said.starts is not None and said.ends is not None:
        found = bookings.slot(scene.db, scene.item, said.resource, said.starts, said.ends)
    return BookingState(
        holds=found is not None and found.holds, beaten_by=found.beaten_by if found else None
    )


def of_post(scene: Scene) -> PostState:
    """Return whether a post's time is up."""
    until = scene.content.until
    return PostState(is_over=bool(until) and scene.now >= until)


def of_stored_file(scene: Scene) -> StoredFileState:
    """Return the versions of a stored file, the latest first."""
    brought = registers.of_kind(scene.db, scene.item, VERSION, registers.decoded)
    versions = [
        VersionView(number=number, file=file, by=by, at=at)
        for number, (file, (by, at)) in enumerate(brought.items(), 1)
    ]
    return StoredFileState(versions=versions[::-1])


def of_form(scene: Scene) -> FormState:
    """Return how many have answered a form."""
    answered = answered_before(scene.db, scene.item, scene.content.deadline)
    return FormState(is_over=is_over(scene.content, scene.now), answered=answered)


def of_approval(scene: Scene) -> ApprovalState:
    """Return at which step an approval stands."""
    given = responses_to(scene.db, scene.item)
    return approval_state(scene.content, scene.author, given, scene.now)

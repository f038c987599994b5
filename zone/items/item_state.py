"""The computed state of an item: one row for each kind that has one.

Runs on the database thread and only reads; what is computed is computed by the pure module
that each row names.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from wire.items import AgendaEntry, Approval, Booking, Content, Form, Post, StoredFile, Survey, Task
from zone.copy.states import (
    ApprovalState,
    BookingState,
    EntryState,
    FormState,
    PostState,
    State,
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


def state_of(
    db: sqlite3.Connection, item: str, author: str, content: Content, now: int
) -> State | None:
    """Return the state of an item, or None if it is of a kind that has none."""
    compute = _STATES.get(type(content))
    return None if compute is None else compute(Scene(db, item, author, content, now))


def _task(scene: Scene) -> TaskState:
    return task_state(scene.content, responses_to(scene.db, scene.item))


def _survey(scene: Scene) -> SurveyState:
    return survey_state(scene.content, responses_to(scene.db, scene.item), scene.now)


def _entry(scene: Scene) -> EntryState:
    rows = scene.db.execute(
        "SELECT object FROM register WHERE field = 'entry' AND value = ? AND NOT EXISTS"
        " (SELECT 1 FROM register AS r WHERE r.object = register.object AND r.field = 'removed')"
        " ORDER BY object",
        (f'"{scene.item}"',),
    )
    booked = [booking for (booking,) in rows]
    return entry_state(scene.content, responses_to(scene.db, scene.item), booked)


def _booking(scene: Scene) -> BookingState:
    said: Booking = scene.content
    found = None
    if said.resource is not None and said.starts is not None and said.ends is not None:
        found = bookings.slot(scene.db, scene.item, said.resource, said.starts, said.ends)
    return BookingState(
        holds=found is not None and found.holds, beaten_by=found.beaten_by if found else None
    )


def _post(scene: Scene) -> PostState:
    until = scene.content.until
    return PostState(is_over=bool(until) and scene.now >= until)


def _stored_file(scene: Scene) -> StoredFileState:
    rows = scene.db.execute(
        "SELECT substr(field, 9), value FROM register"
        " WHERE object = ? AND field BETWEEN 'version:' AND 'version;' ORDER BY stamp, field",
        (scene.item,),
    )
    versions = []
    for number, (file, value) in enumerate(rows, 1):
        by, at = msgspec.json.decode(value)
        versions.append(VersionView(number=number, file=file, by=by, at=at))
    return StoredFileState(versions=versions[::-1])


def _form(scene: Scene) -> FormState:
    answered = answered_before(scene.db, scene.item, scene.content.deadline)
    return FormState(is_over=is_over(scene.content, scene.now), answered=answered)


def _approval(scene: Scene) -> ApprovalState:
    given = responses_to(scene.db, scene.item)
    return approval_state(scene.content, scene.author, given, scene.now)


_STATES: Mapping[type, Callable[[Scene], State]] = MappingProxyType(
    {
        Task: _task,
        Survey: _survey,
        AgendaEntry: _entry,
        Booking: _booking,
        Post: _post,
        StoredFile: _stored_file,
        Form: _form,
        Approval: _approval,
    }
)

"""Whom an item concerns beside its room: next approvers, who lost a booking.

Every function runs inside a transaction, behind `zone.store.notifications`.  Being told twice does no harm.
"""

import sqlite3
from typing import assert_never

from wire.answers import Decision, Delegate
from wire.bodies import AnswerSet
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Post,
    Resource,
    StoredFile,
    Survey,
    Task,
)
from zone.copy.states import ApprovalState, BeatenView, WaitingView
from zone.items import bookings, items
from zone.items.approvals import approval_state
from zone.items.bookings import Slot
from zone.items.responses import responses_to
from zone.store.writing import Writing


def affected(db: sqlite3.Connection, item: str) -> list[str]:
    """Return the other items that stand otherwise once this one was made, changed or removed."""
    content = _content(db, item)
    if not isinstance(content, Booking):
        return []
    rivals = [s.claim.booking for s in _slots(db, content) if s.claim.booking != item]
    return [*rivals, *([content.entry] if content.entry else [])]


def tell_of_item(writing: Writing, item: str, *, is_new: bool) -> None:
    """Tell those whom an item concerns that was made, changed or removed."""
    content = _content(writing.db, item)
    match content:
        case Booking() as booking:
            for slot in _slots(writing.db, booking):
                _tell_beaten(writing, booking.resource or "", slot)
        case Approval() as approval:
            if is_new:
                _tell_waiting(writing, item, approval, behind=-1)
        case Note() | Task() | Survey() | AgendaEntry() | Resource() | Post() | None:
            return
        case StoredFile() | Form() | Broadcast():
            return
        case _:
            assert_never(content)


def tell_of_answer(writing: Writing, change: AnswerSet) -> None:
    """Tell those whom an answer concerns."""
    approval = _content(writing.db, change.item)
    if not isinstance(approval, Approval):  # nobody waits for an answer to anything else
        return
    match change.answer:
        case Decision(step):
            _tell_waiting(writing, change.item, approval, behind=step)
        case Delegate(step, to):
            _tell_waiting(writing, change.item, approval, behind=step - 1, only=to)


def _content(db: sqlite3.Connection, item: str) -> Content | None:
    place = items.item_place(db, item)
    return None if place is None else items.registers_of_item(db, item).content(place.type)


def _slots(db: sqlite3.Connection, booking: Booking) -> list[Slot]:
    if booking.resource is None or booking.starts is None or booking.ends is None:
        return []
    return bookings.slots(db, booking.resource, booking.starts, booking.ends)


def _tell_beaten(writing: Writing, resource: str, slot: Slot) -> None:
    if slot.beaten_by is None:
        return
    claim = slot.claim
    view = BeatenView(
        item=claim.booking,
        room=claim.room,
        resource=resource,
        starts=claim.starts,
        ends=claim.ends,
        beaten_by=slot.beaten_by,
    )
    writing.tell("booking.beaten", view, audience=claim.author)


def _tell_waiting(
    writing: Writing, item: str, approval: Approval, *, behind: int, only: str | None = None
) -> None:
    """Tell whose word an approval waits for, if it has come to a step behind `behind`."""
    place = items.item_place(writing.db, item)
    if place is None or place.room is None:
        return
    stands = approval_state(approval, place.author, responses_to(writing.db, item), writing.now)
    if stands.step is None or stands.step <= behind:
        return
    view = WaitingView(
        item=item, room=place.room, title=approval.title or "", by=place.author, step=stands.step
    )
    for user in _waited_for(stands, only):
        writing.tell("approval.waiting", view, audience=user)


def _waited_for(stands: ApprovalState, only: str | None) -> list[str]:
    waiting = stands.steps[stands.step or 0].waiting
    return [user for user in waiting if only in (None, user)]

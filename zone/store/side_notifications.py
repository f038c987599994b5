"""Whom an item concerns beside its room: next approvers, who lost a booking.

A booking that came, or went, can turn others: what beats one may be beaten itself.  Who lost is
told once, by the event that took the resource away.  So `look` notes how the bookings stood
before each such event (it is a side effect, `zone.store.side_effects`), and what is told of it is
the difference.  Every function runs inside a transaction.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from wire.answers import Decision, Delegate
from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.events import Event
from wire.item_kinds import ITEMS, kind_of
from wire.items import Approval, Booking
from wire.lane import Zone
from zone.copy.states import ApprovalState, BeatenView, SupersededView, WaitingView
from zone.items import bookings, items
from zone.items.approvals import approval_state
from zone.items.bookings import Slot
from zone.items.responses import responses_to
from zone.store.writing import Writing


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from an item: who else stands otherwise now, and who lost a booking by it."""

    items: Sequence[str] = ()
    lost: Sequence[Slot] = ()
    resource: str = ""  # that they lost


def look(writing: Writing, event: Event, _: Zone) -> None:
    """Note how bookings stand before one comes, or goes."""
    match event.body:
        case ItemPut(Booking() as booking, None):
            writing.before[event.id] = _chained(writing.db, booking)
        case ItemRemove(item):
            known = _booking(writing.db, item)
            if known is not None:
                writing.before[item] = _chained(writing.db, known)


def of_item(writing: Writing, item: str) -> Consequences:
    """Return what follows from an item that was made, changed or removed just now."""
    booking = _booking(writing.db, item)
    if booking is None:
        return Consequences()
    entry = [booking.entry] if booking.entry else []
    before: list[Slot] | None = writing.before.pop(item, None)
    if before is None:
        return Consequences(entry)  # it says the same time: nobody's booking turns
    after = _chained(writing.db, booking)
    turned = [slot.claim.booking for slot in bookings.turned(before, after)]
    others = [name for name in turned if name != item]
    return Consequences([*others, *entry], bookings.lost(before, after), booking.resource or "")


def tell_lost(writing: Writing, follows: Consequences) -> None:
    """Tell each who made a booking that it has lost its resource."""
    for slot in follows.lost:
        claim = slot.claim
        view = BeatenView(
            item=claim.booking,
            room=claim.room,
            resource=follows.resource,
            starts=claim.starts,
            ends=claim.ends,
            beaten_by=slot.beaten_by or "",
        )
        writing.tell("booking.beaten", view, audience=claim.author)


def superseded_by(event: Event) -> str:
    """Return under what name `Writing.before` has who was overwritten unseen."""
    return f"superseded {event.id}"


def tell_superseded(writing: Writing, event: Event) -> None:
    """Tell each whose word on a thing was replaced by somebody who had not heard of it."""
    for superseded in writing.before.pop(superseded_by(event), ()):
        is_item = isinstance(superseded.view, SupersededView)
        event_type = "item.superseded" if is_item else "room.superseded"
        writing.tell(event_type, superseded.view, audience=superseded.author)


def tell_first_step(writing: Writing, item: str) -> None:
    """Tell whose word a new approval waits for."""
    if kind_of(item) is not ITEMS[Approval]:
        return
    approval = _content(writing.db, item)
    if isinstance(approval, Approval):
        _tell_waiting(writing, item, approval, behind=-1)


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


def _booking(db: sqlite3.Connection, item: str) -> Booking | None:
    if kind_of(item) is not ITEMS[Booking]:
        return None
    content = _content(db, item)
    return content if isinstance(content, Booking) else None


def _content(db: sqlite3.Connection, item: str) -> object:
    place = items.item_place(db, item)
    return None if place is None else items.registers_of_item(db, item).content(place.type)


def _chained(db: sqlite3.Connection, booking: Booking) -> list[Slot]:
    if booking.resource is None or booking.starts is None or booking.ends is None:
        return []
    return bookings.chained(db, booking.resource, booking.starts, booking.ends)


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

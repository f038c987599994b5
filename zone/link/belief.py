"""What the far zone sent, asked of the table of rights and then applied: or not.

The relay vouches for form, not for the far zone's honesty.  What its author had no right to
say there goes into quarantine and is not applied.  Runs inside a transaction.
"""

from typing import Final

import structlog

from runtime import bounds
from wire.digests import CopyDigest
from wire.events import Event
from wire.reasons import Reason
from zone.copy import journal, mending
from zone.copy.reconciliation import keep_digest, note_mended
from zone.copy.side import Side
from zone.link import refusals
from zone.rights import table
from zone.rights.facts import Facts
from zone.rights.question import Question
from zone.store import notifications
from zone.store.writing import Writing

logger = structlog.get_logger()

# Why exactly not would tell a liar what there is: these are the reasons that it learns.
_TOLD: Final = frozenset({Reason.ROOM_NOT_ALLOWED, Reason.OUT_OF_BOUNDS, Reason.CLOCK_AHEAD})


def disbelief(event: Event, facts: Facts, side: Side, *, now: int, tolerance: int) -> Reason | None:
    """Return why an event of the far zone is not to be applied, or None.

    `now` is this zone's time, `tolerance` how far the far zone's may be ahead: in milliseconds.
    """
    beyond = bounds.excess_of(event, now=now, tolerance=tolerance)
    if beyond is not None:
        logger.warning("event.out_of_bounds", id=event.id, field=beyond.field)
        return beyond.reason
    found = table.objection(
        Question(
            event.author,
            event.body,
            event.room,
            side.far,
            side,
            now,
            event.files,
            event.id,
            event.at,
            event.hlc,
        ),
        facts,
    )
    if found is None:
        return None
    return found.reason if found.reason in _TOLD else Reason.NO_AUTHORITY


def take_in(writing: Writing, event: Event) -> Reason | None:
    """Apply an event of the far zone and tell of it; or put it into quarantine, and say why."""
    heard = journal.is_heard(writing.db, event, writing.side.far)
    if heard is not None:
        return _take_in_again(writing, event, is_same=heard)
    tolerance = writing.clock.tolerance
    reason = disbelief(event, writing.facts, writing.side, now=writing.now, tolerance=tolerance)
    if reason is not None:
        _quarantine(writing, event, reason)
        return reason
    _apply(writing, event)
    return None


def _apply(writing: Writing, event: Event) -> None:
    writing.receive(event)
    refusals.settle(writing, event)
    if isinstance(event.body, CopyDigest):
        keep_digest(writing.db, event.body)
        writing.has_digests = True
    notifications.tell(writing, event, writing.side.far)


def _take_in_again(writing: Writing, event: Event, *, is_same: bool) -> Reason | None:
    """Put back what was believed once, if it is lost here: the right to say it is not asked again.

    Something else in its place is not believed, whoever says it: nobody rewrites what they said.
    """
    if not is_same:
        _quarantine(writing, event, Reason.NO_AUTHORITY)
        return Reason.NO_AUTHORITY
    if mending.clear_damage(writing.db, event, writing.side.far, writing.side.zone):
        writing.facts.forget()
        _apply(writing, event)
        note_mended(writing.db)
        logger.warning("copy.mended", id=event.id, kind=event.kind)
    return None


def _quarantine(writing: Writing, event: Event, reason: Reason) -> None:
    writing.db.execute(
        "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?)",
        (event.id, event.kind, reason.value, writing.now),
    )
    logger.warning("event.quarantined", id=event.id, kind=event.kind, reason=reason.value)

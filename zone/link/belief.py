"""What the far zone sent, looked at, asked of the table of rights and then applied: or not.

The relay vouches for form, which is looked at here once more (`zone.link.last_look`), and not for
the far zone's honesty.  What is not of its form, or what its author had no right to say there,
goes into quarantine and is not applied.  Runs inside a transaction.
"""

from typing import Final, TypeVar

import structlog
from msgspec.structs import replace

from runtime import bounds
from wire.bodies import FileReady, ReadSet, RelayNotice
from wire.digests import CopyDigest
from wire.events import Event
from wire.reasons import Reason
from zone.copy import journal
from zone.copy.side import Side
from zone.link import last_look, mending, refusals
from zone.link.reconciliation import keep_digest, note_mended
from zone.rights import messages, table
from zone.rights.facts import Facts
from zone.rights.question import Question
from zone.store import notifications
from zone.store.writing import Clock, Writing

T = TypeVar("T")

logger = structlog.get_logger()

# Why exactly not would tell a liar what there is: these are the reasons that it learns.
_TOLD: Final = frozenset({Reason.ROOM_NOT_ALLOWED, Reason.OUT_OF_BOUNDS, Reason.CLOCK_AHEAD})


def disbelief(event: Event, facts: Facts, side: Side, *, now: int, clock: Clock) -> Reason | None:
    """Return why an event of the far zone is not to be applied, or None.

    `now` is this zone's time in milliseconds, `clock` how far it has come in the order of events,
    and how far the far zone's time may be ahead.
    """
    beyond = bounds.excess_of(event, now=now, tolerance=clock.tolerance)
    if beyond is not None:
        logger.warning("event.out_of_bounds", id=event.id, field=beyond.field)
        return beyond.reason
    found = table.objection(_question(event, event.body, side, now, clock.hlc), facts)
    if found is None:
        return None
    return found.reason if found.reason in _TOLD else Reason.NO_AUTHORITY


def _question(event: Event, body: T, side: Side, now: int, clock: int) -> Question[T]:
    return Question(
        event.author,
        body,
        event.room,
        side.far,
        side,
        now,
        event.files,
        event.id,
        event.at,
        event.hlc,
        clock,
    )


def take_in(writing: Writing, event: Event) -> Reason | None:
    """Apply an event of the far zone and tell of it; or put it into quarantine, and say why."""
    fault = last_look.fault_of(event)
    if fault is not None:  # no honest relay lets that through
        logger.critical("release.unclean", id=event.id, kind=event.kind, reason=fault.value)
        quarantine(writing, event, fault)
        return fault
    if event.hlc <= writing.clock.heard:  # else nothing was heard at its place
        heard = journal.is_heard(writing.db, event, writing.side.far)
        if heard is not None:
            return _take_in_again(writing, event, is_same=heard)
    clock = writing.clock
    match event.body:
        case ReadSet() as read:
            event = _without_strangers(event, read, writing)
        case FileReady() | RelayNotice() as word:
            event = _by_our_clock(event, word, writing.now, clock.tolerance)
    reason = disbelief(event, writing.facts, writing.side, now=writing.now, clock=clock)
    if reason is not None:
        quarantine(writing, event, reason)
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
        quarantine(writing, event, Reason.NO_AUTHORITY)
        return Reason.NO_AUTHORITY
    if mending.clear_damage(writing.db, event, writing.side.far, writing.side.zone):
        writing.facts.forget()
        _apply(writing, event)
        note_mended(writing.db)
        logger.warning("copy.mended", id=event.id, kind=event.kind)
    return None


def _by_our_clock(event: Event, word: FileReady | RelayNotice, now: int, tolerance: int) -> Event:
    """Return what the relay says, with its times put back if its clock is ahead of ours.

    To refuse that would lose a file, or what is known of a held message, for good: nobody says it
    a second time.
    """
    ahead = event.at - now
    if ahead <= tolerance:
        return event
    return replace(event, at=now, body=replace(word, until=max(0, word.until - ahead)))


def _without_strangers(event: Event, read: ReadSet, writing: Writing) -> Event:
    """Return what is left of many readings: one who is not known does not refuse all others.

    Whoever is left first, and can say something at all, is the author.
    """
    question = _question(event, read, writing.side, writing.now, writing.clock.hlc)
    readers = messages.readers_believed(question, writing.facts)
    speaks = [
        one for one in readers if messages.speaks_for_readers(question, writing.facts, one.user)
    ]
    if not speaks or (len(readers) == 1 + len(read.users) and readers[0] is speaks[0]):
        return event
    first, others = speaks[0], [one for one in readers if one is not speaks[0]]
    person = event.author.person if first.user == event.author.uid else None
    return replace(
        event,
        author=replace(event.author, uid=first.user, person=person),
        body=replace(read, at=first.at, users=others),
    )


def quarantine(writing: Writing, event: Event, reason: Reason) -> None:
    """Note that an event of the far zone is not shown here, for operators to look at."""
    sha256 = event.body.sha256 if isinstance(event.body, FileReady) else None
    writing.db.execute(
        "INSERT OR IGNORE INTO quarantine (id, kind, reason, at, sha256) VALUES (?, ?, ?, ?, ?)",
        (event.id, event.kind, reason.value, writing.now, sha256),
    )
    logger.warning("event.quarantined", id=event.id, kind=event.kind, reason=reason.value)


def release(writing: Writing, event: Event) -> None:
    """Note that what was quarantined for want of a record is shown again."""
    writing.db.execute(
        "DELETE FROM quarantine WHERE id = ? AND reason = ?", (event.id, Reason.NO_RECORD.value)
    )

"""Own words: put back where this copy lost them, and sent again where the other one did.

Nothing is taken from the other zone here.  What was said stands in the journal
(`zone.copy.journal`), and doing all of this twice does no harm.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Final

import structlog

from runtime import failpoints
from wire.births import birth_of
from wire.bodies import MemberSet, OrgPut, ProfileSet, RoomPut, TenantLink, TenantPut
from wire.events import Event
from wire.lane import Zone
from wire.merge import item_of, message_of, registers_of
from wire.reasons import Reason
from zone.copy import deliveries, journal, registers
from zone.link import mending, reconciliation
from zone.link.chains import demand_way_out
from zone.reconcile.survey import CopySurvey
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# Words in one transaction, so that no text waits behind them for long.
AT_ONCE: Final = 20
# So many events wait for the relay, and nothing is sent again.
MAX_WAITING: Final = 10_000

# What an operator said of people and rooms, which nobody but a program would say again.
OF_THE_CITY: Final = (MemberSet, OrgPut, ProfileSet, RoomPut, TenantLink, TenantPut)
# Why it was refused, if the reason may be gone when the policy is another.
_BY_A_RULE: Final = (
    Reason.KIND_NOT_ALLOWED,
    Reason.ROOM_NOT_ALLOWED,
    Reason.TOO_LARGE,
    Reason.UNCLEAN_TEXT,
    Reason.RATE_EXCEEDED,
    Reason.HELD_BY_RULE,
    Reason.NO_AUTHORITY,  # which follows where a word before it was refused
)

logger = structlog.get_logger()


async def put_back(survey: CopySurvey, span: tuple[str, str]) -> int:
    """Put back what was said here about the objects of a span; return how much was missing."""
    first, last = map(journal.object_at, span)
    mended = 0
    async for said in _said(survey.store, first, last):
        mended += await _put_back_some(survey, said)
    if mended:
        survey.refresh()
    return mended


async def put_back_about(survey: CopySurvey, names: Iterable[str]) -> int:
    """Put back what was said here about some objects; return how much was missing."""
    mended, waiting = 0, list[Event]()
    for name in sorted(names):
        async for said in _said(survey.store, name, name):
            waiting += said
            if len(waiting) >= AT_ONCE:
                mended += await _put_back_some(survey, waiting)
                waiting = []
    if waiting:
        mended += await _put_back_some(survey, waiting)
    if mended:
        survey.refresh()
    return mended


async def _put_back_some(survey: CopySurvey, said: Sequence[Event]) -> int:
    mended = await survey.store.write(partial(_mend, said=said))
    failpoints.reach("zone.reconcile.mended")
    return mended


async def _said(store: ZoneStore, first: str, last: str) -> AsyncIterator[list[Event]]:
    after = ("", 0)
    while True:
        page = partial(journal.said_between, first=first, last=last, after=after, limit=AT_ONCE)
        found = await store.read(page)
        if not found:
            return
        yield [event for _, event in found]
        name, event = found[-1]
        after = (name, event.hlc)


def _mend(writing: Writing, said: Sequence[Event]) -> int:
    mended = 0
    for event in said:
        if deliveries.verdict_of(writing.db, event.id) == "refused":
            continue  # whether it holds here is for its author to say
        lost_files = mending.files_missing(writing.db, event)
        won = mending.mend_own(writing.db, event, writing.side.zone)
        if won is not None:
            if lost_files:  # what became of them is said again when they have crossed again
                reconciliation.put_offers(writing.db, [event.hlc])
            writing.won += won
            writing.facts.forget()
            writing.touched.add(journal.object_of(event, writing.side.zone))
            logger.warning("copy.mended", id=event.id, kind=event.kind)
            mended += 1
    if mended:
        reconciliation.note_mended(writing.db, mended)
    return mended


def offer(writing: Writing) -> list[int]:
    """Send again some of what is to be; return the places of that in the order."""
    demand_way_out(writing.db, writing.side.leaving, MAX_WAITING)
    due = reconciliation.next_offers(writing.db, AT_ONCE)
    sent = []
    for hlc in due:
        event = journal.said_at(writing.db, hlc)
        if event is None or not _is_to_go(writing.db, event, writing.side.zone):
            continue
        _let_files_go_again(writing.db, event)
        writing.repeat(event)
        writing.touched.add(journal.object_of(event, writing.side.zone))
        logger.info("copy.offered", id=event.id, kind=event.kind)
        sent.append(hlc)
    reconciliation.drop_offers(writing.db, due, sent=len(sent))
    return sent


def _is_to_go(db: sqlite3.Connection, event: Event, zone: Zone) -> bool:
    """Return whether the other zone has a use for it: it makes something, or is the latest word."""
    if deliveries.verdict_of(db, event.id) in (None, "held"):
        return False
    if message_of(event, zone) or item_of(event, zone) or birth_of(event, zone):
        return True
    return any(registers.stands(db, word) for word in registers_of(event, zone))


def _let_files_go_again(db: sqlite3.Connection, event: Event) -> None:
    if event.files:
        db.execute(
            "UPDATE file SET state = 'crossing' WHERE event = ? AND state <> 'withdrawn'",
            (event.id,),
        )


async def offer_refused(store: ZoneStore, *, is_rule_new: bool, all_of_it: bool = False) -> int:
    """Have what was refused be sent again, if the reason may be gone; return how much.

    Under a new policy that is all that was refused by a rule; under the old one, what was too
    much at the time.  What people wrote is theirs to send again, unless an operator asks for
    `all_of_it`.
    """
    reasons = _BY_A_RULE if is_rule_new or all_of_it else (Reason.RATE_EXCEEDED,)
    count = after = 0
    while True:
        some = await store.read(partial(reconciliation.refused_behind, seq=after, limit=AT_ONCE))
        if not some:
            return count
        after = some[-1].seq
        hlcs = [each.hlc for each in some if each.reason in reasons]
        said = await store.read(partial(journal.said_at_once, hlcs=hlcs))
        due = [event.hlc for event in said if all_of_it or _is_of_the_city(event)]
        if due:
            await store.write(partial(note_offers, hlcs=due))
        count += len(due)


def note_offers(writing: Writing, hlcs: Sequence[int]) -> None:
    """Note that what was said here at some places in the order is to be sent again."""
    reconciliation.put_offers(writing.db, hlcs)


def _is_of_the_city(event: Event) -> bool:
    return isinstance(event.body, OF_THE_CITY)

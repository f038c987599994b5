"""Own words: put back where this copy lost them, and sent again where the other one did.

Nothing is taken from the other zone here.  What was said stands in the journal
(`zone.copy.journal`), and doing all of this twice does no harm.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import structlog

from wire.births import birth_of
from wire.bodies import MemberSet, OrgPut, ProfileSet, RoomPut, TenantPut
from wire.events import Event
from wire.lane import Zone
from wire.merge import item_of, message_of, registers_of
from wire.reasons import Reason
from zone.copy import deliveries, journal, registers
from zone.link import mending, reconciliation
from zone.link.chains import demand_way_out
from zone.reconcile.survey import CopySurvey
from zone.store.writing import Writing

# Words in one transaction, so that no text waits behind them for long.
AT_ONCE: Final = 20
# Words that go again at a time; the relay takes 600 a minute of one sender.
OFFERED_AT_ONCE: Final = 100
# So many events wait for the relay, and nothing is sent again.
MAX_WAITING: Final = 10_000

# What an operator said of people and rooms, which nobody but a program would say again.
_OF_THE_CITY: Final = (MemberSet, OrgPut, ProfileSet, RoomPut, TenantPut)
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
    after, mended = 0, 0
    while True:
        page = partial(journal.said_between, first=first, last=last, after=after, limit=AT_ONCE)
        said = await survey.store.read(page)
        if not said:
            return mended
        mended += await survey.store.write(partial(_mend, said=said))
        after = said[-1].hlc


async def put_back_about(survey: CopySurvey, names: Iterable[str]) -> int:
    """Put back what was said here about some objects; return how much was missing."""
    mended = 0
    for name in sorted(names):
        mended += await put_back(survey, (name, name))
    if mended:
        survey.refresh()
    return mended


def _mend(writing: Writing, said: Sequence[Event]) -> int:
    mended = 0
    for event in said:
        if deliveries.verdict_of(writing.db, event.id) == "refused":
            continue  # whether it holds here is for its author to say
        won = mending.mend_own(writing.db, event, writing.side.zone)
        if won is not None:
            writing.won += won
            writing.facts.forget()
            writing.touched.add(journal.object_of(event, writing.side.zone))
            logger.warning("copy.mended", id=event.id, kind=event.kind)
            mended += 1
    reconciliation.note_mended(writing.db, mended)
    return mended


def offer(writing: Writing) -> list[int]:
    """Send again some of what is to be; return the places of that in the order."""
    demand_way_out(writing.db, writing.side.leaving, MAX_WAITING)
    due = reconciliation.next_offers(writing.db, OFFERED_AT_ONCE)
    sent = []
    for hlc in due:
        event = journal.said_at(writing.db, hlc)
        if event is None or not _is_to_go(writing.db, event, writing.side.zone):
            continue
        _let_files_go_again(writing.db, event)
        writing.repeat(event)
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


def offer_refused(db: sqlite3.Connection, *, is_rule_new: bool, all_of_it: bool = False) -> int:
    """Have what was refused be sent again, if the reason may be gone; return how much.

    Under a new policy that is all that was refused by a rule; under the old one, what was too
    much at the time.  What people wrote is theirs to send again, unless an operator asks for
    `all_of_it`.
    """
    reasons = _BY_A_RULE if is_rule_new or all_of_it else (Reason.RATE_EXCEEDED,)
    marks = ",".join("?" * len(reasons))
    rows = db.execute(
        f"SELECT hlc FROM {reconciliation.OPEN} AND verdict = 'refused' AND hlc IS NOT NULL"  # noqa: S608 - a constant
        f" AND follow IS NULL AND reason IN ({marks})",
        [reason.value for reason in reasons],
    ).fetchall()
    due = [hlc for (hlc,) in rows if all_of_it or _is_of_the_city(db, hlc)]
    reconciliation.put_offers(db, due)
    return len(due)


def _is_of_the_city(db: sqlite3.Connection, hlc: int) -> bool:
    event = journal.said_at(db, hlc)
    return event is not None and isinstance(event.body, _OF_THE_CITY)

"""Those who may give a clearance are told that it waits: at once, and again while they let it lie.

After a while the next above is asked as well (`zone.clearances.approvers`).  Telling and noting
when to tell again are one transaction, so a restart neither forgets it nor tells twice.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from wire.reasons import Unavailable
from zone.clearances import clearance_rows
from zone.clearances.approvers import Approvers
from zone.clearances.clearance_rows import ClearanceRow
from zone.clearances.clearance_views import ClearanceUpdate
from zone.copy import files
from zone.settings import ApprovalSettings
from zone.store.directory import Directory
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# How late it may be: somebody waits for it at their desk.
EVERY_S: Final = 0.5
# In one transaction, for which others wait.
AT_ONCE: Final = 100

logger = structlog.get_logger()


async def watch(store: ZoneStore, settings: ApprovalSettings) -> None:
    """Tell of each clearance when it is due, for ever."""
    while True:
        with suppress(Unavailable):  # the disk is full: it stays to be told
            while await store.read(lambda db: clearance_rows.due_clearances(db, store.now(), 1)):
                await store.write(lambda writing: remind_due(writing, store.directory, settings))
        await asyncio.sleep(EVERY_S)


def remind_due(writing: Writing, directory: Directory, settings: ApprovalSettings) -> None:
    """Tell of every clearance that is due all whom it concerns."""
    approvers = Approvers(directory, settings, writing.side.zone, writing.now)
    for row in clearance_rows.due_clearances(writing.db, writing.now, AT_ONCE):
        if files.find(writing.db, row.subject) is None:  # deleted with its room's past
            clearance_rows.note_told(writing.db, row, rung=row.rung, due=None)
        elif row.state == "waiting":
            _ask(writing, approvers, settings, row)
        else:
            clearance_rows.note_told(writing.db, row, rung=row.rung, due=None)
            _tell(writing, row, approvers.asked(row.sender, row.rung))


def _ask(
    writing: Writing, approvers: Approvers, settings: ApprovalSettings, row: ClearanceRow
) -> None:
    rung, now, hours = row.rung, writing.now, settings.escalate_hours
    if approvers.has_more(row.sender, rung) and now >= clearance_rows.escalates_at(
        row.at, rung, hours
    ):
        rung += 1
    due = clearance_rows.next_due(
        row.at,
        now,
        rung=rung,
        has_more=approvers.has_more(row.sender, rung),
        remind=settings.remind_hours,
        escalate=hours,
    )
    clearance_rows.note_told(writing.db, row, rung=rung, due=due)
    asked = approvers.asked(row.sender, rung)
    if not asked:
        logger.warning("clearance.nobody", subject=row.subject)
    decided = {said.user for said in clearance_rows.decisions_on(writing.db, row.subject)}
    _tell(writing, row, [uid for uid in asked if uid not in decided])


def _tell(writing: Writing, row: ClearanceRow, approvers: list[str]) -> None:
    """Tell those who may decide, and who waits."""
    found = files.find(writing.db, row.subject)
    view = ClearanceUpdate(
        id=row.subject,
        message=row.message,
        file=found[0].name if found else "",
        by=row.sender.oneself,
        state=row.state,
        until=row.until,
        reminder=row.told,
    )
    for uid in dict.fromkeys([*approvers, row.sender.oneself, row.author]):
        writing.tell("clearance.updated", view, audience=uid)

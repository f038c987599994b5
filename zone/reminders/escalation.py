"""People who have not read a broadcast in time are told once more, and so are those who phone.

Each zone tells the people who use it.  What is still to be told is a row
(`zone.items.broadcasts.plan`); telling takes it away in the same transaction, so a restart neither
forgets it nor tells twice.
"""

import asyncio
import sqlite3
from contextlib import suppress

import structlog

from wire.items import Audience, Broadcast
from wire.reasons import Unavailable
from zone.copy.views import EscalationView
from zone.items import broadcasts
from zone.items.items import item_place
from zone.store.directory import Directory
from zone.store.store import ZoneStore
from zone.store.writing import Writing, duty_audience

# How late it may be, against the shortest time that anybody sets: minutes.
EVERY_S = 1.0

logger = structlog.get_logger()


async def watch(store: ZoneStore) -> None:
    """Tell of each broadcast when it is due, for ever."""
    while True:
        with suppress(Unavailable):  # the disk is full: it stays to be told
            due = await store.read(lambda db: _due(db, store.now()))
            if due:
                await store.write(lambda writing: escalate_due(writing, store.directory))
                logger.info("broadcast.escalated", broadcasts=due)
        await asyncio.sleep(EVERY_S)


def escalate_due(writing: Writing, directory: Directory) -> None:
    """Tell of every broadcast that is due, each to all whom it concerns, in one transaction."""
    for broadcast in _due(writing.db, writing.now):
        writing.db.execute("DELETE FROM escalation WHERE broadcast = ?", (broadcast,))
        said = broadcasts.content(writing.db, broadcast)
        if said is not None and not said.closed:
            _tell(writing, directory, broadcast, said)


def _due(db: sqlite3.Connection, now: int) -> list[str]:
    return [
        broadcast
        for (broadcast,) in db.execute("SELECT broadcast FROM escalation WHERE due <= ?", (now,))
    ]


def _tell(writing: Writing, directory: Directory, broadcast: str, said: Broadcast) -> None:
    heard = broadcasts.heard_from(writing.db, broadcast, said)
    place = item_place(writing.db, broadcast)
    if place is None:
        return
    heard |= {place.author}
    everybody = directory.addressees(said.audience or Audience(), place.author)
    missing = [u for u in everybody if u not in heard]
    if not missing:
        return
    view = EscalationView(
        broadcast=broadcast,
        title=said.title or "",
        text=_notice(said),
        training=bool(said.training),
        require=said.require or "read",
        deadline=said.deadline or 0,
        missing=len(missing),
    )
    for user in missing:
        if directory.may_use(user, writing.side.zone, now=writing.now):
            writing.tell("broadcast.escalated", view, audience=user)
    writing.tell("broadcast.escalated", view, audience=duty_audience("broadcast", place.author))


def _notice(said: Broadcast) -> str:
    """Return what a frontend that knows nothing of broadcasts can show as it is."""
    asked = "ご確認ください" if said.require == "read" else "ご回答ください"
    return f"{said.title}（至急{asked}）"

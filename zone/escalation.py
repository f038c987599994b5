"""Whoever has not read a call after a while is told once more, and so are those who phone.

Each zone tells the people who use it.  What is still to be told is a row (`zone.calls.plan`);
telling takes it away in the same transaction, so a restart neither forgets it nor tells twice.
"""

import asyncio
import sqlite3
from contextlib import suppress

import structlog

from wire.items import Audience, Call
from wire.reasons import Unavailable
from zone import calls
from zone.directory import Directory
from zone.store import Store
from zone.views import EscalationView
from zone.writing import DUTY, Writing

# How late it may be, against the shortest time that anybody sets: minutes.
EVERY_S = 1.0

logger = structlog.get_logger()


async def watch(store: Store) -> None:
    """Tell of each call when it is due, for ever."""
    while True:
        with suppress(Unavailable):  # the disk is full: it stays to be told
            due = await store.read(lambda db: _due(db, store.now()))
            if due:
                await store.write(lambda writing: escalate(writing, store.directory))
                logger.info("call.escalated", calls=due)
        await asyncio.sleep(EVERY_S)


def escalate(writing: Writing, directory: Directory) -> None:
    """Tell of every call that is due, each to all who are to hear of it, in one transaction."""
    for call in _due(writing.db, writing.now):
        writing.db.execute("DELETE FROM escalation WHERE call = ?", (call,))
        said = calls.content(writing.db, call)
        if said is not None and not said.closed:
            _tell(writing, directory, call, said)


def _due(db: sqlite3.Connection, now: int) -> list[str]:
    return [call for (call,) in db.execute("SELECT call FROM escalation WHERE due <= ?", (now,))]


def _tell(writing: Writing, directory: Directory, call: str, said: Call) -> None:
    heard = calls.heard_from(writing.db, call, said)
    missing = [u for u in directory.called(said.audience or Audience()) if u not in heard]
    if not missing:
        return
    view = EscalationView(
        call=call, title=said.title or "", text=_notice(said), training=bool(said.training),
        require=said.require or "read", deadline=said.deadline or 0, missing=len(missing),
    )  # fmt: skip
    for user in missing:
        if directory.may_use(user, writing.side.zone, now=writing.now):
            writing.tell("call.escalated", view, audience=user)
    writing.tell("call.escalated", view, audience=DUTY + "call")


def _notice(said: Call) -> str:
    """Return what a frontend that knows nothing of calls can show as it is."""
    asked = "ご確認ください" if said.require == "read" else "ご回答ください"
    return f"{said.title}（至急{asked}）"

"""How long things are kept: retention of rooms, legal holds, and deletion in both zones.

A deletion is an event: it crosses, and its leaf in the audit log is the proof of it.
"""

import asyncio
from contextlib import suppress

import structlog

from wire.bodies import RoomPurge, RoomPut
from wire.events import Author
from wire.reasons import Unavailable
from zone.conversation.actor import Actor
from zone.copy import registers
from zone.store.store import ZoneStore
from zone.store.writing import Writing

EVERY_S = 60.0
DAY_MS = 24 * 3_600_000
# Author of what nobody in particular does: an operator's settings, by the daemon.
KEEPER = "fe_" + "0" * 26

logger = structlog.get_logger()


def purge(actor: Actor, room: str, before: int, reason: str) -> None:
    """Delete what was said in a room before a time, in both zones, with its files.

    What is on legal hold stays, whoever asks.
    """
    actor.say(RoomPurge(before, reason), room=room, crosses=actor.crosses(room))


def put_hold(actor: Actor, room: str, *, on: bool) -> None:
    """Put a room on legal hold, or take the hold off."""
    actor.say(RoomPut(legal_hold=on), room=room, crosses=actor.crosses(room))


async def keep(store: ZoneStore, tenant: str, outbox_events: int) -> None:
    """Delete what has been kept for long enough, for ever."""
    while True:
        with suppress(Unavailable):  # nothing leaves now: it is kept for longer
            await store.write(lambda writing: _purge_due(writing, store, tenant, outbox_events))
        await asyncio.sleep(EVERY_S)


def _purge_due(writing: Writing, store: ZoneStore, tenant: str, outbox_events: int) -> None:
    """Delete in the rooms of this zone: each room's retention is kept by where it was opened."""
    for room, days in registers.retentions(writing.db).items():
        before = writing.now - days * DAY_MS
        is_held = registers.value(writing.db, room, "legal_hold")
        if is_held or not _is_ours(writing, room, before):
            continue
        owner = next((m.user for m in store.directory.members(room) if m.role == "owner"), None)
        if owner is None:
            continue
        who = Author(owner, tenant, KEEPER, "operator")
        purge(Actor(writing, store.directory, who, outbox_events), room, before, "保存期間満了")
        logger.info("room.purged", room=room, before=before)


def _is_ours(writing: Writing, room: str, before: int) -> bool:
    """Return whether a room was opened here and has something to delete."""
    row = writing.db.execute(
        "SELECT 1 FROM birth WHERE id = ?1 AND zone = ?2"
        " AND EXISTS (SELECT 1 FROM message WHERE room = ?1 AND at < ?3)",
        (room, writing.side.zone, before),
    ).fetchone()
    return row is not None

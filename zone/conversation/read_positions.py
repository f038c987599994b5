"""How far people have read.  Many who read the same message cross as one event.

A reading position is one register for each person and room, and not a row for each message:
it names the message that was read up to, and its stamp begins with the stamp of that message
(`wire.merge`).  So a position only moves forwards, whichever device or zone says it last:

    timeline   ──m1────m2────m3────m4────m5──▶  stamps
                        ▲           ▲
               telephone, internet  desk, LGWAN     the position is m4 in both zones,
               (said later)         (said earlier)  although m2 was said later

Who has read a message follows from comparing stamps: everybody whose position is the
message's stamp or later.  Who has not is the members less those.  A new message moves nothing.

What is read here holds here at once.  What crosses is gathered for a moment, in the table
`reading`: the first reader goes at once and the next wait for half a second, so 3,000 people
who open one message are a dozen events and not 3,000.  A position that another overtook
while it waited never crosses, since nobody would miss it.
"""

import asyncio
import sqlite3
from collections import defaultdict

import msgspec

from wire.bodies import ReadSet
from wire.events import Author
from wire.fields import MAX_EVENTS
from wire.merge import READ, field_name
from wire.reasons import Unavailable
from zone.conversation.actor import Actor
from zone.copy import registers
from zone.copy.views import ReadView
from zone.link.chains import demand_way_out
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# One who reads alone is not kept waiting: the first goes at once, the next gather.
GATHER_S = 0.5
LATER_S = 5.0


def advance_position(actor: Actor, room: str, message: str) -> ReadView:
    """Say how far a room was read.  Positions only go forwards."""
    place = actor.seen(message)
    body = ReadSet(message, place.stamp)
    actor.demand(body, room=room)
    uid, db = actor.who.uid, actor.writing.db
    position = registers.word(db, room, field_name(READ, uid))
    if position is not None and place.stamp <= position.stamp:
        return ReadView(uid, *position.value)
    event = actor.say(body, room=room, crosses=False)
    if actor.crosses(room):
        db.execute(
            "INSERT OR REPLACE INTO reading (room, user, message, stamp, author)"
            " VALUES (?, ?, ?, ?, ?)",
            (room, uid, message, place.stamp, msgspec.json.encode(actor.who)),
        )
        actor.writing.has_readings = True
    return ReadView(uid, message, event.at)


async def carry(store: ZoneStore, outbox_events: int) -> None:
    """Have what was read cross, for ever, unless so many events wait for the relay."""

    def work(writing: Writing) -> None:
        demand_way_out(writing.db, writing.side.leaving, outbox_events)
        cross(writing)

    while True:
        try:
            await store.write(work)
        except Unavailable:  # it waits here, and is not what keeps the lane full
            store.has_readings.set()
            await asyncio.sleep(LATER_S)
        await asyncio.sleep(GATHER_S)
        await store.has_readings.wait()
        store.has_readings.clear()


def cross(writing: Writing) -> None:
    """Make one event of all who have read a room up to the same message."""
    together: dict[tuple[str, str, str], list[Author]] = defaultdict(list)
    for room, message, stamp, author in _gathered(writing.db):
        together[room, message, stamp].append(msgspec.json.decode(author, type=Author))
    for (room, message, stamp), readers in together.items():
        for start in range(0, len(readers), MAX_EVENTS):
            first, *others = readers[start : start + MAX_EVENTS]
            body = ReadSet(message, stamp, [other.uid for other in others])
            writing.act(first, body, room=room, crosses=True)
    writing.db.execute("DELETE FROM reading")


def _gathered(db: sqlite3.Connection) -> list[tuple[str, str, str, bytes]]:
    return db.execute(
        "SELECT room, message, stamp, author FROM reading ORDER BY room, stamp, user"
    ).fetchall()

"""How far people have read.  Many who read the same message cross as one event.

A frontend names the message that came last of those it has shown.  What its user has read is
what was there when that message came (`zone.copy.readings`): whatever comes later is unread,
even if it was written earlier and stands higher up.

    9:00  m1 written in LGWAN, the link is down       m1 ── counted in LGWAN
    9:01  m2 written here, and read                   the reading: LGWAN up to what was there
    9:10  m1 arrives and stands before m2             m1 is unread, and late
    9:11  the user looks: the frontend names m1       the reading covers both; m2 was read at 9:01

So a reading is a pair, how far of what was said in LGWAN and how far on the internet; of many
readings of one person the larger of each holds, and the first that covers a message tells when
they read it.  A new message moves nothing.

What is read here holds here at once.  What crosses is gathered for a moment: the first reader goes
at once and the next wait for half a second, so 3,000 people who open one message are a dozen
events and not 3,000.  Each reading keeps its own time, however long it waits.
"""

import asyncio
from collections import defaultdict

import msgspec

from wire.bodies import ReadSet
from wire.events import Author
from wire.fields import MAX_EVENTS, MAX_WITHOUT, OtherReader
from wire.lane import Zone
from wire.merge import readings_of
from wire.order import hlc_of
from wire.reasons import Unavailable
from zone.conversation.actor import Actor
from zone.copy import readings, registers
from zone.copy.reading_views import ReadView
from zone.copy.readings import Leaving
from zone.link.chains import demand_way_out
from zone.store.reading_notifications import read_view
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# One who reads alone is not kept waiting: the first goes at once, the next gather.
GATHER_S = 0.5
LATER_S = 5.0


def advance_position(actor: Actor, room: str, message: str) -> ReadView:
    """Say that a room was read, up to the message that came last of those shown."""
    actor.seen(message)
    writing, uid = actor.writing, actor.who.uid
    body = _look(writing, room, message)
    actor.demand(body, room=room)
    before = readings.last_look(writing.db, room, uid, writing.side.zone)
    if before and before.lgwan >= body.lgwan and before.internet >= body.internet:
        return read_view(before)
    event = actor.say(body, room=room, crosses=False)
    (reading,) = readings_of(event, writing.side.zone)
    if actor.crosses(room):
        readings.leave(writing.db, reading, msgspec.json.encode(actor.who))
        writing.has_readings = True
    return read_view(reading)


def _look(writing: Writing, room: str, message: str) -> ReadSet:
    """Return what there was to be read when a message came."""
    db, side = writing.db, writing.side
    counts = readings.counts_at(db, message)
    found = [
        (name, stamp)
        for name, stamp in readings.not_there(db, room, side.zone, side.far, counts)
        if _may_come(writing, name)
    ]
    by_zone = {side.zone: counts.of(side.zone), side.far: counts.of(side.far)}
    if len(found) > MAX_WITHOUT:  # those behind the last that can be named are not covered
        by_zone[side.far] = hlc_of(found[MAX_WITHOUT][1]) - 1
    names = [name for name, _ in found[:MAX_WITHOUT]]
    return ReadSet(
        message,
        by_zone[Zone.LGWAN],
        by_zone[Zone.INTERNET],
        writing.now,
        without=names,
    )


def _may_come(writing: Writing, message: str) -> bool:
    """Return whether what the relay kept back has come, or may; what it denied never does."""
    word = registers.value(writing.db, message, "notice")
    return not isinstance(word, list) or word[0] == "held"


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
    together: dict[tuple[object, ...], list[Leaving]] = defaultdict(list)
    for one in readings.leaving(writing.db):
        read = one.reading
        place = (read.room, read.lgwan, read.internet, read.message, read.without)
        together[place].append(one)
    for those in together.values():
        for start in range(0, len(those), MAX_EVENTS):
            _cross_together(writing, those[start : start + MAX_EVENTS])
    readings.has_left(writing.db)


def _cross_together(writing: Writing, those: list[Leaving]) -> None:
    first, *others = those
    read = first.reading
    body = ReadSet(
        read.message,
        read.lgwan,
        read.internet,
        read.at,
        [OtherReader(other.reading.user, other.reading.at) for other in others],
        list(read.without),
    )
    author = msgspec.json.decode(first.author, type=Author)
    writing.act(author, body, room=read.room, crosses=True)

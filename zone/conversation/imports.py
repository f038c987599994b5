"""Lists that are imported: said in batches, and what has become of each line.

A list is planned in one transaction and said in many: a payload's worth of events at a time,
and the next once the relay has judged those before.  So a list of 10,000 fills a few dozen
envelopes, what people say meanwhile waits behind a few of them at most, and nothing is
refused for being much.  What is still to be said is in the store: a restart goes on where the
daemon stopped.

    list ──▶ plan ──▶ import_event: to say ──▶ said: on the way ──▶ there, held or refused
             (one commit)            (256 in a commit)            (by the relay's verdict)

While the relay does not answer, lists fill half of what may wait for it; the rest is for people.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec import Struct

from wire.bodies import OrgPut, ProfileSet
from wire.events import Author
from wire.fields import MAX_EVENTS
from wire.reasons import Reason, Refused, Unavailable
from zone.conversation.actor import Actor
from zone.conversation.staff_import import ImportPlan, ListCounts, Standing
from zone.link.chains import demand_way_out
from zone.store.store import ZoneStore
from zone.store.writing import Writing

BATCH: Final = MAX_EVENTS
# Said and not judged: a batch for each of both stages and each link to them to work on, so that
# none waits for another.
AHEAD: Final = 4 * BATCH
# How long a batch waits for the relay's verdict on earlier ones before it is taken to be away.
PATIENCE_S: Final = 5.0
PAUSE_S: Final = 0.01
RETRY_S: Final = 1.0
# So many lists can still be asked about; what has become of older ones is forgotten.
KEPT: Final = 50
# So many refusals are named in a report, and all are counted.
NAMED: Final = 1_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ProfileSet | OrgPut).decode


class ImportRefusal(Struct, frozen=True):
    """What of a list did not arrive: which line, about whom or what, and why."""

    line: int
    about: str
    reason: str


class ImportReport(ListCounts, frozen=True, kw_only=True):
    """A list, what it says, and how far it has come.  `id` is null for one that was only tried.

    Of its `events` (people and sections to be made or changed) `to_say` are still to be said in
    this zone, `on_the_way` are said here, `there` have arrived in the other zone.
    """

    id: int | None
    at: int
    tenant: str
    events: int
    to_say: int
    on_the_way: int
    there: int
    held: int
    refused: int
    refusals: list[ImportRefusal]


def begin(writing: Writing, author: Author, tenant: str, made: ImportPlan) -> int:
    """Keep a plan to be said, and return its number."""
    db = writing.db
    row = (writing.now, tenant, _encode(author), _encode(made.counts))
    cursor = db.execute("INSERT INTO import (at, tenant, author, counts) VALUES (?, ?, ?, ?)", row)
    number = int(cursor.lastrowid or 0)
    db.executemany(
        "INSERT INTO import_event (import, line, subject, about, body) VALUES (?, ?, ?, ?, ?)",
        [(number, e.line, e.subject, e.about, _encode(e.body)) for e in made.events],
    )
    db.execute("DELETE FROM import_event WHERE import <= ?", (number - KEPT,))
    db.execute("DELETE FROM import WHERE id <= ?", (number - KEPT,))
    return number


def demand_no_other(db: sqlite3.Connection) -> None:
    """Refuse to read a list while an earlier one is still being said: it would not know of it."""
    row = db.execute("SELECT import FROM import_unsaid LIMIT 1").fetchone()
    if row is not None:
        raise Refused(Reason.CONFLICT, f"import {row[0]} is still being taken in")


def not_arrived(db: sqlite3.Connection) -> dict[str, Standing]:
    """Return the people and sections whose latest event of an import has not arrived, and why."""
    rows = db.execute(
        "SELECT subject, state FROM import_standing"
        " WHERE state IN ('on_the_way', 'held', 'refused')"
    )
    return dict(rows.fetchall())


def report_of(db: sqlite3.Connection, number: int) -> ImportReport:
    """Return how far a list has come.  Raises `Refused` for one that is not known."""
    row = db.execute("SELECT at, tenant, counts FROM import WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(Reason.NOT_FOUND, f"there is no import {number}")
    at, tenant, counts = row
    rows = db.execute(
        "SELECT line, about, reason, state FROM import_state WHERE import = ? ORDER BY place",
        (number,),
    ).fetchall()
    states = Counter(state for _, _, _, state in rows)
    refusals = [
        ImportRefusal(line, about, reason)
        for line, about, reason, state in rows
        if state == "refused"
    ]
    return ImportReport(
        **msgspec.json.decode(counts, type=dict[str, Any]),
        id=number,
        at=at,
        tenant=tenant,
        events=len(rows),
        to_say=states["to_say"],
        on_the_way=states["on_the_way"],
        there=states["there"],
        held=states["held"],
        refused=states["refused"],
        refusals=refusals[:NAMED],
    )


def tried(at: int, tenant: str, made: ImportPlan) -> ImportReport:
    """Return what a list would come to that is not imported."""
    return ImportReport(
        **msgspec.structs.asdict(made.counts),
        id=None,
        at=at,
        tenant=tenant,
        events=len(made.events),
        to_say=0,
        on_the_way=0,
        there=0,
        held=0,
        refused=0,
        refusals=[],
    )


def reports(db: sqlite3.Connection) -> list[ImportReport]:
    """Return all lists that are still known, the latest first."""
    rows = db.execute("SELECT id FROM import ORDER BY id DESC").fetchall()
    return [report_of(db, number) for (number,) in rows]


def is_said(db: sqlite3.Connection, number: int) -> bool:
    """Return whether all of a list is said in this zone."""
    row = db.execute("SELECT 1 FROM import_unsaid WHERE import = ? LIMIT 1", (number,)).fetchone()
    return row is None


async def carry(store: ZoneStore, outbox_events: int, is_connected: Callable[[], bool]) -> None:
    """Say what lists have planned, for ever; `is_connected` says whether the relay listens."""
    while True:
        said = 0
        with suppress(Unavailable):  # too much waits, or the lane is halted: once it can be
            said = await store.write(lambda writing: _say_next(writing, store, outbox_events))
        if said:
            await _have_pace(store, is_connected)
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_S):
                await store.has_imports.wait()
        store.has_imports.clear()


def _say_next(writing: Writing, store: ZoneStore, outbox_events: int) -> int:
    rows = writing.db.execute(
        "SELECT place, author, body FROM import_unsaid JOIN import ON import.id = import"
        " ORDER BY place LIMIT ?",
        (BATCH,),
    ).fetchall()
    if not rows:
        return 0
    demand_way_out(writing.db, writing.side.leaving, outbox_events // 2)
    who = msgspec.json.decode(rows[0][1], type=Author)
    actor = Actor(writing, store.directory, who, outbox_events)
    said = [(*_say(actor, _decode(body)), place) for place, _, body in rows]
    writing.db.executemany(
        "UPDATE import_event SET event = ?, reason = ?, body = NULL WHERE place = ?", said
    )
    return len(said)


def _say(actor: Actor, body: ProfileSet | OrgPut) -> tuple[str | None, str | None]:
    """Say one event; return its id, or why it is refused.  What is refused has said nothing."""
    try:
        return actor.say(body, room=None, crosses=True).id, None
    except Refused as refusal:
        return None, refusal.reason.value


async def _have_pace(store: ZoneStore, is_connected: Callable[[], bool]) -> None:
    """Wait until the relay has judged what was said before the last two batches."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while is_connected():
                if await store.read(_is_judged):
                    return
                await asyncio.sleep(PAUSE_S)


def _is_judged(db: sqlite3.Connection) -> bool:
    row = db.execute(
        "SELECT verdict FROM delivery WHERE event = (SELECT event FROM import_event"
        " WHERE event IS NOT NULL ORDER BY place DESC LIMIT 1 OFFSET ?)",
        (AHEAD,),
    ).fetchone()
    return row is None or row[0] is not None

"""What is to be said later: kept in its zone, said when it is due, told if it could not be."""

import asyncio
from contextlib import suppress

import msgspec
from msgspec import Struct

from wire.events import Author
from wire.reasons import Reason, Refused, Unavailable
from zone.conversation.acting import Acting
from zone.conversation.speaking import Posted, Said, post
from zone.store import Store
from zone.writing import Writing

SCHEDULED = "sc"
EVERY_S = 1.0
# At once: whoever asks for more than this for one moment waits a second longer.
AT_ONCE = 200
MAX_OF_USER = 200
# Nobody means to say something in more than a year.
FARTHEST_MS = 366 * 24 * 3_600_000


class Scheduled(Struct, frozen=True):
    """Something that is to be said at `due`; `reason` is why it could not be."""

    id: str
    room: str
    due: int
    said: Said
    reason: str | None = None


def schedule(acting: Acting, room: str, due: int, said: Said) -> Scheduled:
    """Keep something to be said at `due`.  Rights are looked at now, and again then."""
    writing, uid = acting.writing, acting.who.uid
    acting.demand_speaker(room)
    if not writing.now < due < writing.now + FARTHEST_MS:
        raise Refused(Reason.INVALID, "later than now, and within a year")
    if said.files:
        raise Refused(Reason.INVALID, "files are posted at once: an upload is kept for a day")
    (count,) = writing.db.execute(
        "SELECT count(*) FROM scheduled WHERE user = ?", (uid,)
    ).fetchone()
    if count >= MAX_OF_USER:
        raise Refused(Reason.QUOTA, f"{MAX_OF_USER} wait already")
    said = Said(**{name: getattr(said, name) for name in Said.__struct_fields__})
    kept = Scheduled(writing.mint(SCHEDULED, writing.now), room, due, said)
    writing.db.execute(
        "INSERT INTO scheduled (id, room, due, author, user, said) VALUES (?, ?, ?, ?, ?, ?)",
        (kept.id, room, due, msgspec.json.encode(acting.who), uid, msgspec.json.encode(said)),
    )
    writing.tell("scheduled.updated", kept, audience=uid)
    return kept


def waiting(acting: Acting) -> list[Scheduled]:
    """Return what the asker has yet to say, and what could not be said, the next first."""
    rows = acting.writing.db.execute(
        "SELECT id, room, due, said, reason FROM scheduled WHERE user = ? ORDER BY due, id",
        (acting.who.uid,),
    )
    return [
        Scheduled(name, room, due, msgspec.json.decode(said, type=Said), reason)
        for name, room, due, said, reason in rows
    ]


def cancel(acting: Acting, name: str) -> None:
    """Forget something that was to be said."""
    gone = acting.writing.db.execute(
        "DELETE FROM scheduled WHERE id = ? AND user = ?", (name, acting.who.uid)
    )
    if gone.rowcount != 1:
        raise Refused(Reason.NOT_FOUND)


async def speak(store: Store, outbox_events: int) -> None:
    """Say what is due, for ever."""
    while True:
        said = AT_ONCE
        while said == AT_ONCE:
            said = 0
            with suppress(Unavailable):  # nothing leaves now: it is said when it can be
                said = await store.write(lambda writing: _say_due(writing, store, outbox_events))
        await asyncio.sleep(EVERY_S)


def _say_due(writing: Writing, store: Store, outbox_events: int) -> int:
    rows = writing.db.execute(
        "SELECT id, room, due, author, said FROM scheduled WHERE reason IS NULL AND due <= ?"
        " ORDER BY due, id LIMIT ?",
        (writing.now, AT_ONCE),
    ).fetchall()
    for name, room, due, author, said in rows:
        who, words = msgspec.json.decode(author, type=Author), msgspec.json.decode(said, type=Said)
        acting = Acting(writing, store.directory, who, outbox_events, client_key=name)
        _say(acting, Scheduled(name, room, due, words))
    return len(rows)


def _say(acting: Acting, kept: Scheduled) -> Posted | None:
    db, uid = acting.writing.db, acting.who.uid
    try:
        if not acting.directory.may_use(uid, acting.writing.side.zone, now=acting.writing.now):
            raise Refused(Reason.FORBIDDEN)
        posted = post(acting, kept.room, kept.said)
    except Refused as refusal:
        reason = refusal.reason.value
        db.execute("UPDATE scheduled SET reason = ? WHERE id = ?", (reason, kept.id))
        told = msgspec.structs.replace(kept, reason=reason)
        acting.writing.tell("scheduled.updated", told, audience=uid)
        return None
    db.execute("DELETE FROM scheduled WHERE id = ?", (kept.id,))
    return posted

"""What is to be said later: kept in its zone, said when it is due, told if it could not be."""

import asyncio
import sqlite3
from contextlib import suppress

import msgspec
from msgspec import Struct

from wire.events import Author
from wire.reasons import Reason, Refused, Unavailable
from zone.conversation.actor import Actor
from zone.conversation.messages import NewMessage, body_of, write_message
from zone.copy.views import MessageView
from zone.store.store import ZoneStore
from zone.store.writing import Writing

LATER_MESSAGE = "sc"
EVERY_S = 1.0
# At once: whoever asks for more than this for one moment waits a second longer.
AT_ONCE = 200
MAX_OF_USER = 200
# Nobody means to say something in more than a year.
FARTHEST_MS = 366 * 24 * 3_600_000


class WaitingMessage(Struct, frozen=True):
    """Something that is to be said at `due`; `reason` is why it could not be."""

    id: str
    room: str
    due: int
    said: NewMessage
    reason: str | None = None


def say_later(actor: Actor, room: str, due: int, said: NewMessage) -> WaitingMessage:
    """Keep something to be said at `due`.  Rights are looked at now, and again then."""
    writing, uid = actor.writing, actor.who.uid
    actor.demand(body_of(said), room=room)
    actor.demand_open(room)
    if not writing.now < due < writing.now + FARTHEST_MS:
        raise Refused(Reason.INVALID, "later than now, and within a year")
    if said.files:
        raise Refused(Reason.INVALID, "files are posted at once: an upload is kept for a day")
    (count,) = writing.db.execute(
        "SELECT count(*) FROM later_message WHERE user = ?", (uid,)
    ).fetchone()
    if count >= MAX_OF_USER:
        raise Refused(Reason.QUOTA, f"{MAX_OF_USER} wait already")
    said = NewMessage(**{name: getattr(said, name) for name in NewMessage.__struct_fields__})
    kept = WaitingMessage(writing.mint(LATER_MESSAGE, writing.now), room, due, said)
    writing.db.execute(
        "INSERT INTO later_message (id, room, due, author, user, said) VALUES (?, ?, ?, ?, ?, ?)",
        (kept.id, room, due, msgspec.json.encode(actor.who), uid, msgspec.json.encode(said)),
    )
    writing.tell("later-message.updated", kept, audience=uid)
    return kept


def waiting(db: sqlite3.Connection, uid: str) -> list[WaitingMessage]:
    """Return what somebody has yet to say, and what could not be said, the next first."""
    rows = db.execute(
        "SELECT id, room, due, said, reason FROM later_message WHERE user = ? ORDER BY due, id",
        (uid,),
    )
    return [
        WaitingMessage(name, room, due, msgspec.json.decode(said, type=NewMessage), reason)
        for name, room, due, said, reason in rows
    ]


def cancel(actor: Actor, name: str) -> None:
    """Forget something that was to be said."""
    gone = actor.writing.db.execute(
        "DELETE FROM later_message WHERE id = ? AND user = ?", (name, actor.who.uid)
    )
    if gone.rowcount != 1:
        raise Refused(Reason.NOT_FOUND)


async def speak(store: ZoneStore, outbox_events: int) -> None:
    """Say what is due, for ever."""
    while True:
        said = AT_ONCE
        while said == AT_ONCE:
            said = 0
            with suppress(Unavailable):  # nothing leaves now: it is said when it can be
                said = await store.write(lambda writing: _say_due(writing, store, outbox_events))
        await asyncio.sleep(EVERY_S)


def _say_due(writing: Writing, store: ZoneStore, outbox_events: int) -> int:
    rows = writing.db.execute(
        "SELECT id, room, due, author, said FROM later_message WHERE reason IS NULL AND due <= ?"
        " ORDER BY due, id LIMIT ?",
        (writing.now, AT_ONCE),
    ).fetchall()
    for name, room, due, author, said in rows:
        who, words = (
            msgspec.json.decode(author, type=Author),
            msgspec.json.decode(said, type=NewMessage),
        )
        actor = Actor(writing, store.directory, who, outbox_events, client_key=name)
        _say(actor, WaitingMessage(name, room, due, words))
    return len(rows)


def _say(actor: Actor, kept: WaitingMessage) -> MessageView | None:
    db, uid = actor.writing.db, actor.who.uid
    try:
        posted = write_message(actor, kept.room, kept.said)
    except Refused as refusal:
        reason = refusal.reason.value
        db.execute("UPDATE later_message SET reason = ? WHERE id = ?", (reason, kept.id))
        told = msgspec.structs.replace(kept, reason=reason)
        actor.writing.tell("later-message.updated", told, audience=uid)
        return None
    db.execute("DELETE FROM later_message WHERE id = ?", (kept.id,))
    return posted

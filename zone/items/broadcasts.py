"""Broadcasts as the store has them: whom each reaches, who may make one, who has answered.

Runs on the database thread.  Whom a broadcast reaches is a question to the registers;
`zone.store.directory` asks the same of what it has in memory.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from wire.answers import Answer, Reply
from wire.bodies import ItemPut
from wire.events import Event
from wire.items import Audience, Broadcast
from zone.copy import agreements, registers
from zone.items import item_answers
from zone.items.items import registers_of_item

# Told again after so long who has not said otherwise.
ESCALATE_AFTER_S: Final = 300
# Before the title of an exercise: also frontends that know of none show what it is.
TRAINING: Final = "【訓練】"

# A broadcast that is not to be told again, unless it is changed once more.
_NEVER = 2**53

_decode_answer = msgspec.json.Decoder(tuple[Answer, int, str]).decode


def fits(
    audience: Audience,
    caller: str | None,
    who: Mapping[str, Any],
    line: Callable[[str], list[str]],
) -> bool:
    """Return whether somebody, by their registers, is of an audience.

    `caller` is the municipality that calls: its own people are meant where none is named.
    `line` returns a section with all that it is part of.
    """
    if who.get("user_kind") not in (audience.kinds or ("staff",)) or not who.get("zones"):
        return False
    if who.get("tenant") not in (audience.tenants or (caller,)):
        return False
    if audience.titles and who.get("title") not in audience.titles:
        return False
    return not audience.orgs or any(
        above in audience.orgs for org in who.get("orgs") or () for above in line(org)
    )


def is_addressed(db: sqlite3.Connection, broadcast: str, uid: str) -> bool | None:
    """Return whether a broadcast reaches somebody; None if this store does not know it."""
    audience = registers.value(db, broadcast, "audience")
    if audience is None:
        return None
    who, caller = registers.all_values(db, uid), _caller(db, broadcast)
    if not agreements.may_call(db, caller, who.get("tenant")):
        return False
    return fits(msgspec.convert(audience, Audience), caller, who, lambda org: _line(db, org))


def _caller(db: sqlite3.Connection, broadcast: str) -> str | None:
    """Return the municipality for which a broadcast was made: its author's."""
    row = db.execute("SELECT author FROM item WHERE id = ?", (broadcast,)).fetchone()
    found: str | None = None if row is None else registers.value(db, row[0], "tenant")
    return found


def _line(db: sqlite3.Connection, org: str) -> list[str]:
    found: list[str] = []
    at: object = org
    while isinstance(at, str) and at and at not in found:  # two zones can make a ring of it
        found.append(at)
        at = registers.value(db, at, "parent")
    return found


def made(db: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """Return all broadcasts there ever were, who made them, and when."""
    return db.execute(
        "SELECT id, author, at FROM item WHERE type = 'broadcast' ORDER BY stamp"
    ).fetchall()


def content(db: sqlite3.Connection, broadcast: str) -> Broadcast | None:
    """Return what a broadcast says, or None if it is not known, or was removed."""
    now = registers_of_item(db, broadcast)
    if "audience" not in now.said or registers.REMOVED in now.beside:
        return None
    said = now.content("broadcast")
    return said if isinstance(said, Broadcast) else None


def seen_by(db: sqlite3.Connection, broadcast: str) -> set[str]:
    """Return who has read a broadcast; who has answered has read it."""
    return registers.names(db, broadcast, item_answers.SEEN) | _answered(db, broadcast)


def heard_from(db: sqlite3.Connection, broadcast: str, said: Broadcast) -> set[str]:
    """Return who has done what a broadcast asks for: read it, or answered."""
    return seen_by(db, broadcast) if said.require == "read" else _answered(db, broadcast)


def _answered(db: sqlite3.Connection, broadcast: str) -> set[str]:
    return registers.names(db, broadcast, item_answers.ANSWER)


def replies(db: sqlite3.Connection, broadcast: str) -> dict[str, Reply]:
    """Return the latest answer of each who has answered a broadcast."""
    found = registers.of_kind(db, broadcast, item_answers.ANSWER, _decode_answer)
    return {user: answer for user, (answer, _, _) in found.items() if isinstance(answer, Reply)}


def plan(db: sqlite3.Connection, event: Event, *, now: int) -> None:
    """Note when a broadcast that just came, or was changed, is to be told again.

    The time counts from when this zone has the broadcast: a lane may have been down.
    """
    if not isinstance(event.body, ItemPut) or not isinstance(event.body.content, Broadcast):
        return
    seconds = event.body.content.escalate_after_s
    if event.body.item is not None:  # changed: that counts only if it was not told yet
        if seconds is not None:
            due = now + 1000 * seconds if seconds else _NEVER
            db.execute("UPDATE escalation SET due = ? WHERE broadcast = ?", (due, event.body.item))
        return
    if seconds is None:
        seconds = ESCALATE_AFTER_S
    if seconds:
        due = now + 1000 * seconds
        db.execute("INSERT OR IGNORE INTO escalation VALUES (?, ?)", (event.id, due))

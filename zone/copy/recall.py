"""Taking back what the other zone has not taken in: as if it had never been said here.

A copy is the latest word on each field, of all that both zones know.  What was refused is known
here alone, so that it is taken out of the words, and the latest of the others stands again:
whoever said it, and also where it came after what is taken out (`zone.copy.registers`).  No
event crosses for it.  Every function runs inside a transaction.
"""

import sqlite3
from typing import NamedTuple

from wire.bodies import ItemRemove, MessageEdit, MessageWithdraw, RoomPurge
from wire.events import Event
from wire.lane import Zone
from wire.merge import Register, registers_of
from wire.order import make_stamp
from wire.reasons import Reason, Refused
from zone.copy import displaced, registers


class Recalled(NamedTuple):
    """Words that stand again, and (object, field) of those instead of which there is none."""

    restored: list[Register]
    gone: list[tuple[str, str]]


def demand_recallable(db: sqlite3.Connection, event: Event) -> None:
    """Refuse to take back what has deleted something: that is not here any more."""
    match event.body:
        case RoomPurge():
            lost = True
        case MessageWithdraw(owner) | ItemRemove(owner):
            row = db.execute(
                "SELECT 1 FROM file WHERE message = ? AND state = 'withdrawn' LIMIT 1", (owner,)
            ).fetchone()
            lost = row is not None
        case _:
            lost = False
    if lost:
        raise Refused(Reason.CONFLICT, "what it deleted is gone here: send it again")


def recall(db: sqlite3.Connection, event: Event, zone: Zone) -> Recalled:
    """Take out what `event`, made in `zone`, said; return what its fields say now."""
    found = Recalled([], [])
    for word in registers_of(event, zone):
        if not registers.stands(db, word):
            displaced.drop(db, word.object, word.field, word.stamp)
            continue
        now = _take_out(db, word)
        if now is None:
            found.gone.append((word.object, word.field))
        else:
            found.restored.append(Register(word.object, word.field, now.value, now.stamp))
    stamp = make_stamp(event.hlc, zone)
    match event.body:
        case MessageEdit(message):
            db.execute("DELETE FROM revision WHERE message = ? AND stamp = ?", (message, stamp))
        case _:
            forget_birth(db, stamp)
    return found


def _take_out(db: sqlite3.Connection, said: Register) -> registers.Word | None:
    """Take out the word that stands on a field; return the one that stands there now."""
    key = (said.object, said.field)
    db.execute("DELETE FROM register WHERE object = ? AND field = ?", key)
    if (found := displaced.take_latest(db, *key)) is not None:
        db.execute(
            "INSERT INTO register (object, field, value, stamp) VALUES (?, ?, ?, ?)", key + found
        )
    return registers.word(db, *key)


def forget_birth(db: sqlite3.Connection, stamp: str) -> None:
    """Forget what was made by an event: it may be made once more."""
    db.execute("DELETE FROM birth WHERE stamp = ?", (stamp,))

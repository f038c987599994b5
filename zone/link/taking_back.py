"""Undoing what an event of the far zone did here, until its release is seen on record.

    a message       its place stays, and says why it is empty; nothing of it is found or counted
    an item         the same
    a file          refused
    other words     taken out of the fields that they are on; what was said before stands again

What deleted something, or says how far somebody has read, is not undone: there is nothing to put
back, or nothing to see.  Every function runs inside a transaction.
"""

from typing import Final

from wire.bodies import (
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ReadSet,
    RelayNotice,
    RoomPurge,
)
from wire.digests import CopyDigest
from wire.events import Event
from wire.merge import Register
from wire.order import make_stamp
from wire.reasons import Reason
from zone.copy import journal, recall, registers
from zone.items import due, wordings
from zone.link import barred_files
from zone.store import notifications
from zone.store.writing import Writing

_STAYS: Final = (
    ReadSet,
    EventRefuse,
    CopyDigest,
    RelayNotice,
    MessageWithdraw,
    ItemRemove,
    RoomPurge,
)
_LAST_REVISION: Final = 15  # of what the relay says of an event: nothing comes behind it


def take_back(writing: Writing, event: Event) -> bool:
    """Take an event of the far zone out of sight; return whether that can be done."""
    match event.body:
        case body if isinstance(body, _STAYS):
            return False
        case FileReady() as ready:
            barred_files.bar(writing.db, ready.file)
            notifications.tell_file(writing, ready.message, ready.file)
        case MessagePost():
            _hide_message(writing, event)
        case _:
            _take_words_out(writing, event)
    writing.touched.add(journal.object_of(event, writing.side.far))
    writing.facts.forget()
    return True


def put_back(writing: Writing, event: Event) -> None:
    """Have an event that was taken out of sight do again what it did."""
    if isinstance(event.body, _STAYS):
        return
    if isinstance(event.body, FileReady):
        barred_files.unbar(writing.db, event.body)
        notifications.tell_file(writing, event.body.message, event.body.file)
        return
    writing.facts.forget()
    writing.receive(event)
    notifications.tell(writing, event, writing.side.far)


def _hide_message(writing: Writing, event: Event) -> None:
    found = writing.db.execute(
        "UPDATE message SET text = NULL, more = NULL, origin = NULL, was_held = 1"
        " WHERE id = ? AND stamp = ? AND text IS NOT NULL",
        (event.id, make_stamp(event.hlc, writing.side.far)),
    )
    if found.rowcount:
        _say_why(writing, event, "message.post")
        notifications.tell_message(writing, event.id)


def _take_words_out(writing: Writing, event: Event) -> None:
    db, zone = writing.db, writing.side.far
    stamp = make_stamp(event.hlc, zone)
    found = recall.recall(db, event, zone)
    wordings.forget(db, event, stamp)
    writing.won += found.restored
    writing.gone += found.gone
    match event.body:
        case MessageEdit(message):
            notifications.tell_message(writing, message)
        case ItemPut(item=None):
            _hide_item(writing, event, stamp)
        case ItemPut(item=str(item)):
            notifications.tell_item(writing, item)
    due.plan(db, event)


def _hide_item(writing: Writing, event: Event, stamp: str) -> None:
    """Leave of a new item its place, as of one that the relay holds."""
    writing.db.execute("DELETE FROM item WHERE id = ? AND stamp = ?", (event.id, stamp))
    writing.db.execute(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *(event.id, event.room, event.author.uid, "item.put", event.at, stamp),
            event.author.frontend,
        ),
    )
    _say_why(writing, event, "item.put")
    notifications.tell_item(writing, event.id)


def _say_why(writing: Writing, event: Event, what: str) -> None:
    """Put a notice in the place of something new, as the relay does of what it keeps back."""
    stamp = make_stamp(event.hlc, writing.side.far, _LAST_REVISION)
    word = [
        *("unrecorded", what, Reason.NO_RECORD.value, event.author.uid, writing.now),
        *(0, "operator"),
    ]
    registers.put(writing.db, Register(event.id, "notice", word, stamp))

"""A word is put back as it was said, where the copy has lost it or has something else in its place.

What may be replaced is a row that is not what its own event said, or whose stamp is of no event
that anybody is known to have said (`zone.copy.journal`).  A later word that was said stays:
so mending again, or for nothing, changes nothing.

Every function runs inside a transaction.
"""

import sqlite3

from wire.births import birth_of
from wire.bodies import MessagePost
from wire.events import Event
from wire.lane import Zone
from wire.merge import Register, item_of, message_of, registers_of
from wire.order import event_stamp
from zone.copy import deliveries, journal, register_rows, registers
from zone.copy.apply import apply_event, is_of_purged, purged_before
from zone.copy.journal import in_json, sum_of


def clear_damage(db: sqlite3.Connection, event: Event, zone: Zone, own: Zone) -> int:
    """Delete the rows that stand where `event`, made in `zone`, belongs, and are not so.

    Returns how many words of it are missing now: those deleted and those that were not there.
    """
    return (
        _clear_message(db, event, zone)
        + _clear_item(db, event, zone)
        + _clear_birth(db, event, zone, own)
        + sum(
            _clear_word(db, word, own)
            for word in registers_of(event, zone)
            if not is_of_purged(db, event, word)
        )
        + files_missing(db, event)
    )


def mend_own(db: sqlite3.Connection, event: Event, zone: Zone) -> list[Register] | None:
    """Apply again what was said here, if it is not there; return what it won, or None."""
    if clear_damage(db, event, zone, zone) == 0:
        return None
    _put_files_back(db, event)
    return apply_event(db, event, zone)


def files_missing(db: sqlite3.Connection, event: Event) -> int:
    """Return of how many files of a message that is to be here there is no row."""
    if not event.files or not isinstance(event.body, MessagePost):
        return 0
    if _is_purged(db, event) or registers.word(db, event.id, registers.WITHDRAWN):
        return 0
    rows = db.execute("SELECT fid FROM file WHERE message = ?", (event.id,)).fetchall()
    return len({file.fid for file in event.files} - {fid for (fid,) in rows})


def _put_files_back(db: sqlite3.Connection, event: Event) -> None:
    """Make again the rows of files that were posted here; their verdicts are to come once more.

    Bytes for which the relay did not ask break the link: those of an event that it has settled
    go when that is sent again (`zone.reconcile.own_words.offer`).
    """
    if not files_missing(db, event):
        return
    is_settled = deliveries.verdict_of(db, event.id) not in (None, "held")
    state = "arrived" if is_settled else "crossing"
    db.executemany(
        "INSERT OR IGNORE INTO file"
        " (fid, message, place, event, uploader, name, media, size, sha256, state, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(file.fid, event.id, place, event.id, event.author.uid),
                *(file.name, file.media, file.size, file.sha256, state, event.at),
            )
            for place, file in enumerate(event.files, 1)
        ],
    )


def _is_purged(db: sqlite3.Connection, event: Event) -> bool:
    """Return whether all of the time at which this was said is deleted in its room."""
    return event.room is not None and event.at < purged_before(db, event.room)


def _clear_message(db: sqlite3.Connection, event: Event, zone: Zone) -> int:
    message = message_of(event, zone)
    if message is None or _is_purged(db, event):
        return 0
    row = db.execute(
        "SELECT room, zone, author, at, stamp, text, reply_to, thread, more FROM message"
        " WHERE id = ?",
        (message.id,),
    ).fetchone()
    more = registers.encoded(message.more) if message.more else None
    place = (message.room, zone.value, message.author, message.at, message.stamp)
    said = sum_of(*place, message.text, message.reply_to, message.thread, in_json(more))
    if row is not None and row[5] is not None and sum_of(*row[:-1], in_json(row[-1])) != said:
        db.execute("DELETE FROM message WHERE id = ?", (message.id,))
        row = None
    return int(row is None or row[5] is None)


def _clear_item(db: sqlite3.Connection, event: Event, zone: Zone) -> int:
    item = item_of(event, zone)
    if item is None:
        return 0
    row = db.execute(
        "SELECT id, room, type, zone, author, at, stamp FROM item WHERE id = ?", (item.id,)
    ).fetchone()
    if row is not None and row != item[:7]:
        db.execute("DELETE FROM item WHERE id = ?", (item.id,))
        row = None
    return int(row is None)


def _clear_birth(db: sqlite3.Connection, event: Event, zone: Zone, own: Zone) -> int:
    """Of two births of one object the elder counts, LGWAN's before any: that one stays."""
    birth = birth_of(event, zone)
    if birth is None:
        return 0
    row = db.execute(
        "SELECT id, zone, maker, kind, scope, at, stamp FROM birth WHERE id = ?", (birth.id,)
    ).fetchone()
    if row is None or row == tuple(birth):
        return int(row is None)
    if row[6] == birth.stamp or not journal.is_proven(db, row[6], own):
        db.execute("DELETE FROM birth WHERE id = ?", (birth.id,))
        return 1
    return 0


def _clear_word(db: sqlite3.Connection, word: Register, own: Zone) -> int:
    row = register_rows.row_of(db, word.object, word.field)
    if row is None or row.stamp < word.stamp:
        return 1
    is_same = row.stamp == word.stamp
    if is_same and sum_of(in_json(row.value)) == sum_of(in_json(registers.encoded(word.value))):
        return 0
    if is_same or not journal.is_proven(db, event_stamp(row.stamp), own):
        register_rows.discard(db, word.object, word.field)
        return 1
    return 0

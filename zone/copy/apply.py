"""What an event does to the store, whichever zone it was made in.

A test compares it with a reference that keeps everything in dictionaries.  Every function
here runs inside a transaction of `runtime.database`.
"""

import sqlite3
from typing import Final, NamedTuple

import msgspec

from wire.births import birth_of
from wire.bodies import MessageEdit, MessagePost, MessageWithdraw, ReadSet, RelayNotice
from wire.events import Event
from wire.ids import MESSAGE, minted_at
from wire.lane import Zone
from wire.merge import PIN, Register, field_name, item_of, message_of, readings_of, registers_of
from wire.order import make_stamp
from zone.copy import readings, register_pieces, registers

_encode = msgspec.json.Encoder().encode


# What came to stand before something that had been here for longer is late.  Two people who talk
# at once do not wait for each other so long, and a link that is up takes a tenth of it.
LATE_MS = 2_000


class Coming(NamedTuple):
    """When an event came to which zone, and how far that was then with either zone's events.

    `is_latest` is whether it is later than all of them.
    """

    at: int
    here: Zone
    lgwan: int
    internet: int
    is_latest: bool = False


def apply_event(
    db: sqlite3.Connection, event: Event, zone: Zone, came: Coming | None = None
) -> list[Register]:
    """Take in an event made in `zone`, and return the registers that it won.

    Applying an event again, or a later one first, ends in the same state, but for when messages
    came.  Without `came` it is applied where it was made.
    """
    coming = came or Coming(event.at, zone, event.hlc, event.hlc)
    match event.body:  # most events are one of these: no words on registers
        case MessagePost():
            _put_message(db, event, zone, coming)
            return []
        case ReadSet():
            for reading in readings_of(event, zone):
                readings.put(db, reading)
            return []
    made = _put_item(db, event, zone)
    _put_birth(db, event, zone)
    _put_revision(db, event, zone)
    words = [w for w in registers_of(event, zone) if not is_of_purged(db, event, w)]
    won = registers.put_all(db, words, at=event.at)
    if isinstance(event.body, RelayNotice):
        _put_held(db, event, event.body, zone)
        _put_placeholder(db, event, event.body, zone, coming)
    return won + made


# Also what was held: its place is there, and its release fills in the text.  Nothing is put where
# all of that time is deleted.
_PUT_MESSAGE: Final = f"""
INSERT INTO message (id, room, zone, author, at, stamp, text, reply_to, thread, more,
                     origin, arrived, was_held, lgwan, internet, late)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?14, ?15 AND EXISTS (
        SELECT 1 FROM message INDEXED BY message_place WHERE room = ?2 AND stamp > ?6
           AND text IS NOT NULL AND arrived <= ?12 - ?16)
 WHERE NOT {register_pieces.is_later("?2", "purged", "?5")}
ON CONFLICT (id) DO UPDATE
   SET room = excluded.room, zone = excluded.zone, author = excluded.author,
       at = excluded.at, stamp = excluded.stamp, text = excluded.text, late = excluded.late,
       reply_to = excluded.reply_to, thread = excluded.thread, more = excluded.more,
       origin = excluded.origin, arrived = excluded.arrived, lgwan = excluded.lgwan,
       internet = excluded.internet
 WHERE message.text IS NULL
"""  # noqa: S608 - a piece


def _put_message(db: sqlite3.Connection, event: Event, zone: Zone, came: Coming) -> None:
    message = message_of(event, zone)
    if message is None:
        return
    is_far = zone is not came.here
    more = _encode(message.more).decode() if message.more else None
    origin = event.body.forwarded if isinstance(event.body, MessagePost) else None
    db.execute(
        _PUT_MESSAGE,
        (
            message.id,
            message.room,
            zone,
            message.author,
            message.at,
            message.stamp,
            message.text,
            message.reply_to,
            message.thread,
            more,
            origin and origin.message,
            came.at if is_far else message.at,
            came.lgwan,
            came.internet,
            is_far and not came.is_latest,  # whether to look if it stands before something
            LATE_MS,
        ),
    )


def _put_item(db: sqlite3.Connection, event: Event, zone: Zone) -> list[Register]:
    """Keep an item, and return who made it where memory is to know that: of a broadcast."""
    item = item_of(event, zone)
    if item is None:
        return []
    made = db.execute(
        "INSERT INTO item (id, room, type, zone, author, at, stamp, frontend)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        item,
    )
    is_told = made.rowcount > 0 and item.type == "broadcast"
    return [registers.maker(item.id, item.author, item.stamp)] if is_told else []


def _put_birth(db: sqlite3.Connection, event: Event, zone: Zone) -> None:
    """Keep the elder of two births, LGWAN's before any: nothing else rewrites one."""
    birth = birth_of(event, zone)
    if birth is not None:
        db.execute(
            """
            INSERT INTO birth (id, zone, maker, kind, scope, at, stamp)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
               SET zone = excluded.zone, maker = excluded.maker, kind = excluded.kind,
                   scope = excluded.scope, at = excluded.at, stamp = excluded.stamp
             WHERE (excluded.zone <> 'lgwan', excluded.stamp) < (birth.zone <> 'lgwan', birth.stamp)
            """,
            birth,
        )


def _put_held(db: sqlite3.Connection, event: Event, notice: RelayNotice, zone: Zone) -> None:
    """Keep what the relay keeps back: until it is released people there speak of it.

    For an item this is also its place among the others; its release makes it.
    """
    stamp, who = make_stamp(event.hlc, zone), event.author
    db.execute(
        "INSERT OR IGNORE INTO held VALUES (?, ?, ?, ?, ?, ?, ?)",
        (notice.subject, event.room, who.uid, notice.what, event.at, stamp, who.frontend),
    )


def is_of_purged(db: sqlite3.Connection, event: Event, word: Register) -> bool:
    """Return whether a word is on a message that is deleted: neither text nor pin comes back."""
    is_pin = word.object == event.room
    name = word.field.removeprefix(field_name(PIN, "")) if is_pin else word.object
    if event.room is None or not name.startswith(MESSAGE):
        return False
    before = purged_before(db, event.room)
    return before > 0 and minted_at(name) < before


def _put_revision(db: sqlite3.Connection, event: Event, zone: Zone) -> None:
    """Keep every wording of a message, until it is taken back."""
    match event.body:
        case MessageEdit(message, text) if not registers.word(db, message, registers.WITHDRAWN):
            db.execute(
                "INSERT OR IGNORE INTO revision VALUES (?, ?, ?, ?)",
                (message, make_stamp(event.hlc, zone), text, event.at),
            )
        case MessageWithdraw(message):
            db.execute("DELETE FROM revision WHERE message = ?", (message,))


def purged_before(db: sqlite3.Connection, room: str) -> int:
    """Return the time before which all that was said in a room is deleted; 0 if nothing is."""
    purged = registers.value(db, room, "purged")
    return int(purged[0]) if isinstance(purged, list) else 0


def _put_placeholder(
    db: sqlite3.Connection, event: Event, notice: RelayNotice, zone: Zone, came: Coming
) -> None:
    """Keep a held message's place in its room; its release fills in the text."""
    if notice.what != "message.post" or event.room is None:
        return
    db.execute(
        "INSERT INTO message (id, room, zone, author, at, stamp, arrived, late, was_held, lgwan,"
        " internet) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            notice.subject,
            event.room,
            zone,
            event.author.uid,
            event.at,
            make_stamp(event.hlc, zone),
            came.at,
            came.lgwan,
            came.internet,
        ),
    )


def opened_in(db: sqlite3.Connection, room: str) -> Zone | None:
    """Return the zone in which a room was opened."""
    row = db.execute("SELECT zone FROM birth WHERE id = ?", (room,)).fetchone()
    return None if row is None else Zone(row[0])

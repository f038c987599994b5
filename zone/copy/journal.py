"""What proves a copy: everything said here that crosses, and a digest of everything heard.

    said     its own words, whole: from them a zone mends its copy, and what the other one lost
    heard    of each word of the other zone that was believed, the stamp and a digest

With them a zone trusts nobody about its own words, not even the other one's copy of them, and
takes in a word of the other zone again only if it is the word that it took in before.  What is
withdrawn or deleted leaves `said` with its text.  How far somebody has read is in neither.

Words are compared in the relay's normal form (`wire.text`): the far copy of a message may have
another line break, or a 〓 where its author's has a character that only their site can show.
All of that is taken out on both sides before anything is summed up.

Every function that takes a store runs inside a transaction.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from wire.bodies import RELAY_ONLY, EventRefuse, MessageEdit, MessagePost, ReadSet
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Event
from wire.lane import Zone
from wire.merge import registers_of
from wire.order import hlc_of, make_stamp, zone_of
from wire.text import normalise_text

# What is not of the conversation, and reading, which says itself again all day.
_APART: Final = (ReadSet, EventRefuse, CopyDigest, ConsentGive, *RELAY_ONLY)

SUM_BYTES: Final = 16
_PLACE_BYTES: Final = 8
# How JSON writes white space and controls: what the relay turns into one another.
_ESCAPED = re.compile(r"\\[nrtbf]|\\u00[01][0-9a-f]")

_decode = msgspec.json.Decoder(Event).decode
_encode = msgspec.json.Encoder().encode
_OF_A_FILE = b'"sha256"'


def object_of(event: Event, zone: Zone) -> str:
    """Return the object that an event speaks of: for a message that is posted, the message."""
    if isinstance(event.body, MessagePost):
        return event.id
    return next((word.object for word in registers_of(event, zone)), event.id)


def keep(db: sqlite3.Connection, event: Event, kept: bytes, about: str) -> None:
    """Keep what was said here about an object and crosses, in the form in which it may be kept."""
    if not isinstance(event.body, _APART):
        db.execute(
            "INSERT INTO said (hlc, about, event) VALUES (?, ?, ?)", (event.hlc, about, kept)
        )


def without_passwords(event: Event, encoded: bytes) -> bytes:
    """Return how an event is kept: as it was encoded to leave, without passwords of files."""
    if not any(file.password for file in event.files):
        return encoded
    files = [msgspec.structs.replace(file, password=None) for file in event.files]
    return _encode(msgspec.structs.replace(event, files=files))


def said_at(db: sqlite3.Connection, hlc: int) -> Event | None:
    """Return what was said here at a place in the order, or None."""
    row = db.execute("SELECT event FROM said WHERE hlc = ?", (hlc,)).fetchone()
    return None if row is None else _decode(row[0])


def said_about(db: sqlite3.Connection, name: str) -> Iterator[Event]:
    """Yield what was said here about an object, in its order."""
    rows = db.execute("SELECT event FROM said WHERE about = ? ORDER BY hlc", (name,)).fetchall()
    return (_decode(encoded) for (encoded,) in rows)


def said_between(
    db: sqlite3.Connection, first: str, last: str, after: tuple[str, int], limit: int
) -> list[tuple[str, Event]]:
    """Return what was said here about objects from `first` to `last`, by object and in its order.

    Each comes with its object.  It goes on behind `after`, an object and a place in the order.
    """
    rows = db.execute(
        "SELECT about, event FROM said WHERE about BETWEEN ? AND ? AND (about, hlc) > (?, ?)"
        " ORDER BY about, hlc LIMIT ?",
        (first, last, *after, limit),
    ).fetchall()
    return [(about, _decode(encoded)) for about, encoded in rows]


def said_at_once(db: sqlite3.Connection, hlcs: Sequence[int]) -> list[Event]:
    """Return what was said here at some places in the order, of which it is still known."""
    found = (said_at(db, hlc) for hlc in hlcs)
    return [event for event in found if event is not None]


def files_said(db: sqlite3.Connection, after: int, limit: int) -> tuple[set[str], int | None]:
    """Return the hashes of files said here behind a place in the order, and where to go on.

    That looks at `limit` events at most; None is the end.
    """
    rows = db.execute(
        "SELECT hlc, event FROM said WHERE hlc > ? ORDER BY hlc LIMIT ?",
        (after, limit),
    ).fetchall()
    said = [_decode(event) for _, event in rows if _OF_A_FILE in event]
    hashes = {file.sha256 for event in said for file in event.files if file.sha256 is not None}
    return hashes, rows[-1][0] if len(rows) == limit else None


def forget_texts(db: sqlite3.Connection, messages: Sequence[str], *, deleted: bool) -> None:
    """Forget what messages said that were taken back; of those that are `deleted`, all."""
    for message in messages:
        for event in said_about(db, message):
            if deleted or isinstance(event.body, MessagePost | MessageEdit):
                db.execute("DELETE FROM said WHERE hlc = ?", (event.hlc,))


def hear(db: sqlite3.Connection, event: Event, zone: Zone) -> None:
    """Keep that an event of the far zone was believed."""
    if not isinstance(event.body, _APART):
        db.execute(
            "INSERT OR IGNORE INTO heard (stamp, event, digest) VALUES (?, ?, ?)",
            (make_stamp(event.hlc, zone), event.id, _digest(event)),
        )


def is_heard(db: sqlite3.Connection, event: Event, zone: Zone) -> bool | None:
    """Return whether this was believed before; False if it was something else, None if nothing."""
    if isinstance(event.body, _APART):
        return None
    row = db.execute(
        "SELECT event, digest FROM heard WHERE stamp = ?", (make_stamp(event.hlc, zone),)
    ).fetchone()
    return None if row is None else row == (event.id, _digest(event))


def is_proven(db: sqlite3.Connection, stamp: str, own: Zone) -> bool:
    """Return whether somebody said something at this stamp, as far as this zone knows."""
    if zone_of(stamp) is own:
        row = db.execute("SELECT 1 FROM said WHERE hlc = ?", (hlc_of(stamp),)).fetchone()
    else:
        row = db.execute("SELECT 1 FROM heard WHERE stamp = ?", (stamp,)).fetchone()
    return row is not None


def _digest(event: Event) -> bytes:
    return sum_of(
        event.id,
        event.hlc,
        event.at,
        event.room,
        event.author.uid,
        event.body,
        [file.fid for file in event.files],
    )


def canonical_form(encoded: str) -> bytes:
    """Return JSON, or a text, without what the relay may have changed in it."""
    text = encoded if encoded.isascii() else normalise_text(encoded, gaiji="replace").text
    if "\\" in text:
        text = _ESCAPED.sub("", text)
    return "".join(text.split()).replace("\x7f", "").encode()


def in_json(column: str | None) -> msgspec.Raw | None:
    """Return what a column holds in JSON, as a part of what is summed up."""
    return None if column is None else msgspec.Raw(column.encode())


def sum_of(*parts: object) -> bytes:
    """Return the 16 bytes that stand for `parts`, which JSON can say."""
    return hashlib.blake2b(canonical_form(_encode(parts).decode()), digest_size=SUM_BYTES).digest()


def object_at(place: str) -> str:
    """Return the object of which a place in the order of the copy is."""
    return place.partition(":")[0]


def place_of(name: str, field: str) -> str:
    """Return where a field of an object is in the order of the copy (`wire.digests`)."""
    digest = hashlib.blake2b(canonical_form(field), digest_size=_PLACE_BYTES)
    return f"{name}:{digest.hexdigest()}"

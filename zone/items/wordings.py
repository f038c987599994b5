"""Every wording of what several people may word, and who was overwritten by whom unseen.

Items, and what rooms say of themselves.  A change names the stamp of the thing as its author saw
it (`ItemPut.base`, `RoomPut.base`).  Two changes of one field are apart if the later one was made
from before the earlier one: then nobody has weighed the one against the other, the later one
holds, and the author of the earlier one is told.

    base     one      other       of `one` and `other`, made in two zones from `base`, `other` holds
    ──┬───────●─────────●──────▶  stamps
      └───────┴─────────┘         both wordings are kept, and the author of `one` is told

What one person alone words is not here: a message and a status are their author's, and who
somebody is is said in the zone that admitted them.  Every function runs inside a transaction.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import asdict

from wire.bodies import ItemPut, ItemRemove, RoomPut
from wire.events import Event
from wire.ids import ROOM
from wire.lane import Zone
from wire.order import make_stamp
from zone.copy import registers
from zone.copy.states import RoomSupersededView, SupersededView
from zone.copy.views import ItemRevision, RoomRevision


class Superseded(NamedTuple):
    """Somebody's word on fields of a thing that another's, made without knowing it, replaced."""

    author: str
    view: SupersededView | RoomSupersededView


class _Wording(NamedTuple):
    stamp: str
    base: str | None
    author: str
    at: int
    said: dict[str, Any]


def keep(db: sqlite3.Connection, event: Event, zone: Zone) -> list[Superseded]:
    """Keep what `event` says of a thing, and return whom it overwrites, or by whom it was.

    What is known already changes nothing; of what was removed no wording is kept.
    """
    match event.body:
        case ItemRemove(item):
            db.execute("DELETE FROM wording WHERE object = ?", (item,))
        case ItemPut(content, named, base):
            item = named or event.id
            if registers.word(db, item, registers.REMOVED):
                return []
            said = msgspec.to_builtins(content)
            del said["type"]
            return _put(db, item, event, zone, base, said)
        case RoomPut(base=base) as look if event.room is not None:
            said = {name: word for name, word in asdict(look).items() if word is not None}
            said.pop("base", None)
            return _put(db, event.room, event, zone, base, said)
    return []


def _put(
    db: sqlite3.Connection,
    name: str,
    event: Event,
    zone: Zone,
    base: str | None,
    said: dict[str, Any],
) -> list[Superseded]:
    one = _Wording(make_stamp(event.hlc, zone), base, event.author.uid, event.at, said)
    put = db.execute(
        "INSERT OR IGNORE INTO wording VALUES (?, ?, ?, ?, ?, ?)",
        (name, *one[:-1], msgspec.json.encode(said).decode()),
    )
    return [*_apart(db, name, one)] if put.rowcount else []


def _apart(db: sqlite3.Connection, name: str, one: _Wording) -> Iterator[Superseded]:
    # Whom it overwrites comes behind its base, and what overwrites it behind itself.
    for other in _wordings(db, name, one.base or one.stamp):
        earlier, later = sorted((one, other), key=lambda each: each.stamp)
        fields = sorted(earlier.said.keys() & later.said.keys())
        fields = [field for field in fields if earlier.said[field] != later.said[field]]
        if not fields or earlier.author == later.author or later.base is None:
            continue
        if later.base < earlier.stamp and (view := _view(db, name, fields, earlier, later)):
            yield Superseded(earlier.author, view)


def _view(
    db: sqlite3.Connection, name: str, fields: list[str], earlier: _Wording, later: _Wording
) -> SupersededView | RoomSupersededView | None:
    """Return what the author of the earlier one is told."""
    told: dict[str, Any] = {
        "fields": fields,
        "said": {field: earlier.said[field] for field in fields},
        "by": later.author,
        "at": later.at,
        "stamp": later.stamp,
    }
    if name.startswith(ROOM):
        return RoomSupersededView(room=name, **told)
    row = db.execute("SELECT room, type FROM item WHERE id = ?", (name,)).fetchone()
    return None if row is None else SupersededView(item=name, room=row[0], item_type=row[1], **told)


def forget(db: sqlite3.Connection, event: Event, stamp: str) -> None:
    """Forget the wording of an event that is taken back."""
    match event.body:
        case ItemPut(item=str(name)):
            db.execute("DELETE FROM wording WHERE object = ? AND stamp = ?", (name, stamp))
        case RoomPut():
            db.execute("DELETE FROM wording WHERE object = ? AND stamp = ?", (event.room, stamp))


def _wordings(db: sqlite3.Connection, name: str, behind: str = "") -> list[_Wording]:
    rows = db.execute(
        "SELECT stamp, base, author, at, said FROM wording WHERE object = ? AND stamp > ?"
        " ORDER BY stamp",
        (name, behind),
    )
    return [
        _Wording(stamp, base, author, at, msgspec.json.decode(said))
        for stamp, base, author, at, said in rows.fetchall()
    ]


def item_revisions(db: sqlite3.Connection, item: str) -> list[ItemRevision]:
    """Return what was said of an item, the first word first."""
    return [
        ItemRevision(
            stamp=each.stamp, base=each.base, author=each.author, at=each.at, content=each.said
        )
        for each in _wordings(db, item)
    ]


def room_revisions(db: sqlite3.Connection, room: str, *, since: int) -> list[RoomRevision]:
    """Return what a room said of itself from a time on, in milliseconds, the first word first."""
    return [
        RoomRevision(
            stamp=each.stamp, base=each.base, author=each.author, at=each.at, look=each.said
        )
        for each in _wordings(db, room)
        if each.at >= since
    ]

"""Every wording of an item, and who was overwritten by somebody who had not read them.

A change names the stamp of the item as its author saw it (`ItemPut.base`).  Two changes of one
field are apart if the later one was made from before the earlier one: then nobody has weighed the
one against the other, the later one holds, and the author of the earlier one is told.

    base     one      other       of `one` and `other`, made in two zones from `base`, `other` holds
    ──┬───────●─────────●──────▶  stamps
      └───────┴─────────┘         both wordings are kept, and the author of `one` is told

Every function runs inside a transaction.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from wire.bodies import ItemPut, ItemRemove
from wire.events import Event
from wire.lane import Zone
from wire.order import make_stamp
from zone.copy import registers
from zone.copy.states import SupersededView
from zone.copy.views import ItemRevision


class Superseded(NamedTuple):
    """Somebody's word on fields of an item that another's, made without knowing it, replaced."""

    author: str
    view: SupersededView


class _Wording(NamedTuple):
    stamp: str
    base: str | None
    author: str
    at: int
    said: dict[str, Any]


def keep(db: sqlite3.Connection, event: Event, zone: Zone) -> list[Superseded]:
    """Keep what `event` says of an item, and return whom it overwrites, or by whom it was.

    What is known already changes nothing; of what was removed no wording is kept.
    """
    match event.body:
        case ItemRemove(item):
            db.execute("DELETE FROM item_revision WHERE item = ?", (item,))
        case ItemPut(content, named, base):
            item, said = named or event.id, msgspec.to_builtins(content)
            if registers.word(db, item, registers.REMOVED):
                return []
            del said["type"]
            one = _Wording(make_stamp(event.hlc, zone), base, event.author.uid, event.at, said)
            put = db.execute(
                "INSERT OR IGNORE INTO item_revision VALUES (?, ?, ?, ?, ?, ?)",
                (item, *one[:-1], msgspec.json.encode(said).decode()),
            )
            return [*_apart(db, item, one)] if put.rowcount else []
    return []


def _apart(db: sqlite3.Connection, item: str, one: _Wording) -> Iterator[Superseded]:
    row = db.execute("SELECT room, type FROM item WHERE id = ?", (item,)).fetchone()
    if row is None:
        return
    # Whom it overwrites comes behind its base, and what overwrites it behind itself.
    for other in _wordings(db, item, one.base or one.stamp):
        earlier, later = sorted((one, other), key=lambda each: each.stamp)
        fields = sorted(earlier.said.keys() & later.said.keys())
        fields = [name for name in fields if earlier.said[name] != later.said[name]]
        if not fields or earlier.author == later.author or later.base is None:
            continue
        if later.base < earlier.stamp:
            view = SupersededView(
                item=item,
                room=row[0],
                item_type=row[1],
                fields=fields,
                by=later.author,
                at=later.at,
                stamp=later.stamp,
            )
            yield Superseded(earlier.author, view)


def _wordings(db: sqlite3.Connection, item: str, behind: str = "") -> list[_Wording]:
    rows = db.execute(
        "SELECT stamp, base, author, at, said FROM item_revision WHERE item = ? AND stamp > ?"
        " ORDER BY stamp",
        (item, behind),
    )
    return [
        _Wording(stamp, base, author, at, msgspec.json.decode(said))
        for stamp, base, author, at, said in rows.fetchall()
    ]


def revisions_of(db: sqlite3.Connection, item: str) -> list[ItemRevision]:
    """Return what was said of an item, the first word first."""
    return [
        ItemRevision(
            stamp=each.stamp, base=each.base, author=each.author, at=each.at, content=each.said
        )
        for each in _wordings(db, item)
    ]

"""Items that the relay keeps back: in the zone that waits for them a place, and who decides.

What such an item says is known nowhere here.  Runs on the database thread and only reads.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wire import order
from wire.item_kinds import PREFIXES, TYPES
from zone.copy import registers
from zone.copy.messages import notice_of
from zone.copy.side import Side
from zone.copy.views import ItemView, Withdrawal

_TYPE_OF = {kind: name for name, kind in TYPES.items()}
_COLUMNS = "event, room, author, at, stamp, frontend"
# Behind its place there is an item once it was released.
_WAITING = "what = 'item.put' AND NOT EXISTS (SELECT 1 FROM item WHERE id = event)"


@dataclass(frozen=True, slots=True)
class ItemSpan:
    """Which items: of these types, up to `limit`, before a stamp, made `since` on."""

    types: Sequence[str]
    limit: int
    before: str | None = None
    since: int = 0  # milliseconds: when the reader joined, if they may see no earlier
    with_removed: bool = False
    saying: tuple[tuple[str, object], ...] = ()  # fields, and what they are to say
    only_current: bool = False  # without those whose time (`until`) is up


def find_held(db: sqlite3.Connection, side: Side, item: str) -> ItemView | None:
    """Return the place of an item that is held or was kept back for good, or None."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM held WHERE event = ? AND {_WAITING}",  # noqa: S608 - constants
        (item,),
    ).fetchone()
    return None if row is None else _place(db, side, row)


def held_in_room(
    db: sqlite3.Connection, side: Side, room: str | None, span: ItemSpan
) -> list[ItemView]:
    """Return the places of items of a room that are kept back, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM held WHERE room IS ? AND {_WAITING}"  # noqa: S608 - constants
        " AND stamp < ? AND at >= ? ORDER BY stamp DESC LIMIT ?",
        (room, span.before or order.END, span.since, span.limit),
    ).fetchall()
    places = (_place(db, side, row) for row in rows)
    return [
        view
        for view in places
        if view is not None
        and view.type in span.types
        and (span.with_removed or view.removed is None)
    ]


def _place(db: sqlite3.Connection, side: Side, row: Sequence[Any]) -> ItemView | None:
    item, room, author, at, stamp, frontend = row
    kind = PREFIXES.get(item[:2])
    said = registers.words(db, item, ("notice", registers.REMOVED))
    if kind is None or "notice" not in said:  # a change to an item, which shows as it last was
        return None
    removed = said.get(registers.REMOVED)
    return ItemView(
        id=item,
        type=_TYPE_OF[kind],
        room=room,
        zone=side.far.value,
        author=author,
        frontend=frontend,
        at=at,
        stamp=stamp,
        etag=said["notice"].stamp,
        content=None,
        removed=Withdrawal(*removed.value) if removed else None,
        delivery="delivered",
        notice=notice_of(said["notice"].value),
    )

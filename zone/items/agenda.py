"""Entries and bookings in the order in which they take place, and tasks by when they are due.

Runs on the database thread and only reads.  `rooms` are those that are looked at, each with
the time from which on its items may be seen.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wire.items import AgendaEntry, Task
from zone.copy import register_pieces
from zone.copy.registers import REMOVED
from zone.copy.side import Side
from zone.copy.states import EntryState, TaskState
from zone.copy.views import ItemView
from zone.items.items import item_views

Rooms = Mapping[str, int]

_STANDS = register_pieces.lacks("item.id", REMOVED)


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """Who asks, in which zone, when."""

    side: Side
    uid: str
    now: int


def between(
    db: sqlite3.Connection,
    asked: AgendaQuery,
    rooms: Rooms,
    types: Sequence[str],
    span: tuple[int, int],
) -> list[ItemView]:
    """Return what takes place in rooms in a time, the earliest first; the end is not part of it."""
    since, until = span
    rows = db.execute(
        f"""
        SELECT item.* FROM json_each(?) AS r
          JOIN item ON item.room = r.value AND item.type IN (SELECT value FROM json_each(?))
          {register_pieces.joined("s", "item.id", "starts")}
          {register_pieces.joined("e", "item.id", "ends")}
         WHERE {register_pieces.number("s")} < ? AND {register_pieces.number("e")} > ? AND {_STANDS}
         ORDER BY {register_pieces.number("s")}, item.id
        """,  # noqa: S608 - pieces
        (_json(list(rooms)), _json(list(types)), until, since),
    ).fetchall()
    return _views(db, asked, rooms, rows)


def own_entries(
    db: sqlite3.Connection, asked: AgendaQuery, rooms: Rooms, span: tuple[int, int]
) -> list[ItemView]:
    """Return the asker's agenda: what is for all of a room, or for them, unless they said no."""
    found = between(db, asked, rooms, ("entry",), span)
    return [view for view in found if _concerns(view, asked.uid)]


def _concerns(view: ItemView, uid: str) -> bool:
    content, state = view.content, view.state
    if not isinstance(content, AgendaEntry) or not isinstance(state, EntryState) or uid in state.no:
        return False
    is_his = uid in (view.author, *state.yes, *state.maybe)
    return is_his or not content.invited or uid in content.invited


def own_tasks(
    db: sqlite3.Connection, asked: AgendaQuery, rooms: Rooms, *, is_done: bool | None
) -> list[ItemView]:
    """Return what the asker has to do in all their rooms, what is due first; `None` for all."""
    rows = db.execute(
        f"""
        SELECT item.* FROM json_each(?) AS r
          JOIN item ON item.room = r.value AND item.type = 'task'
          {register_pieces.joined("a", "item.id", "assignees")}
         WHERE {register_pieces.lists("a")} AND {_STANDS}
        """,  # noqa: S608 - pieces
        (_json(list(rooms)), asked.uid),
    ).fetchall()
    found = _views(db, asked, rooms, rows)
    wanted = [v for v in found if is_done in (None, _is_done(v, asked.uid))]
    return sorted(wanted, key=_due)


def _is_done(view: ItemView, uid: str) -> bool:
    state = view.state
    return isinstance(state, TaskState) and (state.done or uid not in state.waiting)


def _due(view: ItemView) -> tuple[int, str]:
    due = view.content.due if isinstance(view.content, Task) else None
    return due or 2**53, view.stamp


def _views(
    db: sqlite3.Connection, asked: AgendaQuery, rooms: Rooms, rows: list[Any]
) -> list[ItemView]:
    found = item_views(db, asked.side, rows, asked.uid, now=asked.now)
    return [view for view in found if view.at >= rooms[view.room or ""]]


def shelves(db: sqlite3.Connection, room: str, field: str, *, since: int) -> list[tuple[str, int]]:
    """Return the folders or categories of a room by name, and how many items are in each."""
    rows = db.execute(
        f"""
        SELECT {register_pieces.text("shelf")} AS name, count(*) FROM item
          {register_pieces.joined("shelf", "item.id", field)}
         WHERE item.room = ? AND item.at >= ? AND name <> '' AND {_STANDS}
         GROUP BY name ORDER BY name
        """,  # noqa: S608 - pieces
        (room, since),
    )
    return rows.fetchall()


def _json(names: list[str]) -> str:
    return msgspec.json.encode(names).decode()

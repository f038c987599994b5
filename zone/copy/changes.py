"""The latest change made here to each thing, and how far it got on its way to the other zone.

What is shown with a thing is its latest change; or, where that has arrived, an earlier one that
was held or refused and whose words still stand here: then the other zone shows something else.
Every function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from wire.lane import Zone
from wire.merge import MEMBER, field_name
from zone.copy.change_views import ChangeView
from zone.copy.deliveries import (
    ON_WAY,
    Row,
    acked_of,
    fate_of_row,
    find_row,
    first_row,
    rows_where,
    still_stands,
)
from zone.copy.directory_views import OrgView, RoomView, TenantView, UserView
from zone.copy.side import Side
from zone.copy.views import MemberView

View = TypeVar("View", RoomView, UserView, OrgView, TenantView)

# How much of what was left lying is looked at with a thing; more than anybody leaves.
_MAX_OPEN: Final = 16


def latest(db: sqlite3.Connection, side: Side, name: str, acked: int) -> ChangeView | None:
    """Return the latest change made here to something, or None if none was that leaves."""
    newest = first_row(db, "about = ? AND follow IS NULL ORDER BY seq DESC LIMIT 1", name)
    made = None
    if newest is None or newest.is_settled:
        made = find_row(db, name)
    if newest is None:
        return None if made is None else _view(made, acked)
    if newest.verdict is None:
        return _view(newest, acked)
    found = _left_lying(db, side.zone, name)
    if found is None and made is not None and not made.is_settled:
        found = made
    return _view(found or newest, acked)


def _left_lying(db: sqlite3.Connection, zone: Zone, name: str) -> Row | None:
    """Return the latest change that was held or refused and whose words still stand here."""
    where = f"about = ? AND {ON_WAY} ORDER BY seq DESC LIMIT {_MAX_OPEN}"
    return next((row for row in rows_where(db, where, name) if _is_open(db, zone, row)), None)


def _is_open(db: sqlite3.Connection, zone: Zone, row: Row) -> bool:
    return row.verdict is not None and (row.said is None or still_stands(db, zone, row.said))


def _view(row: Row, acked: int) -> ChangeView:
    return ChangeView(act=row.event, by=row.author, **fate_of_row(row, acked))


def on_way(db: sqlite3.Connection, side: Side, names: Iterable[str]) -> dict[str, ChangeView]:
    """Return the latest changes made here to these that have not arrived, for lists of many."""
    acked = acked_of(db, side)
    where = f"about IN (SELECT value FROM json_each(?)) AND {ON_WAY} ORDER BY seq"  # noqa: S608 - a constant
    rows = rows_where(db, where, msgspec.json.encode(list(names)).decode())
    return {
        row.about or "": _view(row, acked)
        for row in rows
        if row.verdict is None or _is_open(db, side.zone, row)
    }


def with_change(db: sqlite3.Connection, side: Side, view: View) -> View:
    """Return a view of a room, somebody, a municipality or a section with its latest change."""
    return replace(view, change=latest(db, side, view.id, acked_of(db, side)))


def with_changes(db: sqlite3.Connection, side: Side, views: Sequence[View]) -> list[View]:
    """Return views of such things, each with its latest change that has not arrived."""
    found = on_way(db, side, (view.id for view in views))
    return [replace(view, change=found[view.id]) if view.id in found else view for view in views]


def members_with_changes(
    db: sqlite3.Connection, side: Side, room: str, members: Sequence[MemberView]
) -> list[MemberView]:
    """Return the members of a room, each with a change to their part that has not arrived."""
    found = of_parts(db, side, room, acked_of(db, side))
    names = (field_name(MEMBER, member.user) for member in members)
    pairs = zip(members, names, strict=True)
    return [replace(one, change=found[name]) if name in found else one for one, name in pairs]


def of_parts(db: sqlite3.Connection, side: Side, name: str, acked: int) -> dict[str, ChangeView]:
    """Return what was changed here of a thing's reactions, pins and answers and is not there yet.

    By the field that it is of (`zone.copy.registers`): what has arrived is left out.
    """
    where = f"about BETWEEN ? AND ? AND {ON_WAY} ORDER BY about, seq"
    return {
        (row.about or "")[len(name) + 1 :]: _view(row, acked)
        for row in rows_where(db, where, f"{name}:", f"{name};")
        if row.verdict is None or _is_open(db, side.zone, row)
    }

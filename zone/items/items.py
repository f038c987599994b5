"""Items as they stand now, and what people answered to them.

Runs on the database thread and only reads.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wire import order
from wire.item_kinds import PREFIXES, TYPES
from wire.items import Content
from zone.copy import changes, files, register_pieces, registers
from zone.copy.change_views import ChangeView
from zone.copy.deliveries import acked_of
from zone.copy.messages import fate_of
from zone.copy.register_pieces import is_past
from zone.copy.registers import REMOVED
from zone.copy.side import Side
from zone.copy.states import StoredFileState
from zone.copy.views import FileView, ItemView, Withdrawal
from zone.items import held_items, item_answers
from zone.items.held_items import ItemSpan as ItemSpan
from zone.items.kinds import state_of
from zone.items.responses import own_responses

# Fields of an item's registers that are not its content.  Names of answers have a colon.
_BESIDE = frozenset({REMOVED, "notice"})


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item stands, and whose it is."""

    room: str | None
    type: str
    zone: str
    author: str
    at: int


def item_place(db: sqlite3.Connection, item: str) -> ItemPlace | None:
    """Return where an item stands, or None."""
    row = db.execute("SELECT room, type, zone, author, at FROM item WHERE id = ?", (item,))
    found = row.fetchone()
    return None if found is None else ItemPlace(*found)


@dataclass(frozen=True, slots=True)
class Owner:
    """Where the message or item stands that a file is of."""

    room: str | None
    at: int


def owner_of(db: sqlite3.Connection, name: str) -> Owner | None:
    """Return where a message or an item stands, or None."""
    row = db.execute(
        "SELECT room, at FROM message WHERE id = ?1 UNION ALL"
        " SELECT room, at FROM item WHERE id = ?1",
        (name,),
    ).fetchone()
    return None if row is None else Owner(*row)


@dataclass(frozen=True, slots=True)
class ItemRegisters:
    """The latest word on each field of an item: what it says, and what was said beside that."""

    said: dict[str, Any]
    beside: dict[str, Any]
    stamp: str  # of the last of them

    def content(self, kind: str) -> Content:
        """Return what the item says; it is of the kind named `kind`."""
        content: Any = msgspec.convert(self.said | {"type": kind}, TYPES[kind])
        return content  # type: ignore[no-any-return] # one of the union, by the table


def registers_of_item(db: sqlite3.Connection, item: str) -> ItemRegisters:
    """Return what was said of an item, without the answers, of which there may be thousands."""
    fields = [*PREFIXES[item[:2]].__struct_fields__, *_BESIDE]
    found = registers.words(db, item, fields)
    said = {field: word.value for field, word in found.items()}
    beside = {field: said.pop(field) for field in _BESIDE if field in said}
    return ItemRegisters(said, beside, max((word.stamp for word in found.values()), default=""))


def find_item(
    db: sqlite3.Connection, side: Side, item: str, asker: str | None = None, *, now: int
) -> ItemView | None:
    """Return an item, or None; with what `asker` answered, if one is named."""
    rows = db.execute("SELECT * FROM item WHERE id = ?", (item,)).fetchall()
    if not rows:
        return held_items.find_held(db, side, item)
    return item_views(db, side, rows, asker, now=now)[0]


def item_views(
    db: sqlite3.Connection, side: Side, rows: Sequence[Any], asker: str | None = None, *, now: int
) -> list[ItemView]:
    """Return the items in `rows` as they stand now."""
    acked = acked_of(db, side)
    return [_view(db, side, row, acked, asker, now) for row in rows]


def _view(
    db: sqlite3.Connection, side: Side, row: Any, acked: int, asker: str | None, now: int
) -> ItemView:
    item, room, kind, zone, author, at, stamp, frontend = row
    said = registers_of_item(db, item)
    removed = said.beside.get(REMOVED)
    change = changes.latest(db, side, item, acked)
    answered, seen = item_answers.count_answers(db, item)
    content = None if removed else said.content(kind)
    comes_to = None if content is None else state_of(db, item, author, content, now)
    return ItemView(
        id=item,
        type=kind,
        room=room,
        zone=zone,
        author=author,
        at=at,
        stamp=stamp,
        frontend=frontend,
        etag=said.stamp,
        content=content,
        state=comes_to,
        removed=Withdrawal(*removed) if removed else None,
        files=[] if removed else _in_order(files.of_message(db, item), comes_to),
        answers=answered,
        seen=seen,
        mine=own_responses(db, item, asker) if asker else {},
        **fate_of(change, is_ours=zone == side.zone),
        change=change,
        part_changes=_own_changes(db, side, item, asker, acked),
    )


def _own_changes(
    db: sqlite3.Connection, side: Side, item: str, asker: str | None, acked: int
) -> dict[str, ChangeView]:
    """Return what somebody answered to an item that has not arrived, by part."""
    if asker is None:
        return {}
    found = changes.of_parts(db, side, item, acked)
    parts = ((field.partition(":"), change) for field, change in found.items())
    return {part: change for (part, _, user), change in parts if user == asker}


def _in_order(found: list[FileView], comes_to: object) -> list[FileView]:
    """Return the versions of a stored file, the latest first."""
    if not isinstance(comes_to, StoredFileState):
        return found
    numbers = {version.file: version.number for version in comes_to.versions}
    return sorted(found, key=lambda file: numbers.get(file.id, 0), reverse=True)


def items_in_room(
    db: sqlite3.Connection, side: Side, room: str | None, span: ItemSpan, asker: str, *, now: int
) -> list[ItemView]:
    """Return items of a room, or calls where there is none, the newest first."""
    marks = ",".join("?" * len(span.types))
    saying = f" AND {register_pieces.says('item.id')}"
    said = [(field, registers.encoded(value)) for field, value in span.saying]
    rows = db.execute(
        f"SELECT * FROM item WHERE room IS ? AND type IN ({marks})"  # noqa: S608 - question marks and pieces
        f" AND stamp < ? AND at >= ? AND (? OR {register_pieces.lacks('item.id', REMOVED)})"
        f" AND NOT (? AND {is_past('item.id', 'until')})"
        f"{saying * len(said)} ORDER BY stamp DESC LIMIT ?",
        (
            room,
            *span.types,
            span.before or order.END,
            span.since,
            span.with_removed,
            span.only_current,
            now,
            *(part for pair in said for part in pair),
            span.limit,
        ),
    ).fetchall()
    found = item_views(db, side, rows, asker, now=now)
    if span.saying:  # nobody knows what is held says
        return found
    held = held_items.held_in_room(db, side, room, span)
    return sorted([*found, *held], key=lambda view: view.stamp, reverse=True)[: span.limit]


def broadcasts_for(
    db: sqlite3.Connection,
    side: Side,
    asker: str,
    names: Sequence[str],
    *,
    limit: int,
    before: str | None = None,
    now: int,
) -> list[ItemView]:
    """Return the broadcasts of these names, latest first, as the asker sees them."""
    seen = msgspec.json.encode(names).decode()
    rows = db.execute(
        "SELECT * FROM item WHERE room IS NULL AND type = 'broadcast' AND stamp < ?1"  # noqa: S608 - a piece
        " AND id IN (SELECT value FROM json_each(?2))"
        f" AND {register_pieces.lacks('item.id', REMOVED)} ORDER BY stamp DESC LIMIT ?3",
        (before or order.END, seen, limit),
    ).fetchall()
    return item_views(db, side, rows, asker, now=now)

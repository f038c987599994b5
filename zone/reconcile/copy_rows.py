"""The rows of a copy that both zones have, in an order that both know: what is compared.

    messages and items   as they were said and made; no message of which the text is held
    files of messages    that they are there, and no more
    births               what fixed rooms, people, municipalities and sections
    registers            the latest word on each field of all of these

Rooms of one zone are not among them, nor what is said there; nor how far people have read, what
became of a file, and notices of the relay: those are each zone's own.  Of a message that
was taken back only that it was counts: its text is on its way out of both copies.

A page is all objects of a kind whose ids begin alike: a quarter of an hour of what was said.
Rows are read a few hundred at a time: nothing waits for longer than that takes.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from wire.ids import ID_LENGTH
from zone.copy import register_rows, registers
from zone.copy.journal import in_json, place_of, sum_of

SLICE: Final = 50  # rows: half a millisecond to read, and one to two to hash
PAGE_LENGTH: Final = 9  # `ms_` and six characters: 17.5 minutes
_PAGES_AT_ONCE: Final = 20
# Fields that no event says, for what is in tables of its own.
MESSAGE, ITEM, BIRTH = "(message)", "(item)", "(birth)"

# What is each zone's own: the words on files and the relay's notices.
_OWN_FIELDS: Final = frozenset({"notice", "file"})
_BEHIND_ALL: Final = "~"


class CopyRow(NamedTuple):
    """A row: of what, the stamp of the event that said it, and what it says."""

    object: str
    field: str
    stamp: str
    content: Any

    @property
    def place(self) -> str:
        """Where it is in the order of the copy."""
        return place_of(self.object, self.field)

    @property
    def sum(self) -> int:
        """The number that stands for it; those of a span are added up."""
        return int.from_bytes(sum_of(self.object, self.field, self.stamp, self.content))


class Cursor(NamedTuple):
    """How far a page was read: in which of its parts, and behind which object and field."""

    part: int = 0
    object: str = ""
    field: str = ""


def page_of(name: str) -> str:
    """Return the page on which an object is."""
    return name[:PAGE_LENGTH]


def end_of(page: str) -> str:
    """Return what sorts behind every object of a page, and before the next page."""
    return page + _BEHIND_ALL


def last_place(page: str) -> str:
    """Return the last place that a row of a page can have."""
    return page.ljust(ID_LENGTH, "z") + ":" + "f" * 16


def before_pages(place: str) -> str:
    """Return what lies before all pages that have something behind a place, and before no other."""
    page = page_of(place)
    return end_of(page) if place >= last_place(page) else page


def next_page(db: sqlite3.Connection, after: str) -> str | None:
    """Return the first page behind `after`, or None."""
    found = [
        db.execute(f"SELECT min(id) FROM {table} WHERE id > ?", (after,)).fetchone()[0]  # noqa: S608 - constants
        for table in ("message", "item", "birth")
    ]
    found.append(register_rows.first_object(db, after))
    names = [name for name in found if name is not None]
    return page_of(min(names)) if names else None


def next_pages(db: sqlite3.Connection, after: str) -> list[str]:
    """Return the next pages behind `after`, a score at most."""
    found: list[str] = []
    page = next_page(db, after)
    while page is not None and len(found) < _PAGES_AT_ONCE:
        found.append(page)
        page = next_page(db, end_of(page))
    return found


def apart(db: sqlite3.Connection, page: str) -> frozenset[str]:
    """Return the objects of a page that are in one zone only."""
    span = (page, end_of(page))
    found = [
        db.execute(
            f"SELECT {table}.id FROM {table} JOIN birth ON birth.id = {table}.room"  # noqa: S608 - constants
            f" WHERE {table}.id BETWEEN ? AND ? AND birth.scope <> 'shared'",
            span,
        ).fetchall()
        for table in ("message", "item")
    ]
    found.append(
        db.execute(
            "SELECT id FROM birth WHERE id BETWEEN ? AND ? AND scope <> 'shared'", span
        ).fetchall()
    )
    return frozenset(name for rows in found for (name,) in rows)


def read_slice(
    db: sqlite3.Connection, page: str, cursor: Cursor
) -> tuple[list[CopyRow], Cursor | None]:
    """Return the next rows of a page, and where to go on; None at its end."""
    part = _PARTS[cursor.part]
    rows = part(db, cursor.object or page, cursor.field, end_of(page))
    if len(rows) == SLICE:
        return _counted(rows), Cursor(cursor.part, rows[-1].object, rows[-1].field)
    following = cursor.part + 1
    return _counted(rows), Cursor(following) if following < len(_PARTS) else None


def _counted(rows: Iterable[CopyRow]) -> list[CopyRow]:
    return [row for row in rows if not _is_own(row)]


def _is_own(row: CopyRow) -> bool:
    return row.field in _OWN_FIELDS


def _messages(db: sqlite3.Connection, after: str, _: str, before: str) -> list[CopyRow]:
    rows = db.execute(
        "SELECT id, stamp, room, zone, author, at, text, reply_to, thread,"
        " (SELECT json_group_array(fid) FROM"
        " (SELECT fid FROM file WHERE file.message = message.id ORDER BY fid)), more FROM message"
        " WHERE id > ? AND id < ? AND text IS NOT NULL ORDER BY id LIMIT ?",
        (after, before, SLICE),
    )
    return [CopyRow(row[0], MESSAGE, row[1], (*row[2:-1], in_json(row[-1]))) for row in rows]


def _items(db: sqlite3.Connection, after: str, _: str, before: str) -> list[CopyRow]:
    rows = db.execute(
        "SELECT id, stamp, room, type, zone, author, at FROM item"
        " WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
        (after, before, SLICE),
    )
    return [CopyRow(row[0], ITEM, row[1], row[2:]) for row in rows]


def _births(db: sqlite3.Connection, after: str, _: str, before: str) -> list[CopyRow]:
    rows = db.execute(
        "SELECT id, stamp, zone, maker, kind, scope, at FROM birth"
        " WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
        (after, before, SLICE),
    )
    return [CopyRow(row[0], BIRTH, row[1], row[2:]) for row in rows]


def _words(db: sqlite3.Connection, after: str, field: str, before: str) -> list[CopyRow]:
    rows = register_rows.rows_behind(db, after, field, before, SLICE)
    return [CopyRow(row.object, row.field, row.stamp, in_json(row.value)) for row in rows]


_Part = Callable[[sqlite3.Connection, str, str, str], list[CopyRow]]
_PARTS: Final[Sequence[_Part]] = (_messages, _items, _births, _words)


def without_withdrawn(rows: Sequence[CopyRow]) -> list[CopyRow]:
    """Return the rows of a page; of what was taken back, that it was."""
    gone = {row.object for row in rows if row.field == registers.WITHDRAWN}
    return [row for row in rows if row.object not in gone or row.field == registers.WITHDRAWN]

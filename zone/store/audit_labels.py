"""What this zone can add to the audit log, which has ids and hashes only: names, and the end.

Every function runs inside a read of the zone's store, or of a copy of it.  None of them returns
what was said.
"""

import sqlite3
from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta, Struct

from wire.ids import FILE, FRONTEND
from zone.copy import register_rows, registers

MAX_ASKED: Final = 1_000
MAX_NAME: Final = 200
# Of one name: two rooms of a city may be called alike, and a file is often called 資料.pdf.
MAX_FOUND: Final = 1_000

Asked = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class LabelQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: what these ids are called, what bears these names, and of one message."""

    ids: Annotated[list[Asked], Meta(max_length=MAX_ASKED)] = []
    names: Annotated[list[Asked], Meta(max_length=10)] = []
    message: Asked | None = None


class MessageEnd(Struct, frozen=True):
    """Where a message stands in this zone; times in milliseconds since 1970.

    `verdict` is what its sender was told, in the zone in which it was made.
    """

    zone: str
    room: str
    author: str
    made_at: int
    readable_at: int
    is_withdrawn: bool
    verdict: str | None = None
    reason: str | None = None


class LabelAnswer(Struct, frozen=True):
    """The names by id, the ids by name, and the end of the message, as far as they are known."""

    labels: dict[str, str]
    found: dict[str, list[str]]
    message: MessageEnd | None = None


def answer(db: sqlite3.Connection, asked: LabelQuestion) -> LabelAnswer:
    """Return what this zone knows of what is asked."""
    return LabelAnswer(
        labels=_labels(db, asked.ids),
        found={name: _named(db, name) for name in asked.names},
        message=None if asked.message is None else _end(db, asked.message),
    )


def _labels(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, str]:
    labels = {}
    for name in ids:
        match name[:2]:
            case prefix if prefix == FILE:
                row = db.execute("SELECT name FROM file WHERE fid = ?", (name,)).fetchone()
                found = None if row is None else row[0]
            case prefix if prefix == FRONTEND:
                row = db.execute("SELECT name FROM frontend WHERE id = ?", (name,)).fetchone()
                found = None if row is None else row[0]
            case _:
                found = registers.value(db, name, "name")
        if isinstance(found, str):
            labels[name] = found
    return labels


def _named(db: sqlite3.Connection, name: str) -> list[str]:
    files = db.execute(
        "SELECT fid FROM file WHERE name = ? ORDER BY at LIMIT ?", (name, MAX_FOUND)
    ).fetchall()
    said = registers.encoded(name)
    objects = register_rows.objects_holding(db, "name", said, MAX_FOUND)
    return [*objects, *(fid for (fid,) in files)]


def _end(db: sqlite3.Connection, message: str) -> MessageEnd | None:
    row = db.execute(
        "SELECT zone, room, author, at, arrived FROM message WHERE id = ?", (message,)
    ).fetchone()
    if row is None:
        return None
    told = db.execute("SELECT verdict, reason FROM delivery WHERE event = ?", (message,)).fetchone()
    zone, room, author, made_at, readable_at = row
    verdict, reason = told or (None, None)
    is_withdrawn = registers.word(db, message, registers.WITHDRAWN) is not None
    return MessageEnd(zone, room, author, made_at, readable_at, is_withdrawn, verdict, reason)

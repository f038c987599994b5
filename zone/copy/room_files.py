"""The files of a room: those of its messages and of its items.

Runs on the database thread and only reads.
"""

import sqlite3
from dataclasses import dataclass

from msgspec import Struct

from wire import order
from zone.copy import files
from zone.copy.views import FileView


class RoomFile(Struct, frozen=True):
    """A file, the message or item whose it is, and who said that when."""

    file: FileView
    owner: str
    author: str
    at: int


class RoomFiles(Struct, frozen=True):
    """A page of the files of a room, the latest first; `next` leads on to earlier ones."""

    items: list[RoomFile]
    next: str | None


@dataclass(frozen=True, slots=True)
class FilesSpan:
    """Which files: up to `limit` of what was said `since` on, behind a page (stamp, place)."""

    limit: int
    since: int
    next: str | None


def files_of_room(db: sqlite3.Connection, room: str, span: FilesSpan) -> RoomFiles:
    """Return files of a room; what was withdrawn is not among them."""
    stamp, _, place = (span.next or f"{order.END}-0").partition("-")
    rows = db.execute(
        f"""
        SELECT owner.id, owner.author, owner.at, owner.stamp, file.place, {files.COLUMNS}
          FROM (SELECT id, author, at, stamp FROM message WHERE room = ?1
                 UNION ALL SELECT id, author, at, stamp FROM item WHERE room = ?1) AS owner
          JOIN file ON file.message = owner.id
         WHERE owner.at >= ?2 AND file.state <> 'withdrawn'
           AND (owner.stamp < ?3 OR (owner.stamp = ?3 AND file.place > ?4))
         ORDER BY owner.stamp DESC, file.place LIMIT ?5
        """,  # noqa: S608 - our own column names
        (room, span.since, stamp, int(place), span.limit),
    ).fetchall()
    items = [RoomFile(files.view(row[5:]), *row[:3]) for row in rows]
    return RoomFiles(items, f"{rows[-1][3]}-{rows[-1][4]}" if len(rows) == span.limit else None)

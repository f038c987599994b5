"""What people look at: timelines, who has read, and where to start from.

Runs on the database thread and only reads.  Rights come in as values, since the
directory may change meanwhile.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from wire.merge import READ, field_name
from zone.copy import files, registers
from zone.copy.messages import (
    MessagePlace,
    TimelineSpan,
    message_place,
    message_views,
    read_timeline,
)
from zone.copy.side import Side
from zone.copy.views import FileView, MessageView
from zone.items.items import Owner, owner_of

# Beyond this a frontend shows "99+": counting on would cost time and tell nobody anything.
MAX_UNREAD = 100


class TimelinePage(Struct, frozen=True):
    """A page of a timeline.  `next` leads on in the direction asked for, or is null at its end."""

    items: list[MessageView]
    next: str | None


@dataclass(frozen=True, slots=True)
class TimelinePart:
    """Which part of a timeline: up to `limit` messages before, after or around a message."""

    limit: int
    before: str | None = None
    after: str | None = None
    around: str | None = None
    next: str | None = None


def page(
    db: sqlite3.Connection, side: Side, room: str, since: int, wanted: TimelinePart
) -> TimelinePage | None:
    """Return part of a room from `since` on, or None if it names a message not seen there."""
    if wanted.next is not None:
        way, at = wanted.next[0], wanted.next[1:]
        return _walk(
            db,
            side,
            room,
            since,
            wanted.limit,
            before=at if way == "b" else None,
            after=at if way == "a" else None,
        )
    anchor = wanted.before or wanted.after or wanted.around
    if anchor is None:
        return _walk(db, side, room, since, wanted.limit)
    found = message_place(db, anchor)
    if found is None or found.room != room or found.at < since:
        return None
    if wanted.around is not None:
        return _around(db, side, found, since, wanted.limit)
    return _walk(
        db,
        side,
        room,
        since,
        wanted.limit,
        before=found.stamp if wanted.before else None,
        after=found.stamp if wanted.after else None,
    )


def _walk(
    db: sqlite3.Connection,
    side: Side,
    room: str,
    since: int,
    limit: int,
    *,
    before: str | None = None,
    after: str | None = None,
) -> TimelinePage:
    items = read_timeline(
        db, side, room, TimelineSpan(limit, before=before, after=after, since=since)
    )
    if len(items) < limit:
        return TimelinePage(items, None)
    return TimelinePage(items, f"a{items[-1].stamp}" if after else f"b{items[0].stamp}")


def _around(
    db: sqlite3.Connection, side: Side, anchor: MessagePlace, since: int, limit: int
) -> TimelinePage:
    earlier = TimelineSpan((limit - 1) // 2, before=anchor.stamp, since=since)
    rows = db.execute(
        "SELECT * FROM message WHERE room = ? AND stamp = ?", (anchor.room, anchor.stamp)
    ).fetchall()
    later = TimelineSpan(limit - 1 - earlier.limit, after=anchor.stamp, since=since)
    items = [
        *read_timeline(db, side, anchor.room, earlier),
        *message_views(db, side, rows),
        *read_timeline(db, side, anchor.room, later),
    ]
    return TimelinePage(items, None)


def read_by(
    db: sqlite3.Connection, name: str
) -> tuple[MessagePlace, dict[str, tuple[str, int]]] | None:
    """Return where a message stands and who has read it: user -> (last read, when)."""
    found = message_place(db, name)
    return None if found is None else (found, registers.readers(db, found.room, found.stamp))


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file, who uploaded it, and where the message that has it stands."""

    view: FileView
    uploader: str
    place: Owner | None


def file(db: sqlite3.Connection, name: str) -> FileFound | None:
    """Return a file, whoever may see it."""
    found = files.find(db, name)
    if found is None:
        return None
    view, of, uploader = found
    return FileFound(view, uploader, owner_of(db, of) if of else None)


class ReadPosition(Struct, frozen=True):
    """How far somebody is with a room."""

    room: str
    unread: int
    read: str | None


def readings(db: sqlite3.Connection, uid: str, rooms: Mapping[str, int]) -> list[ReadPosition]:
    """Return the reading position of somebody in each room that they see, and from when on."""
    return [_reading(db, uid, room, since) for room, since in rooms.items()]


def _reading(db: sqlite3.Connection, uid: str, room: str, since: int) -> ReadPosition:
    position = registers.word(db, room, field_name(READ, uid))
    read, at = (position.value[0], position.stamp) if position else (None, "")
    (unread,) = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM message"
        " WHERE room = ? AND stamp > ? AND at >= ? AND author <> ? LIMIT ?)",
        (room, at, since, uid, MAX_UNREAD),
    ).fetchone()
    return ReadPosition(room, unread, read)

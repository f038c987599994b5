"""What people look at: timelines, who has read, and where to start from.

Runs on the database thread and only reads.  Rights come in as values, since the
directory may change meanwhile.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from wire.lane import Zone
from wire.order import last_place
from zone.copy import deliveries, files, readings, unread
from zone.copy.messages import (
    MessagePlace,
    TimelineSpan,
    message_place,
    message_views,
    read_timeline,
)
from zone.copy.readings import ReadMessage
from zone.copy.side import Side
from zone.copy.views import FileView, MessageView
from zone.items.items import Owner, owner_of


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


def first_reads(
    db: sqlite3.Connection, side: Side, name: str, place: MessagePlace, users: Sequence[str]
) -> dict[str, int]:
    """Return who of `users` has read a message, and when first: not before it was written.

    Where the clocks of the zones differ, one who read it at once seems to have read it earlier.
    """
    has_arrived = deliveries.has_arrived(db, name)
    message = ReadMessage(name, place.room, Zone(place.zone), place.stamp, has_arrived)
    found = readings.first_reads(db, side.zone, message, users)
    return {user: max(at, place.at) for user, at in found.items()}


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
    """How far somebody is with a room, and what is unread in it: 100 are 100 or more.

    They have read what has the stamp of its zone here, or an earlier one; `read` is the message
    up to which they looked last.  `first_unread` is where to go on, `late` what came to stand
    before what they have read: timelines begin `around` each.
    """

    room: str
    unread: int
    mentions: int
    threads: int
    read: str | None
    lgwan: str
    internet: str
    first_unread: str | None
    late: list[str]


def positions(
    db: sqlite3.Connection, side: Side, uid: str, rooms: Mapping[str, int]
) -> list[ReadPosition]:
    """Return the reading position of somebody in each room that they see, and from when on."""
    return [position(db, side, uid, room, since) for room, since in rooms.items()]


def position(db: sqlite3.Connection, side: Side, uid: str, room: str, since: int) -> ReadPosition:
    """Return how far somebody is with a room of which they see what was said `since` then."""
    counts = readings.furthest(db, room, uid)
    found = unread.unread_in(db, side, room, uid, since)
    return ReadPosition(
        room,
        found.count,
        found.mentions,
        found.threads,
        readings.last_named(db, room, uid),
        last_place(counts.lgwan, Zone.LGWAN),
        last_place(counts.internet, Zone.INTERNET),
        found.first,
        found.late,
    )

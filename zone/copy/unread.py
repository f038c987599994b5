"""What somebody has yet to read in a room: counted, and where it begins.

Left out is what they said themselves, what was withdrawn or deleted, and what the relay still
holds.  Most of it is one walk over an index, behind how far they have read of each zone.  What
may be unread before that is looked at one by one: messages that some reading passed over, and
messages of this zone that never reached the other one, whose readings there cover nothing of it.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from wire.lane import Zone
from wire.order import last_place
from zone.copy import deliveries, readings, register_pieces
from zone.copy.readings import Counts, ReadMessage
from zone.copy.registers import WITHDRAWN
from zone.copy.side import Side

# Beyond this a frontend shows "99+": counting on would cost time and tell nobody anything.
MAX_UNREAD: Final = 100

_COLUMNS: Final = "id, stamp, zone, thread, more, late"
_READABLE: Final = (
    f"text IS NOT NULL AND author <> ?2 AND at >= ?3 AND {register_pieces.lacks('id', WITHDRAWN)}"
)


class Unread(Struct, frozen=True):
    """How much is unread, and the oldest of it.

    `mentions` of it name the reader, `threads` of it are in threads.  `late` are those that came
    to stand before what was read already.
    """

    count: int
    mentions: int
    threads: int
    first: str | None
    late: list[str]


def unread_in(db: sqlite3.Connection, side: Side, room: str, uid: str, since: int) -> Unread:
    """Return what somebody, who sees what was said `since` then, has yet to read in a room."""
    counts = readings.furthest(db, room, uid)
    passed_over = _passed_over(db, side, room, uid, since, counts)
    rows = sorted(passed_over + _behind(db, room, uid, since, counts), key=lambda row: row[1])
    rows = rows[:MAX_UNREAD]
    return Unread(
        len(rows),
        sum(1 for row in rows if row[4] and uid in _mentions(row[4])),
        sum(1 for row in rows if row[3] is not None),
        rows[0][0] if rows else None,
        [row[0] for row in rows if row[5]],
    )


def _behind(db: sqlite3.Connection, room: str, uid: str, since: int, counts: Counts) -> list[Any]:
    """Return what was said behind how far they have read of either zone."""
    places = [last_place(counts.of(zone), zone) for zone in (Zone.LGWAN, Zone.INTERNET)]
    (heard,) = db.execute("SELECT heard FROM counter").fetchone()
    # Where nothing ever came from the other zone, nothing of it is looked for.
    begin = min(places) if heard else max(places)
    return db.execute(
        f"SELECT {_COLUMNS} FROM message INDEXED BY message_place"  # noqa: S608 - pieces
        f" WHERE room = ?1 AND stamp > ?4 AND {_READABLE}"
        " AND stamp > CASE zone WHEN 'lgwan' THEN ?5 ELSE ?6 END ORDER BY stamp LIMIT ?7",
        (room, uid, since, begin, *places, MAX_UNREAD),
    ).fetchall()


def _passed_over(
    db: sqlite3.Connection, side: Side, room: str, uid: str, since: int, counts: Counts
) -> list[Any]:
    """Return what stands before that and was not there when they looked, and is now."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM message WHERE id IN ("  # noqa: S608 - pieces
        "SELECT message FROM unseen WHERE room = ?1 AND user = ?2 UNION SELECT event FROM delivery"
        " WHERE room = ?1 AND verdict IN ('held', 'refused'))"
        f" AND room = ?1 AND {_READABLE}",
        (room, uid, since),
    ).fetchall()
    return [
        row
        for row in rows
        if row[1] <= last_place(counts.of(Zone(row[2])), Zone(row[2]))
        and not _is_read(db, side, room, uid, row)
    ]


def _is_read(db: sqlite3.Connection, side: Side, room: str, uid: str, row: Sequence[Any]) -> bool:
    has_arrived = deliveries.has_arrived(db, row[0])
    message = ReadMessage(row[0], room, Zone(row[2]), row[1], has_arrived)
    return bool(readings.first_reads(db, side.zone, message, [uid]))


def _mentions(more: str) -> list[str]:
    return msgspec.json.decode(more, type=_Mentions).mentions


class _Mentions(Struct):
    mentions: list[str] = []

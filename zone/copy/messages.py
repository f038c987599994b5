"""Messages as they stand now: what was said, and all that was said about it since."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wire import order
from wire.merge import REACTION
from wire.message_parts import CallNotice, Forwarded, Location
from zone.copy import changes, files, register_pieces, registers
from zone.copy.change_views import ChangeView
from zone.copy.deliveries import acked_of
from zone.copy.hold_words import end_words, hold_view
from zone.copy.side import Side
from zone.copy.views import MessageView, NoticeView, Withdrawal


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """Which part of a timeline: messages `since` on of up to `limit`, around a stamp."""

    limit: int
    before: str | None = None
    after: str | None = None
    since: int = 0  # milliseconds: when the reader joined, if they may see no earlier


def read_timeline(
    db: sqlite3.Connection, side: Side, room: str, span: TimelineSpan
) -> list[MessageView]:
    """Return the messages of a room in order: the last ones before, or first after, a stamp."""
    if span.after is not None:
        rows = db.execute(
            "SELECT * FROM message WHERE room = ? AND stamp > ? AND at >= ? ORDER BY stamp LIMIT ?",
            (room, span.after, span.since, span.limit),
        ).fetchall()
    else:
        rows = db.execute(
            "SELECT * FROM message WHERE room = ? AND stamp < ? AND at >= ?"
            " ORDER BY stamp DESC LIMIT ?",
            (room, span.before or order.END, span.since, span.limit),
        ).fetchall()[::-1]
    return message_views(db, side, rows)


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a message stands, and whose it is."""

    room: str
    zone: str
    author: str
    at: int
    stamp: str
    is_held: bool


def message_place(db: sqlite3.Connection, message: str) -> MessagePlace | None:
    """Return where a message stands, or None."""
    row = db.execute(
        "SELECT room, zone, author, at, stamp, text IS NULL FROM message WHERE id = ?", (message,)
    ).fetchone()
    return None if row is None else MessagePlace(*row)


@dataclass(frozen=True, slots=True)
class Arrived:
    """When a message could be read here, if it stands before others, and if it had been held.

    `is_spoken_of` is whether there was a word on it before it came.
    """

    at: int
    late: bool = False
    was_held: bool = False
    is_spoken_of: bool = False


def arrival_of(db: sqlite3.Connection, message: str) -> Arrived | None:
    """Return how a message came here, or None if it is not here."""
    row = db.execute(
        "SELECT arrived, late, was_held,"  # noqa: S608 - a piece
        f" {register_pieces.has_any('id')} FROM message WHERE id = ?",
        (message,),
    ).fetchone()
    return None if row is None else Arrived(row[0], *map(bool, row[1:]))


def find_message(db: sqlite3.Connection, side: Side, message: str) -> MessageView | None:
    """Return a message, or None."""
    rows = db.execute("SELECT * FROM message WHERE id = ?", (message,)).fetchall()
    return message_views(db, side, rows)[0] if rows else None


def message_views(db: sqlite3.Connection, side: Side, rows: Sequence[Any]) -> list[MessageView]:
    """Return the messages in `rows` as they stand now."""
    acked = acked_of(db, side)
    return [_view(db, side, row, acked) for row in rows]


def _view(db: sqlite3.Connection, side: Side, row: Any, acked: int) -> MessageView:
    message, room, zone, author, at, stamp, text, reply_to, thread, more, _, arrived, late = row[
        :13
    ]
    said = registers.all_values(db, message)
    withdrawn, notice = said.get(registers.WITHDRAWN), said.get("notice")
    reactions: dict[str, list[str]] = {}
    for field, on in said.items():
        kind, _, rest = field.partition(":")
        if kind == REACTION and on:
            mark, _, user = rest.rpartition(":")
            reactions.setdefault(mark, []).append(user)
    change = changes.latest(db, side, message, acked)
    return MessageView(
        id=message,
        room=room,
        zone=zone,
        author=author,
        at=at,
        stamp=stamp,
        arrived=arrived,
        late=bool(late),
        text=None if withdrawn or text is None else said.get("text", text),
        reply_to=reply_to,
        thread=thread,
        edited="text" in said,
        withdrawn=Withdrawal(*withdrawn) if withdrawn else None,
        notice=notice_of(notice) if notice and text is None else None,
        files=files.of_message(db, message),
        reactions=reactions,
        **fate_of(change, is_ours=zone == side.zone),
        removed=[] if change is None else change.removed,
        change=change,
        part_changes=changes.of_parts(db, side, message, acked),
        replies=_replies(db, message),
        **({} if more is None or withdrawn else more_of(more)),
    )


def fate_of(change: ChangeView | None, *, is_ours: bool) -> dict[str, Any]:
    """Return how far a message or item got, as its latest change did: `delivery`, `reason`."""
    if change is not None:
        return {"delivery": change.delivery, "reason": change.reason}
    return {"delivery": "local" if is_ours else "delivered", "reason": None}


def more_of(more: str) -> dict[str, Any]:
    """Return what was said with a message beside its text, by field."""
    return msgspec.structs.asdict(msgspec.json.decode(more, type=_More))


class _More(msgspec.Struct):
    mentions: list[str] = []
    sticker: str | None = None
    forwarded: Forwarded | None = None
    location: Location | None = None
    call: CallNotice | None = None


def _replies(db: sqlite3.Connection, message: str) -> int:
    (count,) = db.execute("SELECT count(*) FROM message WHERE thread = ?", (message,)).fetchone()
    return int(count)


def notice_of(word: Sequence[Any]) -> NoticeView:
    """Return what a word of the relay on something that it keeps back says."""
    state, _, rule, _, at, until, desk = word
    if state == "held":
        hold = hold_view(rule, until, desk)
        return NoticeView(state, rule, at, until, desk, hold.ja, hold.en)
    return NoticeView(state, rule, at, until, desk, *end_words(state, rule))

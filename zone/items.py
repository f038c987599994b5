"""Items as they stand now, and what people answered to them.

Runs on the database thread and only reads.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wire.answers import Answer
from wire.items import TYPES, Content, Form, Survey
from zone import files
from zone.messages import acked_of, delivery_of, notice_of
from zone.side import Side
from zone.views import AnswerView, DeliveryView, ItemView, Withdrawal

# Fields of an item's registers that are not its content.  Names of answers have a colon.
_BESIDE = frozenset({"removed", "notice"})

_decode_answer = msgspec.json.Decoder(tuple[Answer, int]).decode


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item stands, and whose it is."""

    room: str | None
    type: str
    zone: str
    author: str
    at: int


def place(db: sqlite3.Connection, item: str) -> ItemPlace | None:
    """Return where an item stands, or None."""
    row = db.execute("SELECT room, type, zone, author, at FROM item WHERE id = ?", (item,))
    found = row.fetchone()
    return None if found is None else ItemPlace(*found)


@dataclass(frozen=True, slots=True)
class Owner:
    """Where the message or item stands that a file is of."""

    room: str | None
    at: int


def owner(db: sqlite3.Connection, name: str) -> Owner | None:
    """Return where a message or an item stands, or None."""
    row = db.execute(
        "SELECT room, at FROM message WHERE id = ?1 UNION ALL"
        " SELECT room, at FROM item WHERE id = ?1",
        (name,),
    ).fetchone()
    return None if row is None else Owner(*row)


@dataclass(frozen=True, slots=True)
class Words:
    """The latest word on each field of an item: what it says, and what was said beside that."""

    said: dict[str, Any]
    beside: dict[str, Any]
    stamp: str  # of the last of them

    def content(self, kind: str) -> Content:
        """Return what the item says; it is of the kind named `kind`."""
        content: Any = msgspec.convert(self.said | {"type": kind}, TYPES[kind])
        return content  # type: ignore[no-any-return] # one of the union, by the table


def words(db: sqlite3.Connection, item: str) -> Words:
    """Return what was said of an item, without the answers."""
    rows = db.execute(
        "SELECT field, value, stamp FROM register WHERE object = ? AND instr(field, ':') = 0",
        (item,),
    ).fetchall()
    said = {field: msgspec.json.decode(value) for field, value, _ in rows}
    beside = {field: said.pop(field) for field in _BESIDE if field in said}
    return Words(said, beside, max((stamp for *_, stamp in rows), default=""))


def find(
    db: sqlite3.Connection, side: Side, item: str, asker: str | None = None
) -> ItemView | None:
    """Return an item, or None; with what `asker` answered, if one is named."""
    rows = db.execute("SELECT * FROM item WHERE id = ?", (item,)).fetchall()
    return views(db, side, rows, asker)[0] if rows else None


def views(
    db: sqlite3.Connection, side: Side, rows: Sequence[Any], asker: str | None = None
) -> list[ItemView]:
    """Return the items in `rows` as they stand now."""
    acked = acked_of(db, side)
    return [_view(db, side, row, acked, asker) for row in rows]


def _view(db: sqlite3.Connection, side: Side, row: Any, acked: int, asker: str | None) -> ItemView:
    item, room, kind, zone, author, at, stamp = row
    now = words(db, item)
    removed, notice = now.beside.get("removed"), now.beside.get("notice")
    fate = DeliveryView(item, "delivered")
    if zone == side.zone:
        fate = delivery_of(db, item, acked)
    given = _counts(db, item)
    return ItemView(
        id=item, room=room, zone=zone, author=author, at=at, stamp=stamp, etag=now.stamp,
        content=TYPES[kind]() if removed else now.content(kind),  # type: ignore[arg-type] # as above
        removed=Withdrawal(*removed) if removed else None,
        files=[] if removed else files.of_message(db, item)[::-1],
        answers=given["answer"], seen=given["seen"],
        mine=_mine(db, item, asker) if asker else {},
        delivery=fate.delivery, reason=fate.reason,
        notice=notice_of(notice) if notice else None,
    )  # fmt: skip


def _counts(db: sqlite3.Connection, item: str) -> Counter[str]:
    """Return how many have answered, by part; the steps of an approval are answers."""
    rows = db.execute(
        "SELECT substr(field, 1, 4) = 'seen', count(*) FROM register"
        " WHERE object = ? AND instr(field, ':us_') > 0 GROUP BY 1",
        (item,),
    )
    return Counter({"seen" if is_seen else "answer": count for is_seen, count in rows})


def _mine(db: sqlite3.Connection, item: str, asker: str) -> dict[str, Answer]:
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND field IN"
        " (SELECT column1 || ':' || ?2 FROM (VALUES ('answer'), ('seen'), ('step0'), ('step1'),"
        " ('step2'), ('step3'), ('step4'), ('step5'), ('step6'), ('step7'), ('step8'), ('step9')))",
        (item, asker),
    )
    return {field.partition(":")[0]: _decode_answer(value)[0] for field, value in rows}


def answers(db: sqlite3.Connection, item: str) -> Iterator[AnswerView]:
    """Yield all answers to an item, with their authors, the latest word of each."""
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND instr(field, ':us_') > 0"
        " ORDER BY field",
        (item,),
    )
    for field, value in rows:
        part, _, user = field.partition(":")
        answer, at = _decode_answer(value)
        yield AnswerView(item, user, part, answer, at)


def is_anonymous(content: Content) -> bool:
    """Return whether nobody is shown who answered what."""
    return isinstance(content, Survey | Form) and bool(content.anonymous)


@dataclass(frozen=True, slots=True)
class ItemSpan:
    """Which items: of these types, up to `limit`, before a stamp, made `since` on."""

    types: Sequence[str]
    limit: int
    before: str | None = None
    since: int = 0  # milliseconds: when the reader joined, if he may see no earlier
    with_removed: bool = False


def listed(
    db: sqlite3.Connection, side: Side, room: str | None, span: ItemSpan, asker: str
) -> list[ItemView]:
    """Return items of a room, or calls where there is none, the newest first."""
    marks = ",".join("?" * len(span.types))
    rows = db.execute(
        f"SELECT * FROM item WHERE room IS ? AND type IN ({marks})"  # noqa: S608 - question marks
        " AND stamp < ? AND at >= ? AND (? OR NOT EXISTS"
        " (SELECT 1 FROM register WHERE object = item.id AND field = 'removed'))"
        " ORDER BY stamp DESC LIMIT ?",
        (room, *span.types, span.before or "g", span.since, span.with_removed, span.limit),
    ).fetchall()
    return views(db, side, rows, asker)

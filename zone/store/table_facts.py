"""What a right is decided on, from the tables: as they stand in a transaction that is running.

Each fact is one prepared statement, asked only when a row of the table asks.  Who somebody is,
what they are in a room and how a room was made is kept until an event changes one of these, or
a transaction that did is undone: many messages are of the same people in the same rooms.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from wire.bodies import Body, MemberSet, OrgPut, ProfileSet, RoomPut, TenantPut
from wire.items import Content
from wire.merge import MEMBER, field_name
from zone.copy import agreements, registers
from zone.copy.views import AnswerView
from zone.items import broadcasts
from zone.items.items import registers_of_item
from zone.items.responses import responses_to
from zone.rights.facts import (
    BirthFact,
    FileFact,
    Held,
    ItemFact,
    MessageFact,
    PartFact,
    Person,
    Retold,
    person_of,
)

# What changes a fact that is kept.
_CHANGES: Final = MemberSet | OrgPut | ProfileSet | RoomPut | TenantPut
# So many facts are kept at most: a city of 3,000 with their rooms.
_MAX_KEPT: Final = 20_000


class TableFacts:
    """The facts of one store, for the one thread that writes it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Ask the tables of `db`."""
        self._db = db
        self._people: dict[str, Person | None] = {}
        self._parts: dict[tuple[str, str], PartFact | None] = {}
        self._births: dict[str, BirthFact | None] = {}

    def follow(self, body: Body) -> None:
        """Ask again what a body that was applied just now may have changed."""
        if isinstance(body, _CHANGES) or len(self._people) + len(self._parts) > _MAX_KEPT:
            self.forget()

    def forget(self) -> None:
        """Ask all again: what was read may have been undone."""
        self._people.clear()
        self._parts.clear()
        self._births.clear()

    def person(self, uid: str) -> Person | None:
        """Return who somebody is, or None if nobody has admitted them."""
        if uid not in self._people:
            self._people[uid] = _person(self._db, uid)
        return self._people[uid]

    def birth(self, name: str) -> BirthFact | None:
        """Return what fixed a room, person, municipality or section, or None."""
        if name not in self._births:
            row = self._db.execute(
                "SELECT zone, maker, kind, scope FROM birth WHERE id = ?", (name,)
            ).fetchone()
            self._births[name] = None if row is None else BirthFact(*row)
        return self._births[name]

    def agreed(self, one: str | None, other: str | None) -> frozenset[str]:
        """Return what two municipalities have agreed on."""
        return agreements.agreed(self._db, one, other)

    def part(self, room: str, uid: str) -> PartFact | None:
        """Return what somebody is or was in a room; a part may have ended."""
        key = (room, uid)
        if key not in self._parts:
            word = registers.value(self._db, room, field_name(MEMBER, uid))
            self._parts[key] = PartFact(*word) if isinstance(word, list) else None
        return self._parts[key]

    def owners(self, room: str) -> list[tuple[str, PartFact]]:
        """Return the owners of a room."""
        said = registers.of_kind(self._db, room, MEMBER, registers.decoded)
        found = ((uid, PartFact(*value)) for uid, value in said.items())
        return [(uid, part) for uid, part in found if part.role == "owner"]

    def partners(self, room: str) -> list[str]:
        """Return who is or was in a room of two."""
        return sorted(registers.names(self._db, room, MEMBER))

    def word(self, name: str, field: str) -> object | None:
        """Return the latest word on a field of an object, or None."""
        found: object | None = registers.value(self._db, name, field)
        return found

    def message(self, name: str) -> MessageFact | None:
        """Return where a message stands, or None."""
        row = self._db.execute(
            "SELECT room, zone, author, at, stamp, text IS NULL FROM message WHERE id = ?", (name,)
        ).fetchone()
        return None if row is None else MessageFact(*row)

    def wordings(self, message: str) -> list[str]:
        """Return all that a message says and ever said."""
        (text,) = self._db.execute("SELECT text FROM message WHERE id = ?", (message,)).fetchone()
        rows = self._db.execute("SELECT text FROM revision WHERE message = ?", (message,))
        said = [text, registers.value(self._db, message, "text"), *(row[0] for row in rows)]
        return [each for each in said if isinstance(each, str)]

    def retold(self, message: str) -> list[Retold]:
        """Return where a message was said again."""
        rows = self._db.execute(
            "SELECT id, room, at, json_extract(more, '$.forwarded.author'),"
            " json_extract(more, '$.forwarded.at'), json_extract(more, '$.forwarded.text')"
            " FROM message WHERE origin = ?",
            (message,),
        )
        return [Retold(*row) for row in rows]

    def item(self, name: str) -> ItemFact | None:
        """Return where an item stands, or None."""
        row = self._db.execute(
            "SELECT room, type, zone, author, at FROM item WHERE id = ?", (name,)
        ).fetchone()
        return None if row is None else ItemFact(*row)

    def content(self, item: str, kind: str) -> Content:
        """Return what an item of this kind says now."""
        return registers_of_item(self._db, item).content(kind)

    def responses(self, item: str) -> Iterable[AnswerView]:
        """Return what was answered to an item."""
        return responses_to(self._db, item)

    def is_addressed(self, call: str, uid: str) -> bool:
        """Return whether a call reaches somebody."""
        return bool(broadcasts.is_addressed(self._db, call, uid))

    def held(self, event: str) -> Held | None:
        """Return what the relay said of an event of the far zone that it keeps back, or None."""
        row = self._db.execute(
            "SELECT room, author, what FROM held WHERE event = ?", (event,)
        ).fetchone()
        return None if row is None else Held(*row)

    def held_room(self, room: str) -> Held | None:
        """Return the event that opens this room, if the relay keeps that back, or None."""
        row = self._db.execute(
            "SELECT room, author, what FROM held WHERE room = ? AND what = 'room.put'"
            " ORDER BY event LIMIT 1",
            (room,),
        ).fetchone()
        return None if row is None else Held(*row)

    def file(self, fid: str) -> FileFact | None:
        """Return what a file is of, or None."""
        row = self._db.execute(
            "SELECT message, uploader, event IS NULL AND message IS NOT NULL FROM file"
            " WHERE fid = ?",
            (fid,),
        ).fetchone()
        return None if row is None else FileFact(row[0], row[1], bool(row[2]))

    def has_crossed(self, event: str) -> bool:
        """Return whether an event was made here and sent to the far zone."""
        row = self._db.execute("SELECT 1 FROM delivery WHERE event = ?", (event,)).fetchone()
        return row is not None


def _person(db: sqlite3.Connection, uid: str) -> Person | None:
    return person_of(registers.own_values(db, uid))

"""What a right is decided on, with people and rooms from memory: for what is asked all the time.

The directory stands still while a transaction runs, so this is for one that has changed no
register yet: `Actor` sees to that.  All else is asked of the tables.
"""

from collections.abc import Iterable

from wire.items import Content
from zone.copy.views import AnswerView
from zone.rights.facts import (
    BirthFact,
    FileFact,
    Held,
    ItemFact,
    MessageFact,
    PartFact,
    Person,
    Retold,
)
from zone.store.directory import Directory
from zone.store.table_facts import TableFacts


class DirectoryFacts:
    """The facts of one store: who somebody is and what they are in a room, from memory."""

    def __init__(self, directory: Directory, tables: TableFacts) -> None:
        """Ask `directory`, and `tables` for what it does not hold."""
        self._directory = directory
        self._tables = tables

    def person(self, uid: str) -> Person | None:
        """Return who somebody is, or None if nobody has admitted them."""
        return self._directory.person(uid)

    def agreed(self, one: str | None, other: str | None) -> frozenset[str]:
        """Return what two municipalities have agreed on."""
        return self._directory.municipalities.agreed(one, other)

    def part(self, room: str, uid: str) -> PartFact | None:
        """Return what somebody is in a room; a part may have ended."""
        found = self._directory.entry(room, uid)
        return None if found is None else PartFact(found.role, found.until, found.since)

    def is_addressed(self, call: str, uid: str) -> bool:
        """Return whether a call reaches somebody."""
        return self._directory.is_addressed(call, uid)

    def birth(self, name: str) -> BirthFact | None:
        """Return what fixed a room, person, municipality or section, or None."""
        return self._tables.birth(name)

    def owners(self, room: str) -> list[tuple[str, PartFact]]:
        """Return the owners of a room."""
        return self._tables.owners(room)

    def partners(self, room: str) -> list[str]:
        """Return who is or was in a room of two."""
        return self._tables.partners(room)

    def word(self, name: str, field: str) -> object | None:
        """Return the latest word on a field of an object, or None."""
        return self._tables.word(name, field)

    def message(self, name: str) -> MessageFact | None:
        """Return where a message stands, or None."""
        return self._tables.message(name)

    def wordings(self, message: str) -> list[str]:
        """Return all that a message says and ever said."""
        return self._tables.wordings(message)

    def retold(self, message: str) -> list[Retold]:
        """Return where a message was said again."""
        return self._tables.retold(message)

    def item(self, name: str) -> ItemFact | None:
        """Return where an item stands, or None."""
        return self._tables.item(name)

    def content(self, item: str, kind: str) -> Content:
        """Return what an item of this kind says now."""
        return self._tables.content(item, kind)

    def responses(self, item: str) -> Iterable[AnswerView]:
        """Return what was answered to an item."""
        return self._tables.responses(item)

    def held(self, event: str) -> Held | None:
        """Return what the relay said of an event of the far zone that it keeps back, or None."""
        return self._tables.held(event)

    def held_room(self, room: str) -> Held | None:
        """Return the event that opens this room, if the relay keeps that back, or None."""
        return self._tables.held_room(room)

    def file(self, fid: str) -> FileFact | None:
        """Return what a file is of, or None."""
        return self._tables.file(fid)

    def has_crossed(self, event: str) -> bool:
        """Return whether an event was made here and sent to the far zone."""
        return self._tables.has_crossed(event)

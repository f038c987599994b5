"""What a right is decided on: values, and where they come from.

`Facts` is asked, never told.  The tables of a zone's store answer (`zone.store.table_facts`).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from wire.items import Content
from zone.copy.views import AnswerView


class Person(Struct, frozen=True, gc=False):
    """Somebody who is known here.  `expires` is 0 for a stay without end."""

    kind: str
    zones: tuple[str, ...]
    expires: int = 0
    duties: tuple[str, ...] = ()
    shared_by: tuple[str, ...] = ()
    sponsor: str | None = None
    tenant: str | None = None


def person_of(said: Mapping[str, Any]) -> Person | None:
    """Return somebody by what their profile says, by field; None if nobody has admitted them."""
    if "user_kind" not in said:
        return None
    return Person(
        said["user_kind"],
        tuple(said.get("zones", ())),
        said.get("expires", 0),
        tuple(said.get("duties", ())),
        tuple(said.get("shared_by", ())),
        said.get("sponsor"),
        said.get("tenant"),
    )


class BirthFact(Struct, frozen=True, gc=False):
    """What fixed a room, a person, a municipality or a section when it was made."""

    zone: str
    maker: str
    kind: str | None
    scope: str | None


class PartFact(Struct, frozen=True, gc=False):
    """What somebody is in a room, since when, and until when (milliseconds, None for no end)."""

    role: str
    until: int | None
    since: int


class MessageFact(Struct, frozen=True, gc=False):
    """Where a message stands, and whose it is; a held one has its place and no words yet."""

    room: str
    zone: str
    author: str
    at: int
    stamp: str
    is_held: bool


class Retold(Struct, frozen=True, gc=False):
    """A message that says another's words again: where it stands, and whose they are."""

    message: str
    room: str
    at: int
    author: str
    said_at: int
    text: str


class ItemFact(Struct, frozen=True, gc=False):
    """Where an item stands, and whose it is; a broadcast is of no room."""

    room: str | None
    type: str
    zone: str
    author: str
    at: int


class Held(Struct, frozen=True, gc=False):
    """An event of the far zone that the relay has said it keeps back: of what kind."""

    room: str | None
    author: str
    what: str


class FileFact(Struct, frozen=True, gc=False):
    """A file: what it is of, who attached it, and whether the far zone announced it."""

    owner: str | None
    author: str
    is_far: bool


class Facts(Protocol):
    """How things stand in the copy of the zone that is asked."""

    def person(self, uid: str) -> Person | None:
        """Return who somebody is, or None if nobody has admitted them."""
        ...

    def birth(self, name: str) -> BirthFact | None:
        """Return what fixed a room, person, municipality or section, or None."""
        ...

    def agreed(self, one: str | None, other: str | None) -> frozenset[str]:
        """Return what two municipalities have agreed on (`wire.choices.Agreed`)."""
        ...

    def part(self, room: str, uid: str) -> PartFact | None:
        """Return what somebody is or was in a room; a part may have ended."""
        ...

    def owners(self, room: str) -> list[tuple[str, PartFact]]:
        """Return the owners of a room."""
        ...

    def partners(self, room: str) -> list[str]:
        """Return who is in a room of two: one more than two at most, so never many."""
        ...

    def word(self, name: str, field: str) -> object | None:
        """Return the latest word on a field of an object, or None."""
        ...

    def message(self, name: str) -> MessageFact | None:
        """Return where a message stands, or None."""
        ...

    def wordings(self, message: str) -> list[str]:
        """Return all that a message says and ever said."""
        ...

    def retold(self, message: str) -> list[Retold]:
        """Return where a message was said again."""
        ...

    def item(self, name: str) -> ItemFact | None:
        """Return where an item stands, or None."""
        ...

    def content(self, item: str, kind: str) -> Content:
        """Return what an item of this kind says now."""
        ...

    def responses(self, item: str) -> Iterable[AnswerView]:
        """Return what was answered to an item."""
        ...

    def is_addressed(self, broadcast: str, uid: str) -> bool:
        """Return whether a broadcast reaches somebody."""
        ...

    def held(self, event: str) -> Held | None:
        """Return what the relay said of an event of the far zone that it keeps back, or None."""
        ...

    def held_room(self, room: str) -> Held | None:
        """Return the event that opens this room, if the relay keeps that back, or None."""
        ...

    def file(self, fid: str) -> FileFact | None:
        """Return what a file is of, or None."""
        ...

    def has_crossed(self, event: str) -> bool:
        """Return whether an event was made here and sent to the far zone."""
        ...

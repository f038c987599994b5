"""Rooms, people, municipalities and sections as the registers have them, inside a transaction.

`zone.store.directory` has the same in memory, behind the commit.
"""

import sqlite3
from typing import TypeVar

import msgspec

from zone.copy import registers
from zone.copy.views import OrgView, RoomView, TenantView, UserView

V = TypeVar("V", UserView, TenantView, OrgView)


def room_view(db: sqlite3.Connection, room: str) -> RoomView | None:
    """Return a room, or None while its name is still on its way."""
    words = registers.own_values(db, room)
    if "name" not in words:
        return None
    members = registers.count_members(db, room)
    return msgspec.convert({"id": room, **words, "members": members}, RoomView)


def named_view(db: sqlite3.Connection, name: str, view: type[V]) -> V | None:
    """Return what all may know of somebody, a municipality or a section, or None."""
    words = registers.own_values(db, name)
    return msgspec.convert({"id": name, **words}, view) if "name" in words else None

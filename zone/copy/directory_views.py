"""Rooms, people, municipalities and sections as the registers have them, inside a transaction.

`zone.store.directory` has the same in memory, behind the commit.
"""

import sqlite3
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from wire.choices import History, RoomKind, Scope, UserKind
from zone.copy import registers
from zone.copy.change_views import ChangeView


class TenantView(Struct, frozen=True, kw_only=True):
    """A municipality.  `code` is its 全国地方公共団体コード."""

    id: str
    name: str
    kana: str = ""
    code: str = ""
    change: ChangeView | None = None


class TenantLinkView(Struct, frozen=True):
    """What a municipality offers another one; `agreed` is what the other one offers, too."""

    tenant: str
    other: str
    offered: list[str]
    agreed: list[str]


class OrgView(Struct, frozen=True, kw_only=True):
    """A department or section, part of `parent` unless that is empty; `rank` orders siblings."""

    id: str
    name: str
    tenant: str | None = None
    parent: str = ""
    rank: int = 0
    telephone: str = ""
    closed: bool = False
    change: ChangeView | None = None


class UserView(Struct, frozen=True, kw_only=True):
    """Somebody."""

    id: str
    name: str
    kana: str = ""
    section: str = ""
    title: str = ""
    status: str = ""
    user_kind: UserKind = "staff"
    zones: list[Literal["lgwan", "internet"]] = []
    status_emoji: str = ""
    status_until: int = 0
    tenant: str | None = None
    orgs: list[str] = []
    duties: list[str] = []
    sponsor: str | None = None
    expires: int = 0
    shared_by: list[str] = []
    change: ChangeView | None = None


class RoomView(Struct, frozen=True, kw_only=True):
    """A room."""

    id: str
    name: str
    topic: str = ""
    icon: str = ""
    colour: str = ""
    room_kind: RoomKind = "talk"
    scope: Scope = "shared"
    history: History = "all"
    retention_days: int = 0
    legal_hold: bool = False
    archived: bool = False
    members: int = 0
    change: ChangeView | None = None


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

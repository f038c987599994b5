"""When people are busy, and when resources are booked.  Times are milliseconds since 1970."""

from dataclasses import dataclass
from typing import Literal

from sekisho_client.decoding import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class BusySpan:
    """A time in which somebody is busy, or perhaps is; `ends` is no longer part of it."""

    starts: int
    ends: int
    kind: Literal["busy", "tentative"] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """When somebody is busy, or perhaps is."""

    user: str
    busy: list[BusySpan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A resource's time that was asked for; by whom is None for who is not in that room."""

    booking: str | None
    room: str | None
    author: str | None
    starts: int
    ends: int
    holds: bool

"""Bounds: what a number or a time in an event may be, before it enters anybody's state.  Pure.

The types of the wire bound a number by its form.  Here stands what it may mean: a calendar must
be able to write a time, what is over cannot be tomorrow, and a stamp that is ahead of everybody
else's would win for ever.  The transform stage and both zones ask this table; the verify stage
has one of its own (`relay.verify.bounds`).

    a zone makes an event    asked before it answers 202
    the transform stage      the event is refused; the rest of its envelope goes on
    the verify stage         the same, with other code
    the far zone's inbox     quarantined, and answered

A number without a row has a type that says more than "a count": a test walks all bodies.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from wire.bodies import FileReady, MemberSet, OrgPut, ProfileSet, ReadSet, RelayNotice, RoomPurge
from wire.consents import Consent
from wire.digests import CopyDigest
from wire.events import Event, Release
from wire.fields import LAST_MS, OtherReader
from wire.items import AgendaEntry, Approval, Booking, Broadcast, Form, Post, Resource, Survey, Task
from wire.message_parts import CallNotice, Forwarded
from wire.order import MAX_COUNT, ahead_ms
from wire.reasons import Reason

# How far the clocks of two networks may be apart unless the settings say otherwise.
TOLERANCE_MS: Final = 5 * 60_000


class Bound(NamedTuple):
    """The most that a number may be.

    `is_past` is for a time that has come when it is said, `is_stamp` for one in another form.
    """

    most: int
    is_past: bool = False
    is_stamp: bool = False


_STAMP: Final = Bound(MAX_COUNT, is_stamp=True)
_PAST: Final = Bound(LAST_MS, is_past=True)
_CALENDAR: Final = Bound(LAST_MS)
_WEEK_S: Final = 7 * 24 * 3600

BOUNDS: Final[dict[tuple[type[msgspec.Struct], str], Bound]] = {
    (Event, "hlc"): _STAMP,
    (Event, "at"): _PAST,
    (Release, "leaf"): Bound(MAX_COUNT),  # the relay's, and of no room
    (Forwarded, "at"): _PAST,
    (CallNotice, "seconds"): Bound(_WEEK_S),
    (ReadSet, "lgwan"): _STAMP,
    (ReadSet, "internet"): _STAMP,
    (ReadSet, "at"): _PAST,
    (OtherReader, "at"): _PAST,
    (RoomPurge, "before"): _PAST,
    # Up to where a copy is compared: places in the order, which nothing is stamped with.
    (CopyDigest, "said"): Bound(MAX_COUNT),
    (CopyDigest, "seen"): Bound(MAX_COUNT),
    (Consent, "at"): _PAST,
    (Consent, "until"): _CALENDAR,
    (MemberSet, "until"): _CALENDAR,
    (ProfileSet, "status_until"): _CALENDAR,
    (ProfileSet, "expires"): _CALENDAR,
    (FileReady, "until"): _CALENDAR,
    (RelayNotice, "until"): _CALENDAR,
    (OrgPut, "rank"): Bound(1_000_000),
    (Task, "due"): _CALENDAR,
    (Survey, "deadline"): _CALENDAR,
    (AgendaEntry, "starts"): _CALENDAR,
    (AgendaEntry, "ends"): _CALENDAR,
    (Resource, "capacity"): Bound(1_000_000),
    (Booking, "starts"): _CALENDAR,
    (Booking, "ends"): _CALENDAR,
    (Post, "until"): _CALENDAR,
    (Form, "deadline"): _CALENDAR,
    (Approval, "deadline"): _CALENDAR,
    (Broadcast, "deadline"): _CALENDAR,
}


class Excess(NamedTuple):
    """A number beyond its bounds: the field as a path from the event or its body, and why."""

    field: str
    reason: Reason


def excess_of(event: Event, *, now: int, tolerance: int) -> Excess | None:
    """Return the first number of `event` that is out of bounds, or None.

    `now` is the asker's clock in milliseconds since 1970, `tolerance` how far another's may be
    ahead of it.
    """
    if ahead_ms(event.hlc, now) > tolerance:
        return Excess("hlc", Reason.CLOCK_AHEAD)
    latest = now + tolerance
    if event.at > latest:
        return Excess("at", Reason.CLOCK_AHEAD)
    return next(_beyond(event.body, "", latest), None)


def _beyond(value: msgspec.Struct, path: str, latest: int) -> Iterator[Excess]:
    """Yield what is out of bounds in a body or a part of one."""
    for name, bound in _fields(type(value)):
        found: Any = getattr(value, name)
        if not found:
            continue
        if bound is not None:
            if found > bound.most:
                yield Excess(path + name, Reason.OUT_OF_BOUNDS)
            elif (bound.is_past and found > latest) or (
                bound.is_stamp and ahead_ms(found, latest) > 0
            ):
                yield Excess(path + name, Reason.CLOCK_AHEAD)
        elif isinstance(found, msgspec.Struct):
            yield from _beyond(found, f"{path}{name}.", latest)
        elif isinstance(found, list):
            for each in found:
                yield from _beyond(each, f"{path}{name}.", latest)


@cache
def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, Bound | None]]:
    """Return the numbers of a type that have a row, and the fields that hold one more struct."""
    return [
        (field.name, BOUNDS.get((kind, field.name)))
        for field in msgspec.structs.fields(kind)
        if (kind, field.name) in BOUNDS or field.name in _PARTS
    ]


# Where a body has parts with numbers of their own.
_PARTS: Final = frozenset({"forwarded", "call", "content", "users", "consent"})

"""The verify stage's own look at numbers and times.  Pure.

It walks what JSON can say, by the names of members, and shares nothing with the table that the
transform stage asks (`runtime.bounds`): a number of a name that it does not know is refused.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins

from wire.bodies import MessagePost
from wire.events import Event
from wire.reasons import Reason

# The end of the year 9999, which is where calendars end.
_END_MS: Final = 253_402_300_799_999
_STAMPS_PER_MS: Final = 2048

# Times that have come, and times that may be to come.
_COME: Final = frozenset({"at", "before"})
_COME_AS_STAMPS: Final = frozenset({"lgwan", "internet"})
_TO_COME: Final = frozenset(
    {"deadline", "due", "ends", "expires", "starts", "status_until", "until"}
)
_MOST: Final[Mapping[str, int]] = {
    "amount": 100_000_000,
    "capacity": 1_000_000,
    "escalate_after_s": 86_400,
    "found": 1_000_000_000,
    "quorum": 200,
    "rank": 1_000_000,
    "retention_days": 36_500,
    "revision": 15,
    "seconds": 7 * 24 * 3600,
    "size": 100 * 1024 * 1024,
    "step": 9,
    "said": 2**53 - 1,
    "seen": 2**53 - 1,
    "choice": 49,
    "choices": 49,
    "removed": 1_000_000_000,
    "v": 1,
}
# What may be below zero, and how far.
_AROUND: Final[Mapping[str, int]] = {
    "latitude": 90_000_000,
    "least": 2**53 - 1,
    "longitude": 180_000_000,
    "most": 2**53 - 1,
}


def excess(event: Event, *, now: int, tolerance: int) -> Reason | None:
    """Return why a number of `event` may not be released, or None; times in milliseconds."""
    latest = now + tolerance
    if event.hlc > (latest + 1) * _STAMPS_PER_MS - 1 or event.at > latest:
        return Reason.CLOCK_AHEAD
    body = event.body
    if isinstance(body, MessagePost) and not (body.location or body.forwarded or body.call):
        return None  # all that is left of it is text
    return _in(to_builtins(body), "", latest)


def _in(value: object, name: str, latest: int) -> Reason | None:
    match value:
        case bool() | str() | None:
            return None
        case int():
            return _of_number(value, name, latest)
        case dict():
            inner = (_in(each, key, latest) for key, each in value.items())
        case list() | tuple():
            inner = (_in(each, name, latest) for each in value)
        case _:
            return Reason.OUT_OF_BOUNDS
    return next((found for found in inner if found is not None), None)


def _of_number(number: int, name: str, latest: int) -> Reason | None:
    if name in _AROUND:
        return None if abs(number) <= _AROUND[name] else Reason.OUT_OF_BOUNDS
    if number < 0:
        return Reason.OUT_OF_BOUNDS
    if name in _COME_AS_STAMPS:
        return Reason.CLOCK_AHEAD if number // _STAMPS_PER_MS > latest else None
    if name in _COME or name in _TO_COME:
        if number > _END_MS:
            return Reason.OUT_OF_BOUNDS
        return Reason.CLOCK_AHEAD if name in _COME and number > latest else None
    return None if number <= _MOST.get(name, -1) else Reason.OUT_OF_BOUNDS

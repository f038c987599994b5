"""What frontends are shown of reading: who looked, and that a count is another one."""

from typing import Literal

from msgspec import Struct

# Why more or less is unread than before, though nobody read anything.
Cause = Literal["late", "purged", "released", "withdrawn"]


class ReadView(Struct, frozen=True):
    """Somebody looked at a room in `zone`, up to a message, and when.

    They have read each message whose `stamp` is that of its zone here, or an earlier one, unless
    it is among those that were not there (`without`).
    """

    user: str
    message: str
    at: int
    zone: Literal["lgwan", "internet"]
    lgwan: str
    internet: str
    without: list[str] = []


class UnreadChange(Struct, frozen=True):
    """How much is unread in a room has changed, and not by reading.

    `message` is null where many were deleted.
    """

    room: str
    cause: Cause
    message: str | None = None

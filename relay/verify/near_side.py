"""What the near side is told of the far zone: everything at once, or next to nothing.

A far zone that was taken over may try to speak to the near network by what it does here.  Told at
once, an acknowledgement is a word at any moment.  With a time between two looks the near side is
told two bits at each, and nothing in between: whether the far zone is there, and whether there is
room for more.  What became of an event it is told when it is released or barred, which the far
zone has no part in.

The bound of the store itself does not wait for a look.  A look calls the lane full from three
fifths of it on, so that it is reached only if the near zone sends the rest before the next one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from relay.verify.release_store import Backlog
from runtime.presence import BEYOND_AFTER_S, Presence
from wire.receipts import Flag
from wire.records import Progress


@dataclass(frozen=True, slots=True)
class Room:
    """How much may wait for the far zone: events, and bytes of their files."""

    events: int
    bytes: int

    def holds(self, waiting: Backlog, fifths: int = 5) -> bool:
        """Return whether less is waiting than so many fifths of the room."""
        events, size = self.events * fifths // 5, self.bytes * fifths // 5
        return waiting.events < events and waiting.bytes < size


class NearSide:
    """What the transform stage hears of this one, and through it the near zone."""

    def __init__(self, clock: Callable[[], int], room: Room, look_s: int) -> None:
        """Tell of the far zone at every look, `look_s` seconds apart; 0 is at once."""
        self.news: asyncio.Queue[Progress | None] | None = None  # of the connection there is
        self.far = Presence(self._far_changed, clock, gone_after_s=BEYOND_AFTER_S)
        self.look_s = look_s
        self._room = room
        self._is_away = False  # as of the last look
        self._is_full = False

    @property
    def is_blind(self) -> bool:
        """Whether the near side is told of the far zone at looks only."""
        return self.look_s > 0

    def tell(self, progress: Progress | None = None) -> None:
        """Have the transform stage told something; by default what tree and flags are now."""
        if self.news is not None:
            self.news.put_nowait(progress)

    def flags(self) -> Flag:
        """Return what the near zone should know of the lane beyond its own stage."""
        is_away = self._is_away if self.is_blind else self.far.since is not None
        return Flag.FAR_DOWN if is_away else Flag.NONE

    def has_room(self, waiting: Backlog) -> bool:
        """Return whether more may be taken in, while so much waits for the far zone."""
        return not self._is_full and self._room.holds(waiting)

    def look(self, waiting: Backlog) -> None:
        """Take in how the far zone is now, and tell the near side if that is news.

        Three fifths count as full, so that the rest is there until the next look; what was full
        has room again below two fifths.
        """
        self._is_full = not self._room.holds(waiting, 2 if self._is_full else 3)
        is_away = self.far.since is not None
        if is_away != self._is_away:
            self._is_away = is_away
            self.tell()

    def _far_changed(self) -> None:
        if not self.is_blind:
            self.tell()

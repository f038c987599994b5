"""One stream of one user: first what the log has behind his cursor, then what comes.

Served by all three transports (zone/api/streams.py).  A stream remembers nothing
but its place: whoever was cut off resumes from the last cursor he was given.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wire.reasons import Reason, Refused
from zone import log
from zone.api.call import Call
from zone.api.problems import Impatient
from zone.cursors import read_cursor, write_cursor
from zone.hub import Follower, Sight, Straight, Told, told

# Entries read from the log at once, so that commits do not wait for a long read.
PIECE = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """What has gathered, and the cursor behind it."""

    items: Sequence[Told]
    cursor: str

    def json(self) -> bytes:
        """Return the batch as one JSON object."""
        items = b",".join([item.json for item in self.items])
        return b'{"items":[%s],"cursor":"%s"}' % (items, self.cursor.encode())


class Stream:
    """A place in the log that moves on."""

    def __init__(self, call: Call, follower: Follower) -> None:
        """Use `follow`."""
        self._store = call.context.store
        self._now = call.context.clock
        self._follower = follower
        self._is_live = False

    def go_straight(self, way: Straight) -> None:
        """From now on have the reader written to without `next`, while that waits."""
        self._follower.straight = way

    async def next(self, patience_s: float) -> Batch | None:
        """Return the next batch, an empty one after `patience_s`, or None for a slow reader."""
        while not self._is_live:
            items = await self._read_log()
            if items:
                return self._batch(items)
        found = await self._follower.gathered(patience_s)
        if self._follower.is_behind:
            return None
        # What the log told of already came to the follower as well.
        fresh = [item for item in found if item.n > self._follower.n]
        if fresh:
            self._follower.n = fresh[-1].n
        elif not found:  # nothing up to the end of the log was for this user
            self._follower.n = self._store.hub.high
        return self._batch(fresh)

    async def _read_log(self) -> list[Told]:
        entries = await self._store.read(lambda db: log.behind(db, self._follower.n, PIECE))
        sight = Sight(self._store.directory, self._now())
        uid, tag = self._follower.uid, self._store.tag
        self._is_live = len(entries) < PIECE
        if entries:
            self._follower.n = entries[-1].n
        return [told(tag, one.n, one.entry) for one in entries if sight.of(uid, one.entry)]

    def _batch(self, items: list[Told]) -> Batch:
        return Batch(items, write_cursor(self._store.tag, self._follower.n))


@contextmanager
def follow(call: Call, untrusted_cursor: str) -> Iterator[Stream]:
    """Open a stream behind a cursor, or from now on if there is none."""
    store, frontend = call.context.store, call.frontend
    n = read_cursor(store.tag, untrusted_cursor) if untrusted_cursor else store.hub.high
    if n > store.hub.high:
        raise Refused(Reason.CURSOR_GONE, "the store was restored: take a new snapshot")
    if frontend.streams >= call.context.settings.limits.frontend_streams:
        raise Impatient(1)
    frontend.streams += 1
    follower = store.hub.follow(call.who.uid, n)
    try:
        yield Stream(call, follower)
    finally:
        store.hub.leave(follower)
        frontend.streams -= 1

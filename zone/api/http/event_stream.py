"""One stream of one user: first what the log has behind their cursor, then what comes.

Served by all three transports (zone/api/resources/streams.py).  A stream remembers nothing
but its place: whoever was cut off resumes from the last cursor they were given.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest
from zone.api.http.problems import Impatient
from zone.store import event_log, subscriptions
from zone.store.event_log import read_cursor, write_cursor
from zone.store.subscriptions import Follower, SentNotification, Sight, Straight

# Entries read from the log at once, so that commits do not wait for a long read.
PIECE = 500


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """What has gathered, and the cursor behind it."""

    items: Sequence[SentNotification]
    cursor: str

    def json(self) -> bytes:
        """Return the batch as one JSON object."""
        items = b",".join([item.json for item in self.items])
        return b'{"items":[%s],"cursor":"%s"}' % (items, self.cursor.encode())


class Stream:
    """A position in the log that moves on."""

    def __init__(self, request: ApiRequest, follower: Follower) -> None:
        """Use `follow`."""
        self._store = request.context.store
        self._now = request.context.clock
        self._follower = follower
        self._is_live = False

    def go_straight(self, way: Straight) -> None:
        """From now on have the reader written to without `next`, while that waits."""
        self._follower.straight = way

    async def next(self, patience_s: float) -> StreamBatch | None:
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
            self._follower.n = self._store.subscriptions.high
        return self._batch(fresh)

    async def _read_log(self) -> list[SentNotification]:
        entries = await self._store.read(lambda db: event_log.behind(db, self._follower.n, PIECE))
        sight = Sight(self._store.directory, self._now())
        uid, tag = self._follower.uid, self._store.tag
        self._is_live = len(entries) < PIECE
        if entries:
            self._follower.n = entries[-1].n
        shown = ((one.n, sight.shown(uid, one.entry)) for one in entries)
        return [subscriptions.told(tag, n, entry) for n, entry in shown if entry is not None]

    def _batch(self, items: list[SentNotification]) -> StreamBatch:
        return StreamBatch(items, write_cursor(self._store.tag, self._follower.n))


@contextmanager
def open_stream(request: ApiRequest, untrusted_cursor: str) -> Iterator[Stream]:
    """Open a stream after a cursor, or from now on if there is none."""
    store, frontend = request.context.store, request.frontend
    n = read_cursor(store.tag, untrusted_cursor) if untrusted_cursor else store.subscriptions.high
    if n > store.subscriptions.high:
        raise Refused(Reason.CURSOR_GONE, "the store was restored: take a new snapshot")
    if frontend.streams >= request.context.settings.limits.frontend_streams:
        raise Impatient(1)
    frontend.streams += 1
    follower = store.subscriptions.follow(request.who.uid, n)
    try:
        yield Stream(request, follower)
    finally:
        store.subscriptions.leave(follower)
        frontend.streams -= 1

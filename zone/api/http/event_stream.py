"""One stream of one user: first what the log has behind their cursor, then what comes.

Served by all three transports (zone/api/resources/streams.py).  A stream remembers nothing
but its place: whoever was cut off resumes from the last cursor they were given.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest
from zone.api.http.open_requests import OpenRequest
from zone.api.http.problems import Impatient
from zone.store import event_log, subscriptions
from zone.store.event_log import read_cursor, write_cursor
from zone.store.subscriptions import Follower, SentNotification, Straight
from zone.store.writing import Notification

# Entries read from the log at once, so that commits do not wait for a long read, and their bytes:
# what is sent of them is a frame of at most 256 KiB, which every WebSocket client takes.
PIECE, PIECE_BYTES = 500, 192 * 1024


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

    def __init__(self, request: ApiRequest, follower: Follower, hold: OpenRequest) -> None:
        """Use `open_stream`."""
        self._store = request.context.store
        self._hold = hold
        self._follower = follower
        self._is_live = False

    def go_straight(self, way: Straight) -> None:
        """From now on have the reader written to without `next`, while that waits."""
        self._follower.straight = way

    async def next(self, patience_s: float) -> StreamBatch | None:
        """Return the next batch, an empty one after `patience_s`, or None for a slow reader.

        Raises `RightEnded`: a right is asked again for whatever has waited to be sent.
        """
        while not self._is_live:
            items = await self._read_log()
            self._hold.demand()
            if items:
                return self._batch(items)
        found = await self._follower.gathered(patience_s)
        if self._follower.is_behind:
            return None
        self._hold.demand()
        # What the log told of already came to the follower as well.
        sight, uid = self._store.subscriptions.sight(), self._follower.uid
        seen = ((i, sight.shown(uid, i.entry)) for i in found if i.n > self._follower.n)
        fresh = [self._as_shown(item, entry) for item, entry in seen if entry is not None]
        if found:
            self._follower.n = max(self._follower.n, found[-1].n)
        else:  # nothing up to the end of the log was for this user
            self._follower.n = self._store.subscriptions.high
        return self._batch(fresh)

    async def _read_log(self) -> list[SentNotification]:
        entries, is_all = await self._store.read(
            lambda db: event_log.piece_behind(db, self._follower.n, PIECE, PIECE_BYTES)
        )
        sight = self._store.subscriptions.sight()
        uid, tag = self._follower.uid, self._store.tag
        self._is_live = is_all
        if entries:
            self._follower.n = entries[-1].n
        shown = ((one.n, sight.shown(uid, one.entry)) for one in entries)
        return [subscriptions.told(tag, n, entry) for n, entry in shown if entry is not None]

    def _as_shown(self, item: SentNotification, entry: Notification) -> SentNotification:
        """Return what waited as it is shown now: somebody may be seen less of than before."""
        if entry is item.entry:
            return item
        return subscriptions.told(self._store.tag, item.n, entry)

    def _batch(self, items: list[SentNotification]) -> StreamBatch:
        return StreamBatch(items, write_cursor(self._store.tag, self._follower.n))


@contextmanager
def open_stream(request: ApiRequest, untrusted_cursor: str) -> Iterator[Stream]:
    """Open a stream after a cursor, or from now on if there is none."""
    store = request.context.store
    n = read_cursor(store.tag, untrusted_cursor) if untrusted_cursor else store.subscriptions.high
    if n > store.subscriptions.high:
        raise Refused(Reason.CURSOR_GONE, "the store was restored: take a new snapshot")
    with _counted(request):
        follower = store.subscriptions.follow(request.who.uid, n)

        def leave() -> None:
            store.subscriptions.leave(follower)

        try:
            with request.while_entitled(on_end=leave) as hold:
                yield Stream(request, follower, hold)
        finally:
            leave()


@contextmanager
def _counted(request: ApiRequest) -> Iterator[None]:
    """Count an open stream of a frontend and of a person in it, or raise `Impatient`."""
    frontend, limits = request.frontend, request.context.settings.limits
    uid = request.who.person or request.who.uid
    of_them = frontend.streams_of.get(uid, 0)
    if frontend.streams >= limits.frontend_streams or of_them >= limits.person_streams:
        raise Impatient(1)
    frontend.streams += 1
    frontend.streams_of[uid] = of_them + 1
    try:
        yield
    finally:
        frontend.streams -= 1
        frontend.streams_of[uid] -= 1
        if not frontend.streams_of[uid]:
            del frontend.streams_of[uid]

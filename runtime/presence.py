"""Whether a peer is there, told only once it has lasted: a moment of reconnecting is no news.

Who dials again rests for up to five seconds, and a daemon that is started again takes some more;
so a link that is back within ten seconds was never down for people.  One that is up for less
than three seconds was refused, or breaks again at once, and is not up.

Of whoever is beyond the relay it tells the near zone, which waits once more before it believes
that they are away.  That bounds more than flapping: who comes and goes could say something to the
other network by it, past the policy, and says next to nothing at a bit in some seconds.
"""

import asyncio
from collections.abc import Callable

GONE_AFTER_S = 10.0
BACK_AFTER_S = 3.0
# What the relay says of a peer beyond it, before the zone's own ten seconds begin.
BEYOND_AFTER_S = 5.0


class Presence:
    """One peer, who counts as there until they have been away for long enough."""

    def __init__(
        self,
        on_change: Callable[[], None],
        clock: Callable[[], int],
        *,
        gone_after_s: float = GONE_AFTER_S,
        back_after_s: float = BACK_AFTER_S,
    ) -> None:
        """Call `on_change` when `since` has changed; `clock` returns milliseconds since 1970."""
        self._on_change = on_change
        self._clock = clock
        self._gone_after_s = gone_after_s
        self._back_after_s = back_after_s
        self._is_there: bool | None = None
        self._left_at = 0
        self._timer: asyncio.TimerHandle | None = None
        self.since: int | None = None  # when the peer went away, once that has lasted

    def restore(self, since: int) -> None:
        """Go on with a peer who was away when this program ended."""
        self.since = since

    def note(self, *, is_there: bool) -> None:
        """Take in that the peer is there, or is not: at the beginning, and whenever it changes."""
        if is_there == self._is_there:
            return
        self._is_there = is_there
        self.close()
        if not is_there:
            self._left_at = self._clock()
        if is_there != (self.since is None):
            bound = self._back_after_s if is_there else self._gone_after_s
            self._timer = asyncio.get_running_loop().call_later(bound, self._settle)

    def forget(self) -> None:
        """Know nothing of the peer for now; what was told of them stays."""
        self.close()
        self._is_there = None

    def _settle(self) -> None:
        self.since = None if self._is_there else self._left_at
        self._on_change()

    def close(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

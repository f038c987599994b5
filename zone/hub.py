"""The hub: hands what a commit wrote to the log to the streams that may see it.

An entry is encoded once, whoever follows; a stream gets all that has gathered in
one piece.  A reader that does not keep up is let go: it resumes from the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from zone.directory import Directory
from zone.writing import Numbered

# A stream that lags by more than this is let go.  2,000 messages of 500 bytes are 1 MiB.
MAX_LAG = 2_000


class Follower:
    """One open stream of one user."""

    def __init__(self, uid: str) -> None:
        """Use `Hub.follow`."""
        self.uid = uid
        self.is_behind = False
        self._gathered: list[Numbered] = []
        self._bell = asyncio.Event()

    def give(self, entry: Numbered) -> None:
        """Add an entry, unless the reader has fallen too far behind."""
        if len(self._gathered) >= MAX_LAG:
            self.is_behind = True
        else:
            self._gathered.append(entry)
        self._bell.set()

    async def gathered(self, patience_s: float) -> list[Numbered]:
        """Return what has gathered, waiting up to `patience_s` for something to."""
        if not self._gathered and not self.is_behind:
            self._bell.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._bell.wait()
            except TimeoutError:
                return []
        found, self._gathered = self._gathered, []
        return found


class Hub:
    """All open streams of a zone."""

    def __init__(self, directory: Directory, now: Callable[[], int]) -> None:
        """Ask `directory` who may see what."""
        self._directory = directory
        self._now = now
        self._followers: dict[str, set[Follower]] = defaultdict(set)

    def follow(self, uid: str) -> Follower:
        """Open a stream for a user; close it with `leave`."""
        follower = Follower(uid)
        self._followers[uid].add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Close a stream."""
        followers = self._followers[follower.uid]
        followers.discard(follower)
        if not followers:
            del self._followers[follower.uid]

    def count(self) -> int:
        """Return how many streams are open."""
        return sum(len(followers) for followers in self._followers.values())

    def publish(self, entries: Iterable[Numbered]) -> None:
        """Hand `entries` to those who may see them."""
        if not self._followers:
            return
        now = self._now()
        for numbered in entries:
            for uid in self._audience(numbered, now):
                for follower in self._followers[uid]:
                    follower.give(numbered)

    def _audience(self, numbered: Numbered, now: int) -> list[str]:
        entry = numbered.entry
        return [
            uid
            for uid in self._followers
            if may_see(self._directory, uid, entry.room, entry.audience, now)
        ]


def may_see(
    directory: Directory, uid: str, room: str | None, audience: str | None, now: int
) -> bool:
    """Return whether an entry of the log is for a user."""
    if audience is not None:
        return uid == audience
    if room is not None:
        return directory.sees(uid, room, now=now)
    return True

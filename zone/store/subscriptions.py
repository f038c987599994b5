"""The hub: hands what a commit wrote to the log to the streams that may see it.

An entry is encoded once, whoever follows; a stream gets all that has gathered in
one piece.  Who waits for news, and has read what came before, is written to at once;
the tasks of the others are woken.  A reader that does not keep up is let go: it resumes
from the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec

from wire.ids import BROADCAST, TENANT, USER
from wire.lane import Zone
from zone.copy.directory_views import UserView
from zone.store import visibility
from zone.store.directory import Directory
from zone.store.event_log import write_cursor
from zone.store.sealing import Numbered
from zone.store.writing import DUTY, EVERYBODY, KNOWN, Notification

# A stream that lags by more than this is let go.  One commit can bring 32 envelopes of
# 256 events, which is no fault of the reader's.  Entries are shared: a lag is 160 KB.
MAX_LAG = 20_000
# What a stream is given at once.  It is a copy for each stream, unlike what still waits.
MAX_PIECE_BYTES = 64 * 1024
# And of how many events, so that whoever reads them does not have to take in thousands at once.
MAX_PIECE_EVENTS = 500

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class SentNotification:
    """An entry of the log as every stream shows it: one JSON object."""

    n: int
    cursor: str
    json: bytes
    entry: Notification


def told(tag: str, n: int, entry: Notification) -> SentNotification:
    """Return entry `n` of the store `tag` in the form that is sent."""
    cursor = write_cursor(tag, n)
    head = f'{{"cursor":"{cursor}","type":"{entry.type}","room":'.encode()
    json = b'%s%s,"data":%s}' % (head, _encode(entry.room), entry.body)
    return SentNotification(n, cursor, json, entry)


class Straight(NamedTuple):
    """The way to a reader without its task.  `frame` makes of entries what its transport sends."""

    transport: asyncio.Transport
    frame: Callable[[Sequence[SentNotification]], bytes]
    is_shut: Callable[[], bool]

    def is_free(self) -> bool:
        """Return whether the reader may be written to, and has taken all that was written."""
        transport = self.transport
        return not (transport.get_write_buffer_size() or transport.is_closing() or self.is_shut())


Frames = dict[tuple[object, ...], bytes]


class Follower:
    """One open stream of one user, who has been told of everything up to entry `n`."""

    def __init__(self, uid: str, n: int) -> None:
        """Use `Hub.follow`."""
        self.uid = uid
        self.n = n
        self.is_behind = False
        self.straight: Straight | None = None
        self._gathered: list[SentNotification] = []
        self._waiter: asyncio.Future[None] | None = None

    def give(self, entry: SentNotification) -> None:
        """Add an entry, unless the reader has fallen too far behind; `pass_on` follows."""
        if len(self._gathered) >= MAX_LAG:
            self.is_behind = True
        else:
            self._gathered.append(entry)

    def pass_on(self, frames: Frames) -> None:
        """Write what has gathered to a reader who waits for it, or wake its task.

        `frames` has what was made for others who are told the same.
        """
        if self._waiter is None or self._waiter.done():
            return  # the task is at work, and looks again before it waits
        fresh, straight = self._gathered, self.straight
        is_whole = len(fresh) == _piece(fresh)
        # What the task has read from the log may come here as well: the task sorts that out.
        is_next = is_whole and not self.is_behind and fresh[0].n > self.n
        if straight is None or not is_next or not straight.is_free():
            self._wake()
            return
        key = (straight.frame, *map(id, fresh))
        if (frame := frames.get(key)) is None:
            frame = frames[key] = straight.frame(fresh)
        straight.transport.write(frame)
        self.n, self._gathered = fresh[-1].n, []

    async def gathered(self, patience_s: float) -> list[SentNotification]:
        """Return what has gathered, waiting up to `patience_s` for something to."""
        if not self._gathered and not self.is_behind:
            # A future and a timer: asyncio.timeout would cost a thousand streams 5 ms more.
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(patience_s, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        return self._take_piece()

    def _take_piece(self) -> list[SentNotification]:
        count = _piece(self._gathered)
        found, self._gathered = self._gathered[:count], self._gathered[count:]
        return found

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _piece(gathered: Sequence[SentNotification]) -> int:
    """Return how many of the first entries are given at once: one at least, if there is one."""
    size = 0
    for count, entry in enumerate(gathered):
        size += len(entry.json)
        if count and (size > MAX_PIECE_BYTES or count >= MAX_PIECE_EVENTS):
            return count
    return len(gathered)


class Subscriptions:
    """All open streams of a zone."""

    def __init__(
        self, directory: Directory, zone: Zone, now: Callable[[], int], tag: str, high: int
    ) -> None:
        """Ask `directory` who may see what in `zone`; the log of the store `tag` ends at `high`."""
        self._directory = directory
        self._zone = zone
        self._now = now
        self._tag = tag
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self.high = high
        self.bells: set[asyncio.Event] = set()  # rung when there is something new

    def follow(self, uid: str, n: int) -> Follower:
        """Open a stream behind entry `n` for a user; close it with `leave`."""
        follower = Follower(uid, n)
        self._followers[uid].add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Close a stream, if it is open.  Nothing is given to it from now on."""
        followers = self._followers.get(follower.uid, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(follower.uid, None)

    def sight(self) -> "Sight":
        """Return who may see what at this moment."""
        return Sight(self._directory, self._zone, self._now())

    def count(self) -> int:
        """Return how many streams are open."""
        return sum(len(followers) for followers in self._followers.values())

    def publish(self, entries: Sequence[Numbered]) -> None:
        """Hand `entries` to those who may see them."""
        if not entries:
            return
        self.high = entries[-1].n
        for bell in self.bells:
            bell.set()
        if not self._followers:
            return
        sight = self.sight()
        told_now: dict[Follower, None] = {}
        sent: list[SentNotification] = []  # kept until all are told: `Frames` goes by identity
        for numbered in entries:
            for entry, audience in self._shown(sight, numbered.entry):
                one = told(self._tag, numbered.n, entry)
                sent.append(one)
                for follower in audience:
                    follower.give(one)
                told_now |= dict.fromkeys(audience)
        frames: Frames = {}
        for follower in told_now:
            follower.pass_on(frames)

    def _shown(
        self, sight: "Sight", entry: Notification
    ) -> Iterable[tuple[Notification, list[Follower]]]:
        """Return who is told of an entry, by what they are shown of it."""
        found: dict[int, tuple[Notification, list[Follower]]] = {}
        for uid in self._candidates(entry):
            shown = sight.shown(uid, entry)
            if shown is not None:
                found.setdefault(id(shown), (shown, []))[1].extend(self._followers[uid])
        return found.values()

    def _candidates(self, entry: Notification) -> Iterable[str]:
        """Return who may be concerned: thousands answer a broadcast, and few see each answer."""
        audience = entry.audience
        if audience in (None, EVERYBODY) or audience.startswith((BROADCAST, TENANT, KNOWN)):
            return self._followers
        if not audience.startswith(DUTY):
            return [audience] if audience in self._followers else []
        duty, _, whose = audience.removeprefix(DUTY).partition(":")
        return [uid for uid in self._directory.holders(duty, whose) if uid in self._followers]


class _Subject(msgspec.Struct):
    id: str


class Sight:
    """Who may see which entries of the log, and what of them, as things stand at one moment."""

    def __init__(self, directory: Directory, zone: Zone, now: int) -> None:
        """Ask `directory` what holds in `zone` at `now`."""
        self._directory = directory
        self._zone = zone
        self._now = now
        self._since: dict[tuple[str, str], int | None] = {}
        self._is_here: dict[str, bool] = {}
        self._met: tuple[Notification, Notification] | None = None  # an entry, and less of it

    def shown(self, uid: str, entry: Notification) -> Notification | None:
        """Return what a user is shown of an entry: all, less of somebody's profile, or None.

        Nothing is for whoever's stay has ended.
        """
        if uid not in self._is_here:
            self._is_here[uid] = self._directory.may_use(uid, self._zone, now=self._now)
        if not self._is_here[uid]:
            return None
        if entry.audience is not None:
            return entry if self._is_of(uid, entry.audience) else None
        if entry.room is None:
            return self._of_subject(uid, entry)
        key = (uid, entry.room)
        if key not in self._since:
            self._since[key] = self._directory.since(uid, entry.room, now=self._now)
        since = self._since[key]
        return entry if since is not None and entry.at >= since else None

    def _of_subject(self, uid: str, entry: Notification) -> Notification | None:
        subject = msgspec.json.decode(entry.body, type=_Subject).id
        if not subject.startswith(USER):
            is_seen = visibility.sees_unit(self._directory, uid, subject, now=self._now)
            return entry if is_seen else None
        match visibility.sight(self._directory, uid, subject, now=self._now):
            case "whole":
                return entry
            case "met":
                return self._less(entry)
        return None

    def _less(self, entry: Notification) -> Notification:
        """Return an entry about somebody as those see it who merely meet them; the same for all."""
        if self._met is None or self._met[0] is not entry:
            user = msgspec.json.decode(entry.body, type=UserView)
            body = _encode(visibility.met(self._directory, user))
            self._met = entry, entry if body == entry.body else replace(entry, body=body)
        return self._met[1]

    def _is_of(self, uid: str, audience: str) -> bool:
        if audience.startswith(BROADCAST):
            return self._directory.sees_broadcast(uid, audience)
        if audience.startswith(DUTY):
            duty, _, whose = audience.removeprefix(DUTY).partition(":")
            return self._directory.has_duty(uid, duty, whose)
        if audience.startswith(KNOWN):
            who = audience.removeprefix(KNOWN)
            return visibility.sight(self._directory, uid, who, now=self._now) == "whole"
        if audience.startswith(TENANT):
            is_theirs = self._directory.tenant_of(uid) == audience
            return is_theirs and not self._directory.is_guest(uid)
        return audience in (EVERYBODY, uid)

"""Whether the links are up, told to people and kept: since when not, and how much waits.

Three things can be down.  `leaving` and `arriving` are this zone's own links to the relay; `far`
is what lies beyond, as the relay says of the leaving lane (`Flag.FAR_DOWN`): that the other zone
is not connected there.  What is down for long enough (`runtime.presence`) is written down, so that
a restart of the daemon neither forgets since when, nor tells it twice.

    up ──away for 10 s──▶ a row in `link_down`, and `link.down` ──back for 3 s──▶ no row, `link.up`

What waits are events made here that the relay has not taken in, and, while the other zone is
away, those that the relay has taken in since then.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

from runtime.presence import BEYOND_AFTER_S, Presence
from wire.ids import minted_at
from wire.lane import Lane
from wire.reasons import Unavailable
from zone.copy.link_views import LinkDirection, LinkView
from zone.link.inbox import Inbox
from zone.link.link_words import link_words
from zone.link.outbox import Outbox
from zone.store.store import ZoneStore
from zone.store.writing import EVERYBODY, Writing

Part = Literal["leaving", "arriving", "far"]
PARTS: Final[tuple[Part, ...]] = ("leaving", "far", "arriving")
RETRY_S: Final = 1.0


class LinkStates:
    """The state of the links of one zone."""

    def __init__(self, store: ZoneStore) -> None:
        """Keep in `store` what `note` is told, once it has lasted."""
        self._store = store
        self._bell = asyncio.Event()
        ring = self._bell.set
        self._parts: dict[Part, Presence] = {
            "leaving": Presence(ring, store.now),
            "arriving": Presence(ring, store.now),
            # The relay has waited already before it said so.
            "far": Presence(ring, self._far_left, back_after_s=0),
        }

    @classmethod
    @asynccontextmanager
    async def open(cls, store: ZoneStore) -> AsyncIterator["LinkStates"]:
        """Go on from what `store` says was down; until a link is up it is down."""
        states = cls(store)
        for part, since in await store.read(
            lambda db: db.execute("SELECT part, since FROM link_down").fetchall()
        ):
            states._parts[part].restore(since)
        states.note("leaving", is_up=False)
        states.note("arriving", is_up=False)
        try:
            yield states
        finally:
            for presence in states._parts.values():
                presence.close()

    def note(self, part: Part, *, is_up: bool) -> None:
        """Take in that a link is up, or down, at this moment."""
        self._parts[part].note(is_there=is_up)
        if part == "leaving" and not is_up:
            self._parts["far"].forget()  # of which only the relay knows

    def listen_to(self, outbox: Outbox, inbox: Inbox) -> None:
        """Take in what both links say of themselves."""
        outbox.on_link = lambda is_up: self.note("leaving", is_up=is_up)
        outbox.on_far = lambda is_up: self.note("far", is_up=is_up)
        inbox.on_link = lambda is_up: self.note("arriving", is_up=is_up)

    def _far_left(self) -> int:
        return self._store.now() - int(BEYOND_AFTER_S * 1_000)

    async def watch(self) -> None:
        """Write down and tell what has changed, for ever."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self._store.write(self._settle)
            except Unavailable:  # the disk is full: `_settle` says it once it is not
                await asyncio.sleep(RETRY_S)
                self._bell.set()

    def _settle(self, writing: Writing) -> None:
        """Keep since when what is down, and tell it if that is news."""
        found = ((part, presence.since) for part, presence in self._parts.items())
        now = {part: since for part, since in found if since is not None}
        if now == _since(writing.db):
            return
        writing.db.execute("DELETE FROM link_down")
        writing.db.executemany("INSERT INTO link_down VALUES (?, ?)", now.items())
        view = link_view(writing.db, writing.side.leaving, now=writing.now)
        writing.tell("link.down" if now else "link.up", view, audience=EVERYBODY)


def _since(db: sqlite3.Connection) -> dict[Part, int]:
    return dict(db.execute("SELECT part, since FROM link_down").fetchall())


def link_view(db: sqlite3.Connection, leaving: Lane, *, now: int) -> LinkView:
    """Return the state of the links, and what waits to leave."""
    since = _since(db)
    waiting, oldest = _waiting(db, leaving, since.get("far"))
    near, far, into = (since.get(part) for part in PARTS)
    return LinkView(
        state="down" if since else "up",
        since=min(since.values(), default=None),
        waiting=waiting,
        oldest=oldest,
        leaving=_direction(near, far),
        arriving=_direction(into, None),
        words=link_words(min(since.values(), default=None), waiting, now=now),
    )


def _direction(near: int | None, far: int | None) -> LinkDirection:
    """Return the state of one way: its own link to the relay since `near`, beyond since `far`."""
    if near is not None:
        return LinkDirection("down", min(near, near if far is None else far), "relay")
    return LinkDirection("up" if far is None else "down", far, None if far is None else "beyond")


def _waiting(db: sqlite3.Connection, leaving: Lane, far_left: int | None) -> tuple[int, int | None]:
    """Return how many events wait to leave, and when the oldest of them was made."""
    (acked,) = db.execute("SELECT acked FROM chain WHERE lane = ?", (leaving,)).fetchone()
    waiting, first = db.execute(
        f"SELECT count(*), min(seq) FROM delivery WHERE seq > ? AND {_IS_AWAITED}",  # noqa: S608 - a constant
        (acked,),
    ).fetchone()
    if far_left is not None:
        first, more = _since_far_left(db, acked, far_left, first)
        waiting += more
    if first is None:
        return 0, None
    (event,) = db.execute("SELECT event FROM delivery WHERE seq = ?", (first,)).fetchone()
    return waiting, minted_at(event)


# Of what left: nobody waits for what was refused or is held, for a reading position, or for what
# the daemons say to each other.
_IS_AWAITED: Final = """(verdict IS NULL OR verdict IN ('delivered', 'altered'))
    AND NOT EXISTS (SELECT 1 FROM unnoticed WHERE unnoticed.seq = delivery.seq)"""


def _since_far_left(
    db: sqlite3.Connection, acked: int, far_left: int, first: int | None
) -> tuple[int | None, int]:
    """Return the first of what the relay took in since then, if any, else `first`; and how many."""
    rows = db.execute(
        f"SELECT seq, event FROM delivery WHERE seq <= ? AND {_IS_AWAITED} ORDER BY seq DESC",  # noqa: S608 - a constant
        (acked,),
    )
    count = 0
    for seq, event in rows:
        if minted_at(event) < far_left:
            break
        first, count = seq, count + 1
    return first, count

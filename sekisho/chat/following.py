"""Keeping what a user knows in step with their zone, over any number of restarts of it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from sekisho.chat.conversation import Conversation
from sekisho.chat.overruled import Overruled, overruled_words
from sekisho_client import Client, Event, Message, Problem, Unreachable
from sekisho_client.events import BookingBeaten, UnreadChange
from wire.item_labels import Label

T = TypeVar("T")

# The end of a timeline that is fetched when a room is opened: some screens full.
LOADED: Final = 100
# Of so many of them that one has said oneself it is asked who has read them: a screen full.
ASKED: Final = 20
# Of what one was overruled in: more than anybody leaves unlooked at in a day.
KEPT: Final = 100


class Following:
    """One user's conversation, as the stream of events keeps it."""

    def __init__(self, client: Client) -> None:
        """Follow what `client`'s user sees, once `start` and `keep_up` are called."""
        self.client = client
        self.known = Conversation()
        self.on_change: Callable[[], Any] = lambda: None
        self.on_overruled: Callable[[Label], Any] = lambda _: None
        self._cursor = ""
        self._bell = asyncio.Event()

    async def start(self) -> None:
        """Take in the snapshot.  Raises `Problem` or `Unreachable`."""
        snapshot = await self.client.snapshot()
        self._cursor = snapshot.cursor
        self.known.stickers = {each.id: each.ja for each in await self.client.stickers()}
        self.known.begin(snapshot)
        self.known.link = (await self.client.server()).link

    async def keep_up(self) -> None:
        """Take in events until cancelled."""
        async for event in self.client.events(self._cursor):
            await self.take(event)
            self._bell.set()
            self.on_change()

    async def take(self, event: Event) -> None:
        """Take in an event, and ask for what it does not say itself."""
        self.known.take(event)
        if isinstance(event.data, Message):
            await self._introduce(event.data.author)
        if isinstance(event.data, UnreadChange):
            await self._count(event.data.room)
        if isinstance(event.data, Overruled):
            await self._overruled(event.data)

    async def _introduce(self, user: str) -> None:
        """Ask who a newcomer is; it does no harm if they have left again."""
        if user not in self.known.users:
            with suppress(Problem, Unreachable):
                self.known.users[user] = await self.client.user(user)

    async def _overruled(self, event: Overruled) -> None:
        """Find out what to tell of it; told again, it says the same."""
        if not isinstance(event, BookingBeaten):
            await self._introduce(event.by)
        told = self.known.overruled
        told[repr(event)] = await overruled_words(self.client, self.known, event)
        while len(told) > KEPT:
            del told[next(iter(told))]
        self.on_overruled(told[repr(event)])

    async def _count(self, room: str) -> None:
        """Ask what is unread in a room; it does no harm if one has left it."""
        with suppress(Problem, Unreachable):
            position = await self.client.position(room)
            if room in self.known.rooms:
                self.known.rooms[room].count(position)

    async def load(self, room: str) -> None:
        """Fetch the end of a room's timeline and who is in it, unless it is known already."""
        if self.known.rooms[room].is_loaded:
            return
        members = await self.client.members(room)
        self.known.rooms[room].members = {member.user: member for member in members}
        for member in members:
            await self._introduce(member.user)
        messages = (await self.client.messages(room, limit=LOADED)).items
        # Who has read it matters for what one has said oneself.
        own = [each.id for each in messages if each.author == self.known.me][-ASKED:]
        readers = {name: await self.client.readers(name) for name in own}
        self.known.load(room, messages, readers)

    async def until(self, condition: Callable[[Conversation], T | None], patience_s: float) -> T:
        """Return what `condition` finds in the conversation, as soon as it finds something.

        Raises `TimeoutError` if nothing comes that makes it.
        """
        async with asyncio.timeout(patience_s):
            while not (found := condition(self.known)):
                self._bell.clear()
                await self._bell.wait()
        return found

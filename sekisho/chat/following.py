"""Keeping what a user knows in step with their zone, over any number of restarts of it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from sekisho.chat.conversation import Conversation
from sekisho_client import Client, Message, Problem, Unreachable

T = TypeVar("T")

# The end of a timeline that is fetched when a room is opened: some screens full.
LOADED: Final = 100


class Following:
    """One user's conversation, as the stream of events keeps it."""

    def __init__(self, client: Client) -> None:
        """Follow what `client`'s user sees, once `start` and `keep_up` are called."""
        self.client = client
        self.known = Conversation()
        self.on_change: Callable[[], Any] = lambda: None
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
            self.known.take(event)
            if isinstance(event.data, Message):
                await self._introduce(event.data.author)
            self._bell.set()
            self.on_change()

    async def _introduce(self, user: str) -> None:
        """Ask who a newcomer is; it does no harm if they have left again."""
        if user not in self.known.users:
            with suppress(Problem, Unreachable):
                self.known.users[user] = await self.client.user(user)

    async def load(self, room: str) -> None:
        """Fetch the end of a room's timeline and who is in it, unless it is known already."""
        if self.known.rooms[room].is_loaded:
            return
        members = await self.client.members(room)
        self.known.rooms[room].members = {member.user: member for member in members}
        for member in members:
            await self._introduce(member.user)
        messages = (await self.client.messages(room, limit=LOADED)).items
        # Who has read it matters for what one has said oneself: ask for the oldest of these.
        own = next((each.id for each in messages if each.author == self.known.me), None)
        readers = await self.client.readers(own) if own else []
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

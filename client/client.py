"""A client of the local socket API of a zone.

    async with Client("run/api.sock", token, "us_…") as client:
        room = await client.create_room("防災")
        await client.post(room, "訓練を始めます")
        async for event in client.events():
            print(event["type"], event["data"])

Imports nothing of the server: it is one frontend among others.
"""

from collections.abc import AsyncIterator
from typing import cast

from client import following
from client.bots import Bots
from client.calls import Calls
from client.files import Files
from client.items import Items
from client.rooms import Rooms
from client.talk import Talk
from client.views import (
    Event,
    EventBatch,
    Results,
    Snapshot,
)


class Client(Rooms, Talk, Files, Items, Calls, Bots):
    """One user's view of a zone, through one frontend.

    Every method raises `Problem` if the server says no, and `Unreachable` if it
    does not answer.  Times are milliseconds since 1970.
    """

    async def search(
        self, q: str = "", *, room: str | None = None, author: str | None = None,
        next: str | None = None, **more: str | int,  # noqa: A002 - its name in the API
    ) -> Results:  # fmt: skip
        """Return what was said that has the words `q`, newest first, and names of files.

        `more` may be `since`, `until`, `has="file"`, `type` and `limit`.
        """
        given = {"q": q, "room": room, "author": author, "next": next} | more
        query = {key: value for key, value in given.items() if value is not None}
        return cast(Results, await self._ask("GET", "/v1/search", query=query))

    async def snapshot(self) -> Snapshot:
        """Return all that one needs to start with."""
        return cast(Snapshot, await self._ask("GET", "/v1/snapshot"))

    async def poll(self, since: str, *, wait: int = 30) -> EventBatch:
        """Return events behind a cursor, waiting up to `wait` seconds for one."""
        query = {"since": since, "wait": wait}
        return cast(EventBatch, await self._ask("GET", "/v1/events", query=query))

    def events(self, since: str | None = None) -> AsyncIterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        return following.events(self.session, self.snapshot, since)

"""A client of the local socket API of a zone.

    async with Client("run/api.sock", token, "us_…") as client:
        room = await client.create_room("防災")
        await client.post(room, "訓練を始めます")
        async for event in client.events():
            print(event["type"], event["data"])

Imports nothing of the server: it is one frontend among others.
"""

from collections.abc import AsyncIterator

from client import following
from client.bots import Bots
from client.calls import Calls
from client.files import Files
from client.items import Items
from client.looking import Looking
from client.rooms import Rooms
from client.talk import Talk
from client.views import (
    Event,
)


class Client(Rooms, Talk, Files, Items, Calls, Bots, Looking):
    """One user's view of a zone, through one frontend.

    Every method raises `Problem` if the server says no, and `Unreachable` if it
    does not answer.  Times are milliseconds since 1970.
    """

    def events(self, since: str | None = None) -> AsyncIterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        return following.events(self.session, self.snapshot, since)

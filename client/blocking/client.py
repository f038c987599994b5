"""The client for programs that are not asynchronous: the same methods, without `await`.

    with Client("run/api.sock", token, "us_…") as client:
        room = client.create_room("防災")
        client.post(room, "訓練を始めます")
        for event in client.events():
            print(event["type"], event["data"])

All but this module and `asking` is made from the asynchronous client
(`python -m tests.client.make_blocking`).
"""

from collections.abc import Iterator

from client.blocking.bots import Bots
from client.blocking.calls import Calls
from client.blocking.files import Files
from client.blocking.items import Items
from client.blocking.looking import Looking
from client.blocking.rooms import Rooms
from client.blocking.talk import Talk
from client.errors import Problem, Unreachable
from client.views import Event

__all__ = ["Client", "Problem", "Unreachable"]

WAIT_S = 30


class Client(Rooms, Talk, Files, Items, Calls, Bots, Looking):
    """One user's view of a zone, through one frontend.  One client for one thread."""

    def events(self, since: str | None = None) -> Iterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        cursor = since or self.snapshot()["cursor"]
        while True:
            try:
                batch = self.poll(cursor, wait=WAIT_S)
            except Problem as problem:
                if problem.code != "cursor-gone":
                    raise
                fresh = self.snapshot()
                cursor = fresh["cursor"]
                yield Event(cursor=cursor, type="client.resync", room=None, data={**fresh})
                continue
            yield from batch["items"]
            cursor = batch["cursor"]

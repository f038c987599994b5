"""The client for programs that are not asynchronous: the same methods, without `await`.

    with Client("run/api.sock", token, "us_…") as client:
        room = client.create_room("防災")
        client.post(room, "訓練を始めます")
        for event in client.events():
            print(event.type, event.data)

All but this module and `transport` is made from the asynchronous client.
"""

from collections.abc import Iterator

from sekisho_client.blocking.requests.acts import ActRequests
from sekisho_client.blocking.requests.broadcasts import BroadcastRequests
from sekisho_client.blocking.requests.events import EventRequests
from sekisho_client.blocking.requests.files import FileRequests
from sekisho_client.blocking.requests.items import ItemRequests
from sekisho_client.blocking.requests.messages import MessageRequests
from sekisho_client.blocking.requests.rooms import RoomRequests
from sekisho_client.errors import Problem
from sekisho_client.events import RESYNC, Event

WAIT_S = 30


class Client(
    RoomRequests,
    MessageRequests,
    FileRequests,
    ItemRequests,
    BroadcastRequests,
    ActRequests,
    EventRequests,
):
    """One user's view of a zone, through one frontend.  One client for one thread."""

    def events(self, since: str | None = None) -> Iterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        cursor = since or self.snapshot().cursor
        while True:
            try:
                batch = self.poll(cursor, wait=WAIT_S)
            except Problem as problem:
                if problem.code != "cursor-gone":
                    raise
                fresh = self.snapshot()
                cursor = fresh.cursor
                yield Event(cursor=cursor, type=RESYNC, room=None, data=fresh)
                continue
            yield from batch.items
            cursor = batch.cursor

"""The client: all that can be asked of a zone, and its events.

    async with Client("run/api.sock", token, "us_…") as client:
        room = await client.create_room("防災")
        await client.post(room, "訓練を始めます")
        async for event in client.events():
            print(event.type, event.data)

It imports nothing of the server: it is one frontend among others.
"""

from collections.abc import AsyncIterator

from sekisho_client.events import Event
from sekisho_client.requests.acts import ActRequests
from sekisho_client.requests.broadcasts import BroadcastRequests
from sekisho_client.requests.clearances import ClearanceRequests
from sekisho_client.requests.events import EventRequests
from sekisho_client.requests.files import FileRequests
from sekisho_client.requests.items import ItemRequests
from sekisho_client.requests.messages import MessageRequests
from sekisho_client.requests.rooms import RoomRequests
from sekisho_client.streams import stream_events


class Client(
    RoomRequests,
    MessageRequests,
    FileRequests,
    ItemRequests,
    BroadcastRequests,
    ActRequests,
    ClearanceRequests,
    EventRequests,
):
    """One user's view of a zone, through one frontend.

    Every method raises `Problem` if the server says no, `Unreachable` if it does not
    answer, and `Unexpected` if what it answers is not what its API says.  Times are
    milliseconds since 1970.
    """

    def events(self, since: str | None = None) -> AsyncIterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        return stream_events(self.session, self.snapshot, since)

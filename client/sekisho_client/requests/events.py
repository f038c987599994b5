"""Where to start and what comes next; and for bots, which resume behind what they acknowledged."""

from sekisho_client.events import EventBatch, read_batch
from sekisho_client.people import Snapshot
from sekisho_client.transport import Transport


class EventRequests(Transport):
    """The snapshot and the log."""

    async def snapshot(self) -> Snapshot:
        """Return all that one needs to start with."""
        return await self._get(Snapshot, "/v1/snapshot")

    async def poll(self, since: str, *, wait: int = 30) -> EventBatch:
        """Return events behind a cursor, waiting up to `wait` seconds for one."""
        query: dict[str, str | int] = {"since": since, "wait": wait}
        return read_batch(await self._request("GET", "/v1/events", query=query))

    async def bot_events(self, ack: str = "", *, wait: int = 30) -> EventBatch:
        """Acknowledge all up to the cursor `ack`, and return what is behind that.

        Without `ack` it is what was told and not acknowledged, also after a restart.
        """
        query: dict[str, str | int] = {"ack": ack, "wait": wait}
        return read_batch(await self._request("GET", "/v1/bots/me/events", query=query))

    async def ack(self, cursor: str) -> None:
        """Acknowledge all up to a cursor."""
        await self._request("POST", "/v1/ack", json={"cursor": cursor})

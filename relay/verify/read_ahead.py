"""Frames as they come in, several at a time: what waits together is written together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from runtime.links import Connection
from wire.frames import Frame
from wire.reasons import Refused

# Read ahead of the store; more would only wait in memory instead of the socket.
# Sixteen full batches are 8 MiB.
MAX_FRAMES = 16


class ReadAhead:
    """What a peer has sent and nobody has looked at yet."""

    def __init__(self, connection: Connection) -> None:
        """Use `reading`."""
        self._connection = connection
        self._queue: asyncio.Queue[Frame | Refused | None] = asyncio.Queue(MAX_FRAMES)
        self._end: Refused | None = None
        self._has_ended = False

    async def some(self) -> list[Frame]:
        """Return the frames that are here, at least one, or none if the peer has closed.

        Raises `Refused` for bytes that are no frame, after the frames before them.
        """
        frames: list[Frame] = []
        while not self._has_ended and (not frames or not self._queue.empty()):
            match await self._queue.get():
                case None:
                    self._has_ended = True
                case Refused() as refusal:
                    self._has_ended, self._end = True, refusal
                case frame:
                    frames.append(frame)
        if not frames and self._end is not None:
            raise self._end
        return frames

    async def read(self) -> None:
        """Read until the peer closes."""
        try:
            async for frame in self._connection.frames():
                await self._queue.put(frame)
        except Refused as refusal:
            await self._queue.put(refusal)
        else:
            await self._queue.put(None)


@asynccontextmanager
async def reading(connection: Connection) -> AsyncIterator[ReadAhead]:
    """Read ahead on `connection` meanwhile."""
    inbound = ReadAhead(connection)
    reader = asyncio.create_task(inbound.read())
    try:
        yield inbound
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader

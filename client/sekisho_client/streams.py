"""The log over a WebSocket, and again over the next one when it breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp

from sekisho_client.decoding import parse
from sekisho_client.errors import Problem, Unreachable
from sekisho_client.events import RESYNC, Event, EventBatch, read_batch
from sekisho_client.people import Snapshot
from sekisho_client.transport import read_answer

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
# The server bookmarks every 30 s; twice that in silence is a dead connection.
SILENCE_S = 60.0
# A batch of 2,000 events of 8,000 characters each.
MAX_BATCH_BYTES = 64 * 1024 * 1024


async def stream_events(
    session: aiohttp.ClientSession,
    snapshot: Callable[[], Awaitable[Snapshot]],
    since: str | None,
) -> AsyncIterator[Event]:
    """Yield events for ever."""
    cursor, pause = since, FIRST_PAUSE_S
    while True:
        try:
            if cursor is None:
                cursor = (await snapshot()).cursor
            async for batch in _batches(session, cursor):
                for event in batch.items:
                    yield event
                cursor, pause = batch.cursor, FIRST_PAUSE_S
        except Problem as problem:
            if problem.code == "cursor-gone":
                fresh = await snapshot()
                cursor = fresh.cursor
                yield Event(cursor=cursor, type=RESYNC, room=None, data=fresh)
            elif problem.status not in (429, 503):
                raise
        except (Unreachable, aiohttp.ClientError, TimeoutError):
            pass  # it comes back, and the cursor with it
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


async def _batches(session: aiohttp.ClientSession, cursor: str) -> AsyncIterator[EventBatch]:
    try:
        socket = await session.ws_connect(
            "/v1/stream", params={"since": cursor}, autoping=True, max_msg_size=MAX_BATCH_BYTES
        )
    except aiohttp.WSServerHandshakeError:
        # The handshake shows only a status: ask for the reason in the same words.
        async with session.get("/v1/events", params={"since": cursor}) as response:
            await read_answer(response)
        raise
    async with socket:
        while True:
            # Not wait_for: that of Python 3.11 loses a cancellation if a frame comes with it.
            async with asyncio.timeout(SILENCE_S):
                message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            yield read_batch(parse(message.data))

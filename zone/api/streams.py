"""Routes of the log, three ways: long poll, server-sent events, WebSocket.

Nothing is written over a stream: whoever does is shown out.  A reader that stays
away is let go, and resumes from its cursor.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from aiohttp import HttpVersion11, WSCloseCode, WSMessage, WSMsgType, web

from wire.reasons import Reason, Refused
from zone.api.call import Call
from zone.api.following import Batch, Stream, follow
from zone.api.forms import EventsQuery
from zone.api.framing import chunk, text_frame
from zone.hub import Straight, Told

BOOKMARK_S = 30.0
# A reader who takes longer for what fits into his socket has gone away.
SEND_TIMEOUT_S = 30.0
# The answer to a ping says all there is to say; nobody needs more of them.
MAX_CONTROL_FRAMES, CONTROL_WINDOW_S = 20, 10.0
MAX_FRAME_BYTES = 1024


async def get_events(call: Call) -> web.StreamResponse:
    """Return events behind a cursor: at once, as they come, or in the end none."""
    query = call.query(EventsQuery)
    return await serve(call, query.since, query.wait)


async def serve(call: Call, untrusted_cursor: str, wait_s: int) -> web.StreamResponse:
    """Answer with what is behind a cursor, as a stream if the asker takes one."""
    if "text/event-stream" in call.request.headers.get("Accept", ""):
        last = call.request.headers.get("Last-Event-ID", untrusted_cursor)
        return await _serve_events(call, last)
    with follow(call, untrusted_cursor) as stream:
        batch = await stream.next(wait_s)
    if batch is None:
        raise Refused(Reason.CURSOR_GONE, "too much happened at once: take a new snapshot")
    return web.Response(body=batch.json(), content_type="application/json")


async def _serve_events(call: Call, untrusted_cursor: str) -> web.StreamResponse:
    """Stream as server-sent events (HTML Living Standard, section 9.2)."""
    with follow(call, untrusted_cursor) as stream:
        first = await stream.next(0)  # before the headers: a cursor that is gone answers 410
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        if call.request.version >= HttpVersion11:
            response.enable_chunked_encoding()
        await response.prepare(call.request)
        if response.chunked:
            _go_straight(call, stream, _events_chunk, lambda: False)
        batch = first
        while batch is not None:
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await response.write(_as_events(batch))
            except (TimeoutError, ConnectionError):
                return response
            batch = await _next(stream)
    return response


def _go_straight(
    call: Call,
    stream: Stream,
    frame: Callable[[Sequence[Told]], bytes],
    is_shut: Callable[[], bool],
) -> None:
    if call.request.transport is not None:
        stream.go_straight(Straight(call.request.transport, frame, is_shut))


def _events_chunk(items: Sequence[Told]) -> bytes:
    return chunk(_as_events(Batch(items, items[-1].cursor)))


def _batch_frame(items: Sequence[Told]) -> bytes:
    return text_frame(Batch(items, items[-1].cursor).json())


async def _next(stream: Stream) -> Batch | None:
    """Return the next batch, or None to a reader who has to start again from his cursor."""
    try:
        return await stream.next(BOOKMARK_S)
    except Refused:  # the log was cut where he stood; asked again, it says so
        return None


def _as_events(batch: Batch) -> bytes:
    if not batch.items:
        return b"id: %s\nevent: bookmark\ndata: {}\n\n" % batch.cursor.encode()
    return b"".join(
        [b"id: %s\ndata: %s\n\n" % (item.cursor.encode(), item.json) for item in batch.items]
    )


async def get_stream(call: Call) -> web.StreamResponse:
    """Stream over a WebSocket (RFC 6455): one text frame for all that has gathered."""
    query = call.query(EventsQuery)
    socket = web.WebSocketResponse(
        autoping=False, heartbeat=BOOKMARK_S, compress=False, max_msg_size=MAX_FRAME_BYTES
    )
    if not socket.can_prepare(call.request):
        raise Refused(Reason.INVALID, "this route takes a WebSocket handshake")
    with follow(call, query.since) as stream:
        first = await stream.next(0)
        await socket.prepare(call.request)
        _go_straight(call, stream, _batch_frame, lambda: socket.closed)
        sending = asyncio.create_task(_send_all(socket, stream, first))
        try:
            await _listen(socket)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
    return socket


async def _send_all(socket: web.WebSocketResponse, stream: Stream, batch: Batch | None) -> None:
    try:
        while batch is not None:
            # No time-out: who reads nothing answers no ping, and the heartbeat ends him.
            await socket.send_frame(batch.json(), WSMsgType.TEXT)
            batch = await _next(stream)
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"resume from your cursor")
    except ConnectionError:
        return


async def _listen(socket: web.WebSocketResponse) -> None:
    """Answer pings until the peer leaves; whoever says anything else is shown out."""
    counted, since = 0, time.monotonic()
    async for message in socket:
        if time.monotonic() - since > CONTROL_WINDOW_S:
            counted, since = 0, time.monotonic()
        counted += 1
        if counted > MAX_CONTROL_FRAMES or not await _answer(socket, message):
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"nothing is sent here")
            return


async def _answer(socket: web.WebSocketResponse, message: WSMessage) -> bool:
    if message.type is WSMsgType.PING:
        await socket.pong(message.data)
    return message.type in (WSMsgType.PING, WSMsgType.PONG)

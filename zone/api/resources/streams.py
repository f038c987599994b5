"""Routes of the log, three ways: long poll, server-sent events, WebSocket.

Nothing is written over a stream: whoever does is shown out.  A reader that stays
away is let go, and resumes from its cursor.  A stream whose right has ended says so
last: a long poll answers with a problem, server-sent events end with `event: end`, and a
WebSocket closes with `4401` or `4403` and the reason.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from aiohttp import HttpVersion11, WSCloseCode, WSMessage, WSMsgType, web

from wire.reasons import Reason, Refused
from zone.api.http import problems
from zone.api.http.api_request import ApiRequest, encode
from zone.api.http.event_stream import Stream, StreamBatch, open_stream
from zone.api.http.framing import encode_chunk, text_frame
from zone.api.http.open_requests import RightEnded
from zone.api.http.problems import Problem, language_of
from zone.api.http.route import Header
from zone.api.resources.request_bodies import EventsQuery
from zone.store.subscriptions import SentNotification, Straight

RESUMING: Mapping[str, Header] = {
    "Last-Event-ID": Header(
        "The cursor behind which server-sent events go on; before the one in the query"
    ),
}

BOOKMARK_S = 30.0
# A reader who takes longer for what fits into their socket has gone away.
SEND_TIMEOUT_S = 30.0
# The answer to a ping says all there is to say; nobody needs more of them.
MAX_CONTROL_FRAMES, CONTROL_WINDOW_S = 20, 10.0
MAX_FRAME_BYTES = 1024
# Whose right has ended is told so within this time, or not at all.
FAREWELL_S = 1.0
# What a close frame has room for beside its code (RFC 6455, section 5.5).
MAX_REASON_BYTES = 123
# Codes with which a WebSocket closes when a right ends, by the status of its problem
# (RFC 6455, section 7.4.2: 4000 to 4999 are for private use).
_CLOSED: Mapping[int, int] = {401: 4401, 403: 4403}


async def get_events(request: ApiRequest) -> web.StreamResponse:
    """Return events behind a cursor: at once, as they come, or in the end none."""
    query = request.query(EventsQuery)
    return await serve(request, query.since, query.wait)


async def serve(request: ApiRequest, untrusted_cursor: str, wait_s: int) -> web.StreamResponse:
    """Answer with what is behind a cursor, as a stream if the asker takes one."""
    if "text/event-stream" in request.http.headers.get("Accept", ""):
        last = request.http.headers.get("Last-Event-ID", untrusted_cursor)
        return await _serve_events(request, last)
    with open_stream(request, untrusted_cursor) as stream:
        batch = await stream.next(wait_s)
    if batch is None:
        raise Refused(Reason.CURSOR_GONE, "too much happened at once: take a new snapshot")
    return web.Response(body=batch.json(), content_type="application/json")


async def _serve_events(request: ApiRequest, untrusted_cursor: str) -> web.StreamResponse:
    """Stream as server-sent events (HTML Living Standard, section 9.2)."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    try:
        with open_stream(request, untrusted_cursor) as stream:
            first = await stream.next(0)  # before the headers: a cursor that is gone answers 410
            if request.http.version >= HttpVersion11:
                response.enable_chunked_encoding()
            await response.prepare(request.http)
            if response.chunked:
                _go_straight(request, stream, _events_chunk, lambda: False)
            await _write_events(response, stream, first)
    except RightEnded as end:
        if not response.prepared:
            raise
        await _say_end(request, response, end)
    return response


async def _write_events(
    response: web.StreamResponse, stream: Stream, batch: StreamBatch | None
) -> None:
    while batch is not None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await response.write(_as_events(batch))
        except (TimeoutError, ConnectionError):
            return
        batch = await _next(stream)


async def _say_end(request: ApiRequest, response: web.StreamResponse, end: RightEnded) -> None:
    """Write the last event of a stream: a problem document that says why it is the last."""
    try:
        async with asyncio.timeout(FAREWELL_S):
            await response.write(b"event: end\ndata: %s\n\n" % encode(_problem(request, end)))
    except (TimeoutError, ConnectionError):
        if request.http.transport is not None:
            request.http.transport.abort()


def _problem(request: ApiRequest, end: RightEnded) -> Problem:
    language = language_of(request.http.headers.get("Accept-Language", ""))
    return problems.describe(end, instance=request.http.path, language=language)


def _go_straight(
    request: ApiRequest,
    stream: Stream,
    frame: Callable[[Sequence[SentNotification]], bytes],
    is_shut: Callable[[], bool],
) -> None:
    if request.http.transport is not None:
        stream.go_straight(Straight(request.http.transport, frame, is_shut))


def _events_chunk(items: Sequence[SentNotification]) -> bytes:
    return encode_chunk(_as_events(StreamBatch(items, items[-1].cursor)))


def _batch_frame(items: Sequence[SentNotification]) -> bytes:
    return text_frame(StreamBatch(items, items[-1].cursor).json())


async def _next(stream: Stream) -> StreamBatch | None:
    """Return the next batch, or None to a reader who has to start again from their cursor."""
    try:
        return await stream.next(BOOKMARK_S)
    except RightEnded:
        raise
    except Refused:  # the log was cut where they stood; asked again, it says so
        return None


def _as_events(batch: StreamBatch) -> bytes:
    if not batch.items:
        return b"id: %s\nevent: bookmark\ndata: {}\n\n" % batch.cursor.encode()
    return b"".join(
        [b"id: %s\ndata: %s\n\n" % (item.cursor.encode(), item.json) for item in batch.items]
    )


async def get_stream(request: ApiRequest) -> web.StreamResponse:
    """Stream over a WebSocket (RFC 6455): one text frame for all that has gathered."""
    query = request.query(EventsQuery)
    socket = web.WebSocketResponse(
        autoping=False, heartbeat=BOOKMARK_S, compress=False, max_msg_size=MAX_FRAME_BYTES
    )
    if not socket.can_prepare(request.http):
        raise Refused(Reason.INVALID, "this route takes a WebSocket handshake")
    try:
        with open_stream(request, query.since) as stream:
            first = await stream.next(0)
            await socket.prepare(request.http)
            _go_straight(request, stream, _batch_frame, lambda: socket.closed)
            await _serve_socket(socket, stream, first)
    except RightEnded as end:
        if not socket.prepared:
            raise
        await _close(request, socket, end)
    return socket


async def _serve_socket(
    socket: web.WebSocketResponse, stream: Stream, first: StreamBatch | None
) -> None:
    """Send what happens and answer pings, until either comes to an end."""
    sending = asyncio.create_task(_send_all(socket, stream, first))
    listening = asyncio.create_task(_listen(socket))
    try:
        await asyncio.wait([sending, listening], return_when=asyncio.FIRST_COMPLETED)
        if sending.done():  # and has closed the socket, unless the right to it has ended
            sending.result()
        await listening
    finally:
        for task in (sending, listening):
            task.cancel()
        await asyncio.wait([sending, listening])


async def _close(request: ApiRequest, socket: web.WebSocketResponse, end: RightEnded) -> None:
    """Close a socket and say why."""
    problem = _problem(request, end)
    said = f"{problem.code}: {problem.detail}"
    code = _CLOSED.get(problem.status, WSCloseCode.POLICY_VIOLATION)
    try:
        async with asyncio.timeout(FAREWELL_S):
            await socket.close(code=code, message=said.encode()[:MAX_REASON_BYTES])
    except TimeoutError:
        if request.http.transport is not None:
            request.http.transport.abort()


async def _send_all(
    socket: web.WebSocketResponse, stream: Stream, batch: StreamBatch | None
) -> None:
    try:
        while batch is not None:
            # No time-out: a reader who reads nothing answers no ping, and the heartbeat ends it.
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

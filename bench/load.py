"""Load: people's frontends as cheap as they can be made, over the local socket.

The generator shares the machine with what it measures, so it speaks HTTP and
WebSocket by hand and parses no more than it must.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_UPGRADE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n"
)
# A ping, and the answer to it under a mask of zeros (RFC 6455, 5.5).
_PING, _PONG = 9, b"\x8a%b\0\0\0\0%b"
# An id directly behind "data":{ of a message.created entry.
_CREATED = re.compile(rb'"type":"message\.created"[^{]*\{"id":"(ms_[0-9a-z]{26})"')
_ID = re.compile(rb'"id":"(ms_[0-9a-z]{26})"')
_DELIVERED = re.compile(rb'"id":"(ms_[0-9a-z]{26})","delivery":"delivered"')


class Sender(asyncio.Protocol):
    """One keep-alive connection that posts; one request at a time."""

    def __init__(self) -> None:
        """Use `connect`."""
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(cls, socket: Path) -> "Sender":
        """Connect to a zone's api.sock."""
        _, sender = await asyncio.get_running_loop().create_unix_connection(cls, str(socket))
        return sender

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _trouble: Exception | None) -> None:
        """Let whoever waits for an answer know that there will be none."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the zone hung up"))

    def data_received(self, data: bytes) -> None:
        """Complete the waiting request once its whole answer is here."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        if self._answer is not None:
            if head[9:10] == b"2":
                self._answer.set_result(body)
            else:
                self._answer.set_exception(RuntimeError((head[:12] + b" " + body[:300]).decode()))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    async def post(self, path: bytes, headers: bytes, body: bytes) -> bytes:
        """Post and return the body of the answer; raises `RuntimeError` unless it is 2xx."""
        return await self.ask(b"POST", path, headers, body)

    async def ask(self, method: bytes, path: bytes, headers: bytes, body: bytes = b"") -> bytes:
        """Ask and return the body of the answer; raises `RuntimeError` unless it is 2xx."""
        assert self._transport is not None
        if self._transport.is_closing():
            raise ConnectionError("the zone has hung up")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"%b %b HTTP/1.1\r\nHost: localhost\r\n%bContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (method, path, headers, len(body), body)
        )
        return await self._answer


class Follower(asyncio.Protocol):
    """A WebSocket stream: notes when each message came, or each verdict."""

    def __init__(self, headers: bytes) -> None:
        """Use `connect`."""
        self._headers = headers
        self._buffer = bytearray()
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.created: dict[bytes, float] = {}
        self.delivered: dict[bytes, float] = {}

    @classmethod
    async def connect(cls, socket: Path, headers: bytes) -> Self:
        """Follow a zone's stream from now on."""
        _, follower = await asyncio.get_running_loop().create_unix_connection(
            lambda: cls(headers), str(socket)
        )
        await follower.ready
        return follower

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_UPGRADE % self._headers)

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        now = time.perf_counter()
        buffer = self._buffer
        buffer += data
        if not self._is_open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._is_open = True
            del buffer[: end + 4]
            self.ready.set_result(None)
        while (frame := _frame(buffer)) is not None:
            opcode, said = frame
            if opcode == _PING and self._transport is not None:
                self._transport.write(_PONG % (bytes([0x80 | len(said)]), said))
            else:
                self.note(said, now)

    def note(self, frame: bytes, now: float) -> None:
        """Note what came in a frame."""
        for found in _CREATED.findall(frame):
            self.created[found] = now
        for found in _DELIVERED.findall(frame):
            self.delivered[found] = now


def _frame(buffer: bytearray) -> tuple[int, bytes] | None:
    """Take one whole frame of a server off `buffer`: its kind, what it holds (RFC 6455, 5.2)."""
    if len(buffer) < 2:
        return None
    length, at = buffer[1] & 127, 2
    if length >= 126:
        at = 4 if length == 126 else 10
        length = int.from_bytes(buffer[2:at])
    if len(buffer) < at + length:
        return None
    frame = buffer[0] & 15, bytes(buffer[at : at + length])
    del buffer[: at + length]
    return frame


def ids(answer: bytes) -> list[bytes]:
    """Return the ids of messages in an answer."""
    return _ID.findall(answer)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""A crowd of open streams in one thread: WebSocket, server-sent events, long poll.

It notes when a message reached each of them, with as little work as can be done: an
event loop with a thousand protocols would be measured more than what it measures.
"""

import select
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

Kind = Literal["websocket", "sse", "poll"]

_WEBSOCKET = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n"
)
_EVENTS = b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n%b\r\n"
_POLL = b"GET /v1/events?since=%b&wait=%d HTTP/1.1\r\nHost: localhost\r\n%b\r\n"
_WAIT_S = 60
_PING = b"\x89\0"  # as aiohttp sends it: nothing in it
_PONG = b"\x8a\x80\0\0\0\0"
_READ_BYTES = 1 << 18


@dataclass(slots=True, eq=False)
class Seat:
    """One stream of the crowd."""

    kind: Kind
    headers: bytes
    socket: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    is_open: bool = False
    came_at: float = 0.0

    def ask(self, cursor: bytes = b"") -> None:
        """Ask for the stream, or for the next piece of it."""
        if self.kind == "poll":
            question = _POLL % (cursor, _WAIT_S if cursor else 0, self.headers)
        else:
            question = (_WEBSOCKET if self.kind == "websocket" else _EVENTS) % self.headers
        self.socket.sendall(question)


class Crowd:
    """Many seats, read by one thread.  Use `with`."""

    def __init__(self, path: Path) -> None:
        """Sit down at the socket at `path`."""
        self._path = path
        self._epoll = select.epoll()
        self._seats: dict[int, Seat] = {}

    def seats(self, kind: Kind | None = None) -> list[Seat]:
        """Return all seats, or those of a kind."""
        return [seat for seat in self._seats.values() if kind in (None, seat.kind)]

    def take(self, wanted: Iterable[tuple[Kind, bytes]]) -> float:
        """Open streams, all at once, and return after how many seconds the last one was open."""
        started = time.perf_counter()
        for kind, headers in wanted:
            one = socket.socket(socket.AF_UNIX)
            one.connect(str(self._path))
            seat = self._seats[one.fileno()] = Seat(kind, headers, one)
            seat.ask()
            self._epoll.register(one, select.EPOLLIN)
        waiting = {seat for seat in self._seats.values() if not seat.is_open}
        while waiting:
            self._read(b"", 1.0)
            waiting = {seat for seat in waiting if not seat.is_open}
        return time.perf_counter() - started

    def leave(self) -> None:
        """Hang up everywhere."""
        for seat in self._seats.values():
            self._epoll.unregister(seat.socket)
            seat.socket.close()
        self._seats.clear()

    def wait_for(self, word: bytes, patience_s: float) -> None:
        """Read until `word` has come to everybody, or all `patience_s` seconds of it."""
        until, missing = time.perf_counter() + patience_s, set(self._seats.values())
        for seat in missing:
            seat.came_at = 0.0
        while missing and (left := until - time.perf_counter()) > 0:
            missing.difference_update(self._read(word, left))
        if word and missing:
            raise TimeoutError(f"{len(missing)} streams were not told")

    def _read(self, word: bytes, patience_s: float) -> list[Seat]:
        told = []
        for descriptor, _ in self._epoll.poll(patience_s):
            seat = self._seats[descriptor]
            data = seat.socket.recv(_READ_BYTES)
            now = time.perf_counter()
            if not data:
                raise ConnectionError(f"a {seat.kind} stream was closed")
            seat.buffer += data
            if word and word in seat.buffer:
                seat.came_at = now
                told.append(seat)
            _consume(seat)
        return told

    def __enter__(self) -> Self:
        """Begin with nobody."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up everywhere."""
        self.leave()
        self._epoll.close()


def _consume(seat: Seat) -> None:
    """Take off what is whole, answer pings, ask again where the answer is complete."""
    buffer = seat.buffer
    if seat.kind == "poll":
        end = buffer.find(b"\r\n\r\n")
        if end < 0 or not buffer.endswith(b'"}') or len(buffer) < end + 4 + _length(buffer[:end]):
            return
        cursor = bytes(buffer[buffer.rindex(b'"cursor":"') + 10 : -2])
        seat.is_open = True
        seat.ask(cursor)
    elif not seat.is_open:
        # The first piece says where the stream begins.
        seat.is_open = b'"cursor":"' in buffer or b"event: bookmark" in buffer
        if not seat.is_open:
            return
    elif seat.kind == "websocket" and buffer == _PING:
        seat.socket.sendall(_PONG)
    buffer.clear()


def _length(head: bytearray) -> int:
    return int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])

"""The door of a local socket: who may come in, and how long it is held open.

Whoever runs as a Unix user that may not be here is turned away before a byte of
theirs is parsed.  aiohttp waits for ever for a first request that does not end; the
door does not.

Connections are few.  Half of them are shared out among the Unix users who may be here, and nobody
takes another's part; and where there is no room, who has said nothing yet makes some for who comes.
"""

import asyncio
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import cast

import msgspec
import structlog
from aiohttp import web

from runtime.sockets import peer_credentials
from wire.reasons import Unavailable
from zone.api.http import problems

HEADER_TIMEOUT_S = 10.0
# What the daemon itself needs open: its store, its links, files on their way.
OWN_DESCRIPTORS = 64
# Connections that are being told that there is no room; more than these are cut.
REFUSALS = 64
# After this long a connection over which nothing was asked gives way, if there is no room.
SILENT_S = 1.0
# What is known of who has gone is at most this old.
SWEEP_S = 0.05
# How long whoever is refused has to say what they want, and to read why it is not done.
REFUSAL_S = 1.0
MAX_HEAD_BYTES = 16 * 1024
LOG_EVERY_S = 1.0

_PATH = re.compile(r"[A-Z]{3,7} (/[!-~]{0,300}) ")

logger = structlog.get_logger()


class SocketDoor:
    """The door of one socket.  `uids` says who may come in, as things stand."""

    def __init__(self, uids: Callable[[], Collection[int]]) -> None:
        """Let nobody in until `open`."""
        self._uids = uids
        # Those over which nothing was asked yet, and since when; the oldest come first.
        self._waiting: dict[asyncio.BaseTransport, float] = {}
        # Who is in, as far as it is known; and how many connections each user has.
        self._inside: dict[asyncio.BaseTransport, int] = {}
        self._of_user: Counter[int] = Counter()
        self._swept_at = 0.0
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._limit = max(1, files - OWN_DESCRIPTORS - REFUSALS)
        self._logged_at = 0.0
        self._refusals = 0

    def open(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return the factory of protocols that lead to `server`."""
        return lambda: _Doorstep(self, server)

    def greet(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a whole request has come over `transport`."""
        if transport is not None:
            self._waiting.pop(transport, None)

    def admit(self, transport: asyncio.Transport, server: web.Server) -> asyncio.Protocol | None:
        """Return who serves a new connection, or None for nobody.

        Whoever is let in has to say something within a time.  Where there is no room left, a
        connection is told so: it would not know that it may come again.
        """
        uid = peer_credentials(transport.get_extra_info("socket"))[1]
        is_known, number = uid in self._uids(), len(server.connections)
        if not is_known or not (self._has_room(uid, number) or self._make_room(uid, number)):
            self._log(uid, is_full=is_known)
            if not is_known or self._refusals >= REFUSALS:
                return None
            self._refusals += 1
            return _Refusal(self)
        loop = asyncio.get_running_loop()
        self._waiting[transport], self._inside[transport] = loop.time(), uid
        self._of_user[uid] += 1
        loop.call_later(HEADER_TIMEOUT_S, self._close, transport)
        return server()

    def _has_room(self, uid: int, number: int) -> bool:
        """Return whether a user may have one more than the `number` of connections there are."""
        now = time.monotonic()
        if len(self._inside) > number and now - self._swept_at >= SWEEP_S:
            self._swept_at = now
            self._inside = {t: u for t, u in self._inside.items() if not t.is_closing()}
            self._of_user = Counter(self._inside.values())
        users = self._uids()
        part = self._limit // (2 * len(users))
        kept = sum(max(0, part - self._of_user[each]) for each in users if each != uid)
        return self._limit - number > kept

    def _make_room(self, uid: int, number: int) -> bool:
        """Show out who has been silent longest of a user's own; return whether there was one.

        Until it has gone there is one more than there may be, in the place of a refusal.
        """
        if self._refusals + max(0, number - self._limit) >= REFUSALS:
            return False
        before = asyncio.get_running_loop().time() - SILENT_S
        for transport, since in self._waiting.items():
            if since > before:
                return False
            if self._inside.get(transport) == uid and not transport.is_closing():
                self._close(cast(asyncio.Transport, transport))
                return True
        return False

    def refused(self) -> None:
        """Note that a refusal has been read, or not."""
        self._refusals -= 1

    def _close(self, transport: asyncio.Transport) -> None:
        if self._waiting.pop(transport, None) is not None:
            transport.abort()

    def _log(self, uid: int, *, is_full: bool) -> None:
        # Whoever knocks without end does not fill the log with it.
        if time.monotonic() - self._logged_at > LOG_EVERY_S:
            self._logged_at = time.monotonic()
            logger.warning("connection.refused", uid=uid, full=is_full)


class _Doorstep(asyncio.Protocol):
    """What a connection meets first, and, if it is let in, never again."""

    def __init__(self, door: SocketDoor, server: web.Server) -> None:
        self._door = door
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        arrived = cast(asyncio.Transport, transport)
        handler = self._door.admit(arrived, self._server)
        if handler is None:
            arrived.abort()
            return
        arrived.set_protocol(handler)
        handler.connection_made(arrived)


class _Refusal(asyncio.Protocol):
    """A connection for which there is no room: it gets its 503 once it has asked.

    Closed before it has asked, it would be reset, and its client would not know why.
    """

    def __init__(self, door: SocketDoor) -> None:
        self._door = door
        self._transport: asyncio.Transport | None = None
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        asyncio.get_running_loop().call_later(REFUSAL_S, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._door.refused()

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        is_answered = len(self._head) > MAX_HEAD_BYTES or b"\r\n\r\n" in self._head
        self._head += b"" if is_answered else data
        if not is_answered and (len(self._head) > MAX_HEAD_BYTES or b"\r\n\r\n" in self._head):
            # The rest of a body is read and dropped until its sender has read this.
            self._transport.write(_no_room(self._head))
            self._transport.write_eof()


def _no_room(untrusted_head: bytes) -> bytes:
    """Return the answer to a request for which there is no room."""
    lines = untrusted_head.decode("latin-1").split("\r\n")
    accepted = [line[16:] for line in lines if line.lower().startswith("accept-language:")]
    language = problems.language_of(accepted[0] if accepted else "")
    trouble = Unavailable("all connections are taken")
    path = _PATH.match(lines[0])
    document = problems.describe(trouble, instance=path[1] if path else "/", language=language)
    body = msgspec.json.encode(document)
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        f"Content-Language: {language}\r\nRetry-After: {document.retry_after}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body

"""The door of a local socket: who may come in, and how long it is held open.

Whoever runs as a Unix user that may not be here is turned away before a byte of
theirs is parsed.  aiohttp waits for ever for a first request that does not end; the
door does not.
"""

import asyncio
import resource
import time
from collections.abc import Callable, Collection
from typing import cast

import structlog
from aiohttp import web

from runtime.links import peer_credentials

HEADER_TIMEOUT_S = 10.0
# What the daemon itself needs open: its store, its links, files on their way.
OWN_DESCRIPTORS = 64
LOG_EVERY_S = 1.0

logger = structlog.get_logger()


class SocketDoor:
    """The door of one socket.  `uids` says who may come in, as things stand."""

    def __init__(self, uids: Callable[[], Collection[int]]) -> None:
        """Let nobody in until `open`."""
        self._uids = uids
        self._waiting: set[asyncio.BaseTransport] = set()
        self._limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OWN_DESCRIPTORS
        self._logged_at = 0.0

    def open(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return the factory of protocols that lead to `server`."""
        return lambda: _Doorstep(self, server)

    def greet(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a whole request has come over `transport`."""
        if transport is not None:
            self._waiting.discard(transport)

    def admit(self, transport: asyncio.Transport, server: web.Server) -> bool:
        """Return whether a new connection may stay; if so, see that it says something."""
        uid = peer_credentials(transport.get_extra_info("socket"))[1]
        is_full = len(server.connections) >= self._limit
        if is_full or uid not in self._uids():
            self._log(uid, is_full=is_full)
            return False
        self._waiting.add(transport)
        asyncio.get_running_loop().call_later(HEADER_TIMEOUT_S, self._close, transport)
        return True

    def _close(self, transport: asyncio.Transport) -> None:
        if transport in self._waiting:
            self._waiting.discard(transport)
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
        if not self._door.admit(arrived, self._server):
            arrived.abort()
            return
        handler = self._server()
        arrived.set_protocol(handler)
        handler.connection_made(arrived)

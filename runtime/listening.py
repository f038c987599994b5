"""The listening end of a link (`runtime.links`): bound first, served later.

A daemon binds what it listens on before it confines itself, since it may make no socket afterwards.
"""

import asyncio
import math
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from runtime.certificates import server_context
from runtime.links import (
    DIAL_TIMEOUT_S,
    Clock,
    Connection,
    Endpoint,
    HandedEndpoint,
    TlsEndpoint,
    UnixEndpoint,
    demand_peer,
    take_link,
)
from runtime.sockets import bind_socket
from wire.frames import FrameType
from wire.reasons import Refused

# Who may wait to be taken in while we are busy.
BACKLOG = 1024
# Of who may not be on a link, one in this time is told of: they may knock without end.
LOG_EVERY_S = 1.0

logger = structlog.get_logger()

Handler = Callable[[Connection], Awaitable[None]]
_Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


@dataclass(frozen=True, slots=True)
class BoundEndpoint:
    """An endpoint at which nobody is answered yet: its sockets are bound and do not listen."""

    endpoint: Endpoint
    sockets: tuple[socket.socket, ...] = ()
    tls: ssl.SSLContext | None = None

    def close(self) -> None:
        """Let go of what was bound."""
        for each in self.sockets:
            each.close()


def bind_endpoint(endpoint: Endpoint) -> BoundEndpoint:
    """Bind what is listened on at `endpoint`.  Raises `Unavailable` or `OSError`."""
    match endpoint:
        case UnixEndpoint(path, _, gid):
            return BoundEndpoint(endpoint, (bind_socket(path, 0o660, gid),))
        case TlsEndpoint(host, port, identity, peer):
            context = server_context(identity, peer)
            return BoundEndpoint(endpoint, tuple(_bound(host, port)), context)
        case HandedEndpoint():
            return BoundEndpoint(endpoint)


def _bound(host: str, port: int) -> list[socket.socket]:
    """Return a socket for each address that `host` has, as asyncio would make them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            made.append(sock := socket.socket(family, kind, protocol))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
    except OSError:
        for each in made:
            each.close()
        raise
    return made


@dataclass(slots=True)
class _StrangersLog:
    """Tells of who may not be on a link, not each time."""

    told_at: float = -math.inf

    def tell(self, refusal: Refused) -> None:
        if time.monotonic() - self.told_at > LOG_EVERY_S:
            self.told_at = time.monotonic()
            logger.warning("link.refused", reason=refusal.reason, detail=refusal.detail)


@asynccontextmanager
async def listen_on(
    bound: BoundEndpoint,
    takes: frozenset[FrameType],
    handle: Handler,
    clock: Clock | None = None,
) -> AsyncIterator[None]:
    """Listen, and call `handle` with each connection whose peer is who it must be.

    The newest connection wins: the peer that dials again has lost the one before.  With a `clock`,
    a peer that asks is told the time.
    """
    current: set[asyncio.Future[None]] = set()
    is_over, strangers = False, _StrangersLog()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, takes, clock, speaks_first=True)
        if is_over:  # it was on its way in when we stopped
            connection.close()
            return
        try:
            demand_peer(bound.endpoint, writer)
        except Refused as refusal:
            connection.close()
            strangers.tell(refusal)
            return
        for older in current:
            older.cancel()
        task = asyncio.ensure_future(handle(connection))
        current.add(task)
        task.add_done_callback(current.discard)
        # Not in the task, which may be cancelled before it begins.
        task.add_done_callback(lambda _: connection.close())

    try:
        async with _serving(bound, accept):
            yield
    finally:
        is_over = True
        await _end(current)


async def _end(tasks: Collection[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


@asynccontextmanager
async def _serving(bound: BoundEndpoint, accept: _Accept) -> AsyncIterator[None]:
    match bound.endpoint:
        case HandedEndpoint(channel):
            taking = asyncio.create_task(_take_links(channel, accept))
            try:
                yield
            finally:
                taking.cancel()
                await asyncio.wait([taking])
        case _:
            servers: list[asyncio.Server] = []
            try:
                for sock in bound.sockets:
                    servers.append(await _server(sock, bound.tls, accept))
                    # In here: cancelled while it starts, it still has to close.
                    await servers[-1].start_serving()
                yield
            finally:
                for server in servers:
                    server.close()


async def _server(
    sock: socket.socket, tls: ssl.SSLContext | None, accept: _Accept
) -> asyncio.Server:
    patience = None if tls is None else DIAL_TIMEOUT_S
    return await asyncio.start_server(
        accept,
        sock=sock,
        ssl=tls,
        ssl_handshake_timeout=patience,
        backlog=BACKLOG,
        start_serving=False,
    )


async def _take_links(channel: socket.socket, accept: _Accept) -> None:
    """Take what is handed to us, until nobody can hand us anything any more."""
    loop, has_come = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(channel, has_come.set)
    try:
        while True:
            await has_come.wait()
            has_come.clear()
            with suppress(ConnectionResetError):
                while (link := take_link(channel)) is not None:
                    accept(*await asyncio.open_unix_connection(sock=link))
                continue
            return
    finally:
        loop.remove_reader(channel)

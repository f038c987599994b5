"""The two local sockets of a zone, from bound to closed."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from runtime.activation import receive_sockets
from runtime.node import gid_of
from runtime.sockets import bind_socket
from zone.api import app
from zone.api.http.context import ApiContext
from zone.api.http.door import SocketDoor
from zone.api.http.frontend_rows import known_frontends, known_tokens
from zone.api.http.frontends import Frontends
from zone.api.operator import admin
from zone.api.operator.upkeep import keep_up, note_uses
from zone.copy.thumbnailer import Thumbnailer
from zone.settings import SocketSettings

IDLE_TIMEOUT_S = 30.0
# How long what is left of a refused body is read, so that its sender gets to read why.
LINGER_S = 1.0
# A handler that is still at it when the daemon stops is a stream: it resumes elsewhere.
SHUTDOWN_TIMEOUT_S = 1.0
ROOT = 0


@dataclass(frozen=True, slots=True)
class BoundSockets:
    """A zone's two sockets, bound before anybody is answered; `made` are the files to remove."""

    api: socket.socket
    admin: socket.socket
    made: tuple[Path, ...]

    def close(self) -> None:
        """Let go of both."""
        self.api.close()
        self.admin.close()


def bind_sockets(folder: Path, wanted: SocketSettings) -> BoundSockets:
    """Bind api.sock and admin.sock of the zone in `folder`, or take what systemd hands over."""
    (folder / "run").mkdir(mode=0o750, exist_ok=True)
    desk = folder / "run" / "admin.sock"
    given = receive_sockets(frozenset({"api"})).take("api")
    if given is not None:
        return BoundSockets(given, bind_socket(desk, 0o600), (desk,))
    path = folder / wanted.api
    api = bind_socket(path, int(wanted.mode, 8), gid_of(wanted.group))
    return BoundSockets(api, bind_socket(desk, 0o600), (path, desk))


@asynccontextmanager
async def serve_sockets(
    context: ApiContext, bound: BoundSockets, thumbnailer: Thumbnailer
) -> AsyncIterator[None]:
    """Serve api.sock and admin.sock, and remove those that we made."""
    frontends = Frontends(context.settings.limits)
    store, again = context.store, context.open_requests
    frontends.learn(*await store.read(lambda db: (known_frontends(db), known_tokens(db))))
    store.on_people = again.ask_again
    operators = frozenset({ROOT, os.geteuid()})
    async with AsyncExitStack() as stack:
        for path in bound.made:
            stack.callback(path.unlink, missing_ok=True)
        public, private = SocketDoor(lambda: frontends.uids), SocketDoor(lambda: operators)
        api = app.build(context, frontends, public, thumbnailer)
        desk = admin.build(context, frontends, private)
        await stack.enter_async_context(_served(api, public, bound.api))
        await stack.enter_async_context(_served(desk, private, bound.admin))
        tasks = [
            asyncio.create_task(keep_up(store, context.settings.limits)),
            asyncio.create_task(context.open_requests.watch()),
            asyncio.create_task(note_uses(store, frontends)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


class _WithoutQuotes(logging.Filter):
    """Drops what aiohttp says of bytes that are no HTTP, since it quotes them.

    They may be what somebody said, and whoever sends them could fill the disk.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _http_logger() -> logging.Logger:
    logger = logging.getLogger("sekisho.http")
    if not logger.filters:
        logger.addFilter(_WithoutQuotes())
    return logger


@asynccontextmanager
async def _served(
    application: web.Application, door: SocketDoor, sock: socket.socket
) -> AsyncIterator[None]:
    runner = web.AppRunner(
        application,
        access_log=None,
        keepalive_timeout=IDLE_TIMEOUT_S,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        handler_cancellation=True,
        lingering_time=LINGER_S,
        logger=_http_logger(),
        auto_decompress=False,
    )
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("aiohttp has set up no server")
    listener = await asyncio.get_running_loop().create_unix_server(
        door.open(runner.server), sock=sock, backlog=1024
    )
    try:
        yield
    finally:
        listener.close()
        await runner.shutdown()
        await runner.cleanup()

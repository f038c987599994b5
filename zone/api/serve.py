"""The two local sockets of a zone, from bound to closed, and what is forgotten meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from runtime.links import bind_socket
from wire.reasons import Unavailable
from zone import log
from zone.api import admin, answers, app
from zone.api.context import Context
from zone.api.door import Door
from zone.api.frontends import Frontends, known
from zone.writing import Writing

IDLE_TIMEOUT_S = 30.0
# How long what is left of a refused body is read, so that its sender gets to read why.
LINGER_S = 1.0
# A handler that is still at it when the daemon stops is a stream: it resumes elsewhere.
SHUTDOWN_TIMEOUT_S = 1.0
ROOT = 0

UPKEEP_EVERY_S = 60.0
# Rows forgotten in one transaction: 20 ms, which a message may wait.
UPKEEP_ROWS = 5_000


@asynccontextmanager
async def run(context: Context) -> AsyncIterator[None]:
    """Serve api.sock and admin.sock in the node's folder `run`."""
    frontends = Frontends(context.settings.limits)
    frontends.learn(await context.store.read(known))
    operators = frozenset({ROOT, os.geteuid()})
    folder = context.store.folder / "run"
    folder.mkdir(mode=0o750, exist_ok=True)
    async with AsyncExitStack() as stack:
        public, private = Door(lambda: frontends.uids), Door(lambda: operators)
        api = app.build(context, frontends, public)
        desk = admin.build(context, frontends, private)
        await stack.enter_async_context(_served(api, public, folder / "api.sock", 0o660))
        await stack.enter_async_context(_served(desk, private, folder / "admin.sock", 0o600))
        upkeep = asyncio.create_task(_keep_up(context))
        try:
            yield
        finally:
            upkeep.cancel()
            await asyncio.wait([upkeep])


@asynccontextmanager
async def _served(
    application: web.Application, door: Door, path: Path, mode: int
) -> AsyncIterator[None]:
    runner = web.AppRunner(
        application, access_log=None, keepalive_timeout=IDLE_TIMEOUT_S,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S, handler_cancellation=True,
        lingering_time=LINGER_S, auto_decompress=False,
    )  # fmt: skip
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("aiohttp has set up no server")
    listener = await asyncio.get_running_loop().create_unix_server(
        door.open(runner.server), sock=bind_socket(path, mode), backlog=1024
    )
    try:
        yield
    finally:
        listener.close()
        await runner.shutdown()
        await runner.cleanup()


async def _keep_up(context: Context) -> None:
    """Forget answers and entries of the log that are past their time, a little at a time."""
    keep = context.settings.limits.log_entries
    while True:
        forgotten = 0
        with suppress(Unavailable):  # the disk is full: try again later
            forgotten = await context.store.write(lambda writing: _forget(writing, keep))
        await asyncio.sleep(0.1 if forgotten else UPKEEP_EVERY_S)


def _forget(writing: Writing, keep: int) -> int:
    given = answers.forget(writing.db, now=writing.now, limit=UPKEEP_ROWS)
    return given + log.cut(writing.db, keep=keep, limit=UPKEEP_ROWS)

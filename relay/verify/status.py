"""Where a verify stage stands, for operators: one line of JSON to whoever connects.

Nothing is read from the socket, so that there is nothing to be attacked there, and no
web server in the process that holds the release key.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from relay.verify import release_store, store
from relay.verify.audit_publishing import Publisher
from relay.verify.stage import Stage
from runtime import audit_log
from runtime.sockets import bind_socket
from wire.lane import Lane
from wire.reasons import Reason


class StageStatus(Struct, frozen=True):
    """How far a lane has come, and what waits on it.  Times are milliseconds."""

    lane: Lane
    halted: Reason | None
    log_is_writable: bool
    taken: int  # items of the transform stage
    sealed: int  # events for the far zone
    acknowledged: int  # of those, taken in there
    depth: int
    oldest_age: int  # of the first envelope that is not acknowledged; 0 if all are
    waiting_bytes: int
    expected_files: int
    tree_size: int
    published_size: int


async def status(stage: Stage, publisher: Publisher) -> StageStatus:
    """Return where `stage` stands."""
    found, waiting, tree = await stage.database.read(
        lambda db: (store.lane_position(db), release_store.backlog(db), audit_log.head(db))
    )
    return StageStatus(
        lane=stage.place.lane,
        halted=stage.halted,
        log_is_writable=stage.log_is_writable,
        taken=found.taken,
        sealed=found.chain.high,
        acknowledged=found.acked,
        depth=waiting.events,
        oldest_age=stage.clock() - waiting.since if waiting.since is not None else 0,
        waiting_bytes=waiting.bytes,
        expected_files=waiting.expected,
        tree_size=tree.size,
        published_size=publisher.published.size,
    )


@asynccontextmanager
async def serve_status(path: Path, stage: Stage, publisher: Publisher) -> AsyncIterator[None]:
    """Answer on the Unix socket at `path`, which only our own user can open."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(msgspec.json.encode(await status(stage, publisher)) + b"\n")
            await writer.drain()
        except OSError:
            pass  # who asked has gone
        finally:
            writer.close()

    sock = bind_socket(path, 0o600)
    server = await asyncio.start_unix_server(answer, sock=sock, start_serving=False)
    try:
        await server.start_serving()
        yield
    finally:
        server.close()

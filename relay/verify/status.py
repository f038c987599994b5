"""What a verify stage says of itself to operators: lines of JSON to whoever connects.

Nothing is read from the socket, so that there is nothing to be attacked there, and no
web server in the process that holds the release key.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import msgspec
from msgspec import Struct

from relay.verify import release_store, store
from relay.verify.audit_publishing import Publisher
from relay.verify.audit_writer import people_after
from relay.verify.far_side import FarSide
from relay.verify.stage import Stage
from runtime import audit_log
from wire.lane import Lane
from wire.reasons import Reason


class StageStatus(Struct, frozen=True):
    """How far a lane has come, and what waits on it.  Times are milliseconds."""

    lane: Lane
    halted: Reason | None
    far_stopped: Reason | None  # nothing is handed out any more
    far_refused: dict[Reason, int]  # what the far zone did wrong since the start, by reason
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
    refused_consents: int  # since the start: the transform stage is not to be believed


async def status(stage: Stage, far: FarSide, publisher: Publisher) -> StageStatus:
    """Return where `stage` and its far zone stand."""
    found, waiting, tree = await stage.database.read(
        lambda db: (store.lane_position(db), release_store.backlog(db), audit_log.head(db))
    )
    return StageStatus(
        lane=stage.place.lane,
        halted=stage.halted,
        far_stopped=far.stopped,
        far_refused=dict(far.refused),
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
        refused_consents=stage.checking.refused_consents,
    )


@asynccontextmanager
async def serve_status(
    sock: socket.socket, stage: Stage, far: FarSide, publisher: Publisher
) -> AsyncIterator[None]:
    """Answer on the bound Unix socket `sock`, which only our own user can open."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(await status(stage, far, publisher)) + b"\n")
        await writer.drain()

    async with answering(sock, say):
        yield


@asynccontextmanager
async def serve_names(sock: socket.socket, stage: Stage) -> AsyncIterator[None]:
    """Hand out the key for names on `sock`: a line of JSON, `[uid, salt]`, for each person.

    It is the municipality's: with it, and only with it, the commitments of the audit log can
    be told to be of this person or that.
    """

    async def say(writer: asyncio.StreamWriter) -> None:
        last = ""
        while people := await stage.database.read(partial(people_after, uid=last)):
            lines = [msgspec.json.encode([uid, salt.hex()]) for uid, salt in people]
            writer.write(b"\n".join(lines) + b"\n")
            await writer.drain()
            last = people[-1][0]

    async with answering(sock, say):
        yield


@asynccontextmanager
async def answering(
    sock: socket.socket, say: Callable[[asyncio.StreamWriter], Awaitable[None]]
) -> AsyncIterator[None]:
    """Have `say` write to whoever connects to `sock`, then hang up."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await say(writer)
        except OSError:
            pass  # who asked has gone
        finally:
            writer.close()

    server = await asyncio.start_unix_server(answer, sock=sock, start_serving=False)
    try:
        await server.start_serving()
        yield
    finally:
        server.close()

"""The way to the verify stage: batches in normal form, cleaned files, and its word back.

What waits is in the store; what a restart does is what a new connection does.  A
piece of a file goes only when no batch waits.
"""

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from relay.states import State
from relay.transform import file_bytes, verdicts
from relay.transform.receipt_sender import ReceiptSender
from relay.transform.store import TransformStore
from runtime import failpoints
from runtime.links import Connection, Endpoint, dial_link
from runtime.sessions import run_session
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import FrameType, write_chunk
from wire.lane import Lane
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import Verdict
from wire.records import Hello, Progress, Tree

TAKES = frozenset({FrameType.PROGRESS, FrameType.TREE})
FIRST_WORD_S = 10.0
MIN_REST_S, MAX_REST_S = 0.1, 5.0
# The verify stage keeps what it has settled until it knows that we know.
FORGET_ITEMS = 10_000

logger = structlog.get_logger()


@dataclass(slots=True)
class _Position:
    """What was sent on this connection: batches by number, items by the last one's."""

    batch: int
    item: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where the next piece of a cleaned file begins."""

    sha256: str
    index: int


class VerifyLink:
    """The link to the verify stage."""

    def __init__(
        self,
        store: TransformStore,
        receipt_sender: ReceiptSender,
        lane: Lane,
        endpoint: Endpoint,
        keyring_sha256: str,
    ) -> None:
        """Hand over what `store` holds to the stage at `endpoint`; our keys have this hash."""
        self._store = store
        self._receipt_sender = receipt_sender
        self._lane = lane
        self._endpoint = endpoint
        self._keyring_sha256 = keyring_sha256
        self._started = store.now()
        self._reports: list[Progress] = []
        self._reported = asyncio.Event()
        # Of each file that was sent on this connection, the last item when it was begun.
        self._files_sent: dict[str, int] = {}
        self._settled_then = 0  # how many items were, when the verify stage was last greeted
        self.is_connected = False
        self.trouble = ""

    async def run(self) -> None:
        """Keep the link up, until cancelled."""
        rest = MIN_REST_S
        while True:
            trouble = await run_session(self._session())
            if isinstance(trouble, Refused):
                self._complain("stage.refused", trouble)
            elif trouble is not None:
                self._complain("stage.interrupted", trouble)
            rest = MIN_REST_S if self.is_connected else min(rest * 2, MAX_REST_S)
            self.is_connected = False
            self._receipt_sender.verify_stage.note(is_there=False)
            await asyncio.sleep(rest)

    def _complain(self, event: str, trouble: BaseException) -> None:
        # The same trouble again, every few seconds, is no news.
        if str(trouble) != self.trouble:
            self.trouble = str(trouble)
            logger.warning(event, trouble=self.trouble)

    async def _session(self) -> None:
        async with dial_link(self._endpoint, TAKES) as connection:
            await self._greet(connection)
            self._reports.clear()
            self._files_sent.clear()
            first: asyncio.Future[Progress] = asyncio.get_running_loop().create_future()
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._receive(connection, first))
                position = await self._position(await _in_time(first))
                self.is_connected = True
                self._receipt_sender.verify_stage.note(is_there=True)
                self.trouble = ""
                self._store.has_handable = True
                logger.info("stage.connected", item=position.item)
                settling = group.create_task(self._settle())
                try:
                    await self._send(connection, position)
                except asyncio.CancelledError:
                    if not (listening.done() or settling.done()):  # no fault: the stage stops
                        await self._take_leave(connection)
                    raise

    async def _greet(self, connection: Connection) -> None:
        """Say what is settled, and which tree the near zone knows; the first time and later."""
        receipt_sender = self._receipt_sender
        self._settled_then = self._settled_now
        high = await self._store.read(_settled)
        epoch, witnessed = self._store.position.epoch, receipt_sender.witnessed
        hello = Hello(self._lane, epoch, high, self._keyring_sha256, self._started, witnessed)
        receipt_sender.next_proof_from = hello.tree_size
        await connection.send(FrameType.HELLO, hello.encode())

    async def _take_leave(self, connection: Connection) -> None:
        """Say that this stage stops, as far as the verify stage still listens."""
        high = await self._store.read(_settled)
        epoch, witnessed = self._store.position.epoch, self._receipt_sender.witnessed
        hello = Hello(self._lane, epoch, high, self._keyring_sha256, 0, witnessed)
        with suppress(Unavailable):
            await connection.send(FrameType.HELLO, hello.encode())

    @property
    def _must_greet(self) -> bool:
        """Whether the verify stage has much to forget, or a proof for another tree to make."""
        much = self._settled_now - self._settled_then >= FORGET_ITEMS
        return much or self._receipt_sender.needs_other_proof

    @property
    def _settled_now(self) -> int:
        return self._store.position.item - self._store.waiting

    async def _position(self, word: Progress) -> _Position:
        """Return from where to send, or raise `Refused` if the verify stage went back in time."""
        if word.last == 0:
            found: int | None = 0
        else:
            found = await self._store.read(lambda db: _batch_of(db, word))
        if found is None or not await self._store.read(lambda db: _follows(db, found)):
            raise Refused(Reason.ROLLBACK, f"the verify stage is at {word.last}, and we are not")
        return _Position(found, word.last)

    async def _receive(self, connection: Connection, first: asyncio.Future[Progress]) -> None:
        async for frame_type, body in connection.frames():
            if frame_type is FrameType.TREE:
                self._receipt_sender.note_tree(Tree.decode(body))
                continue
            failpoints.reach("transform.progress.received")
            progress = Progress.decode(body)
            if not first.done():
                if progress.verdict is not Verdict.NONE:
                    raise Refused(Reason.WRONG_TYPE, "where it stands comes first")
                first.set_result(progress)
            self._reports.append(progress)
            self._reported.set()
        raise Unavailable("the verify stage closed the link")

    async def _settle(self) -> None:
        """Take in what the verify stage says, all that waits in one transaction."""
        while True:
            await self._reported.wait()
            self._reported.clear()
            reports = list(self._reports)
            self._reports.clear()
            await self._store.write(partial(verdicts.settle, reports=reports))
            failpoints.reach("transform.progress.settled")

    async def _send(self, connection: Connection, position: _Position) -> None:
        piece: _Piece | None = None
        while True:
            self._store.stage_bell.clear()
            if self._must_greet:
                await self._greet(connection)
            await self._send_cosignatures(connection)
            batches = await self._store.batches_after(position.batch)
            for staged in batches:
                failpoints.reach("transform.batch.sending")
                await connection.send(FrameType.NORMAL, staged.encoded)
                failpoints.reach("transform.batch.sent")
                position.batch, position.item = staged.number, staged.last
            if batches:
                continue
            piece = piece or await self._next_file(position)
            if piece is not None:
                piece = await self._send_piece(connection, piece)
            else:
                await self._store.stage_bell.wait()

    async def _send_cosignatures(self, connection: Connection) -> None:
        while not self._receipt_sender.cosignatures.empty():
            await connection.send(
                FrameType.COSIGNATURE, self._receipt_sender.cosignatures.get_nowait()
            )

    async def _next_file(self, position: _Position) -> _Piece | None:
        """Return the next cleaned file whose announcement was sent, if there is one."""
        if not self._store.has_handable:
            return None
        # Before looking: what is committed meanwhile says so again.
        self._store.has_handable = False
        for sha256, item in await self._store.read(_handable):
            if item <= self._files_sent.get(sha256, 0):
                continue
            self._store.has_handable = True  # this one, or one whose announcement is yet to go
            if item <= position.item:
                self._files_sent[sha256] = position.item
                return _Piece(sha256, 0)
        return None

    async def _send_piece(self, connection: Connection, piece: _Piece) -> _Piece | None:
        data = await asyncio.to_thread(
            file_bytes.read_piece, self._store.cleaned, piece.sha256, piece.index
        )
        if not data:
            return None
        failpoints.reach("transform.chunk.sending")
        await connection.send(FrameType.CHUNK, write_chunk(piece.sha256, piece.index, data))
        return _Piece(piece.sha256, piece.index + 1) if len(data) == MAX_CHUNK_BYTES else None


async def _in_time(first: asyncio.Future[Progress]) -> Progress:
    try:
        async with asyncio.timeout(FIRST_WORD_S):
            return await first
    except TimeoutError:
        raise Unavailable("the verify stage does not say where it stands") from None


def _settled(db: sqlite3.Connection) -> int:
    """Return the number up to which all items are settled."""
    (first,) = db.execute("SELECT min(first) FROM span").fetchone()
    (item,) = db.execute("SELECT item FROM lane").fetchone()
    return int(item if first is None else first - 1)


def _batch_of(db: sqlite3.Connection, word: Progress) -> int | None:
    """Return the number of the batch that ends as the verify stage says, if there is one."""
    row = db.execute(
        "SELECT number FROM batch WHERE last = ? AND sha256 = ?", (word.last, word.sha256)
    ).fetchone()
    return None if row is None else int(row[0])


def _follows(db: sqlite3.Connection, number: int) -> bool:
    """Return whether the batch after `number` is still here, or is yet to be made."""
    (last,) = db.execute("SELECT batch FROM lane").fetchone()
    query = "SELECT 1 FROM batch WHERE number = ?"
    return number == last or db.execute(query, (number + 1,)).fetchone() is not None


def _handable(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return hash and item of the cleaned files that the verify stage does not have."""
    return db.execute(
        "SELECT clean, item FROM file"
        " WHERE state = ? AND handed = 0 AND clean IS NOT NULL ORDER BY item",
        (State.FORWARDED,),
    ).fetchall()

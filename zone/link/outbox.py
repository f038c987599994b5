"""The way out: sealed envelopes to the relay, its receipts back, files behind the text.

What is sealed waits in the store until the relay has it; what a restart does is
what a new connection does.  A piece of a file goes only when no envelope waits.
"""

import asyncio
import errno
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from runtime import failpoints
from runtime.clock_meter import ClockMeter
from runtime.links import Connection, Endpoint, dial_link
from wire.fields import MAX_CHUNK_BYTES, MAX_EVENTS
from wire.frames import FrameType, write_chunk
from wire.keyring import Keyring
from wire.keys import KeyRole
from wire.lane import Lane
from wire.reasons import Unavailable
from wire.receipts import Flag, LaneStatus, ProofPart, SignedHead, Verdict, unseal_receipt
from wire.records import Hello
from zone.copy import blobs
from zone.link.chains import chain_position, demand_no_rollback
from zone.link.receipts import apply_all
from zone.link.witness import Witness
from zone.store.store import ZoneStore

TAKES = frozenset({FrameType.RECEIPT})
# Envelopes read at once, and events that may be on their way: with receipts that come once a second
# enough for some thousand messages in it, and never more than 32 full envelopes.
READ_ENVELOPES = 32
WINDOW_EVENTS = READ_ENVELOPES * MAX_EVENTS
FEW = 2
FIRST_RECEIPT_S = 10.0
# How far the lane has come is written down with the next verdict, or after so long.
PATIENCE_S = 0.25
# Why a file cannot be read now and may be later; for any other reason its bytes are lost.
PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN})

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutgoingPiece:
    """Which piece of which file goes next."""

    sha256: str
    index: int
    size: int  # of the whole file, as it was announced


class Outbox:
    """One lane out of this zone."""

    def __init__(
        self, store: ZoneStore, lane: Lane, keyring: Keyring, endpoint: Endpoint, witness: Witness
    ) -> None:
        """Send what `store` seals on `lane` to the relay at `endpoint`."""
        self._store = store
        self._lane = lane
        self._keyring = keyring
        self._endpoint = endpoint
        self._witness = witness
        self._bell = asyncio.Event()
        self._high = 0  # what the relay has said it has
        self._flags = Flag.NONE
        self._flying: deque[int] = deque()  # the last event of each envelope not acknowledged
        self._receipts: list[LaneStatus] = []
        self._came = asyncio.Event()
        self._settled = asyncio.Event()  # that a verdict is among them
        self._files_sent: set[tuple[str, int]] = set()
        self.is_connected = False
        self.meter: ClockMeter | None = None
        self.on_link: Callable[[bool], None] = lambda _: None  # told whether the link is up
        self.on_far: Callable[[bool], None] = lambda _: None  # and whether the far zone is there
        store.on_sealed = self._bell.set
        # What is sealed while this many envelopes fly would only wait behind them: many
        # envelopes of a few events cost both sides more than a few of many.
        store.linger_while(lambda: len(self._flying) >= FEW)

    async def session(self) -> None:
        """Connect and carry until the link breaks.  Raises `Refused` or `Unavailable`."""
        async with dial_link(self._endpoint, TAKES, self._store.now) as connection:
            chain, tick = await self._store.read(lambda db: chain_position(db, self._lane))
            size = await self._witness.size(self._lane)
            hello = Hello(self._lane, chain.epoch, chain.high, chain.head, tick, size)
            await connection.send(FrameType.HELLO, hello.encode())
            first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.TaskGroup() as group:
                    receiving = group.create_task(self._receive(connection, first))
                    others = [
                        group.create_task(self._send(connection, first)),
                        group.create_task(self._apply()),
                    ]
                    await asyncio.wait([receiving])
                    for task in others:
                        task.cancel()
            finally:
                self.is_connected = False
                self.on_link(False)
                self._flying.clear()

    async def _receive(self, connection: Connection, first: asyncio.Future[int]) -> None:
        self._receipts.clear()
        async for _, body in connection.frames():
            receipt = unseal_receipt(body, lane=self._lane, key=self._receipt_key())
            if isinstance(receipt, SignedHead):
                await self._witness.take_head(receipt)
                continue
            if isinstance(receipt, ProofPart):
                await self._witness.take_part(connection, receipt)
                continue
            failpoints.reach("zone.receipt.received")
            is_first = not first.done()
            if is_first:
                await self._store.read(partial(demand_no_rollback, lane=self._lane, status=receipt))
                first.set_result(receipt.high)
            self._take_status(receipt, is_first=is_first)

    def _take_status(self, status: LaneStatus, *, is_first: bool) -> None:
        """Go on by what the relay says, and have written down what is news.

        At a pace it says at every tick how far it is, most of the time the same again.
        """
        flags = status.flags & (Flag.HOLD | Flag.HALT)
        is_verdict = status.verdict is not Verdict.NONE
        has_moved = is_first or status.high > self._high
        self.on_far(Flag.FAR_DOWN not in status.flags)
        if has_moved or flags != self._flags:
            self._bell.set()
        self._flags = flags
        if is_verdict or has_moved:
            self._receipts.append(status)
            self._came.set()
        if is_verdict:
            self._settled.set()
            self._bell.set()  # a file may go that waited for it
        self._high = max(self._high, status.high)
        while self._flying and self._flying[0] <= self._high:
            self._flying.popleft()

    def _receipt_key(self) -> Ed25519PublicKey:
        role = KeyRole.IMPORT_RECEIPT if self._lane is Lane.IMPORT else KeyRole.EXPORT_RECEIPT
        return self._keyring.public(role, now=self._store.now())

    async def _apply(self) -> None:
        """Write down what receipts say, all that has come in one transaction.

        If that fails so does the session: the relay says again what is not written down.
        """
        while True:
            await self._came.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._settled.wait()
            self._came.clear()
            self._settled.clear()
            taken = tuple(self._receipts)
            self._receipts.clear()
            await self._store.write(partial(apply_all, statuses=taken))
            failpoints.reach("zone.receipt.applied")

    async def _send(self, connection: Connection, first: asyncio.Future[int]) -> None:
        try:
            async with asyncio.timeout(FIRST_RECEIPT_S):
                sent = self._high = await first
        except TimeoutError:
            raise Unavailable("the relay did not say where it stands") from None
        self.is_connected, self.meter = True, connection.meter
        self.on_link(True)
        self._files_sent.clear()
        piece: OutgoingPiece | None = None
        while True:
            self._bell.clear()
            rows = [] if self._flags else await self._due(sent)
            for last, envelope in rows:
                failpoints.reach("zone.envelope.sending")
                await connection.send(FrameType.ENVELOPE, envelope)
                failpoints.reach("zone.envelope.sent")
                sent = last
                self._flying.append(last)
            if rows:
                continue
            piece = piece or await self._next_file(self._high)
            if piece is not None and not self._flags:
                piece = await self._send_piece(connection, piece)
            else:
                await self._bell.wait()

    async def _due(self, sent: int) -> list[tuple[int, bytes]]:
        """Return (last, envelope) of what may go now: the window counts events."""

        ends = self._high + WINDOW_EVENTS
        return await self._store.read(
            lambda db: db.execute(
                "SELECT last, envelope FROM outbox WHERE first > ? AND last <= ?"
                " ORDER BY first LIMIT ?",
                (sent, ends, READ_ENVELOPES),
            ).fetchall()
        )

    async def _next_file(self, high: int) -> OutgoingPiece | None:
        """Return the next file whose announcement the relay has taken in."""
        rows = await self._store.read(
            lambda db: db.execute(
                """
                SELECT file.fid, file.sha256, file.size, delivery.seq
                  FROM file JOIN delivery ON delivery.event = file.event
                 WHERE file.state = 'crossing' AND delivery.seq <= ?
                   AND (delivery.verdict IS NULL OR delivery.verdict IN ('delivered', 'altered'))
                 ORDER BY delivery.seq, file.place
                """,
                (high,),
            ).fetchall()
        )
        for fid, sha256, size, seq in rows:
            if (fid, seq) not in self._files_sent:
                self._files_sent.add((fid, seq))
                return OutgoingPiece(sha256, 0, size)
        return None

    async def _send_piece(
        self, connection: Connection, piece: OutgoingPiece
    ) -> OutgoingPiece | None:
        path = blobs.path_of(self._store.blobs, piece.sha256)
        data = await asyncio.to_thread(_read_piece, path, piece)
        if not data:
            return None
        failpoints.reach("zone.chunk.sending")
        await connection.send(FrameType.CHUNK, write_chunk(piece.sha256, piece.index, data))
        return replace(piece, index=piece.index + 1) if len(data) == MAX_CHUNK_BYTES else None


def _read_piece(path: Path, piece: OutgoingPiece) -> bytes:
    """Return a piece of a file, with zeros for bytes that are lost.  Raises `Unavailable`.

    The relay waits for as many bytes as were announced.  What then has another hash it refuses,
    gives up in the end, and tells both zones so: the lane goes on.
    """
    at = piece.index * MAX_CHUNK_BYTES
    length = max(0, min(MAX_CHUNK_BYTES, piece.size - at))
    data = b""
    try:
        with path.open("rb") as file:
            file.seek(at)
            data = file.read(length)
    except OSError as trouble:
        if trouble.errno in PASSING:
            raise Unavailable(f"a file cannot be read: {trouble.strerror}") from None
    if len(data) < length:
        logger.error("file.lost", sha256=piece.sha256, piece=piece.index)
    return data.ljust(length, b"\0")

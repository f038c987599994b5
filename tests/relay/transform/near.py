"""Somebody who speaks for the near zone, on real links."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from runtime.links import Connection, UnixEndpoint, dial_link
from tests.relay.transform.site import LANE, LINK, NOW, PATIENCE_S, Node
from wire import envelope, payload, receipts
from wire.chain import Chain, advance_chain
from wire.events import Event
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import FrameType, write_chunk
from wire.keys import SigningKey
from wire.lane import Link
from wire.payload import Payload
from wire.reasons import Unavailable
from wire.receipts import LaneStatus, Receipt, Verdict
from wire.records import Hello

# No other verdict follows.
FINAL = {Verdict.DELIVERED, Verdict.ALTERED, Verdict.REFUSED}


class Near:
    """The near zone on one connection, and what it has sealed."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.key = node.zone
        self.receipt_key = node.receipt
        self.chain = Chain()
        self.tick = 0
        self.sealed: list[bytes] = []
        self.receipts: list[Receipt] = []  # of this connection
        # Every verdict of every connection, by event and file.
        self.told: dict[tuple[int, int], list[Verdict]] = {}
        self._news = asyncio.Event()
        self._connection: Connection | None = None
        self.is_closed = asyncio.Event()

    @property
    def connection(self) -> Connection:
        assert self._connection is not None
        return self._connection

    @asynccontextmanager
    async def connected(
        self, hello: Hello | None = None, *, greets: bool = True
    ) -> AsyncIterator["Near"]:
        endpoint = UnixEndpoint(self._node.folder / "run" / "link.sock")
        async with dial_link(endpoint, frozenset({FrameType.RECEIPT})) as connection:
            self._connection = connection
            # A connection that this one takes the place of still has its own.
            self.receipts, self.is_closed = [], asyncio.Event()
            if hello is None:
                hello = Hello(LANE, 1, self.chain.high, self.chain.head, self.tick, 0)
            if greets:
                await connection.send(FrameType.HELLO, hello.encode())
            listening = asyncio.create_task(self._listen(connection, self.receipts, self.is_closed))
            try:
                yield self
            finally:
                listening.cancel()
                await asyncio.wait([listening])
                if not listening.cancelled():
                    listening.result()

    async def _listen(
        self, connection: Connection, received: list[Receipt], is_closed: asyncio.Event
    ) -> None:
        public = self._node.receipt.private.public_key()
        async for _, body in connection.frames():
            receipt = receipts.unseal_receipt(body, lane=LANE, key=public)
            received.append(receipt)
            if isinstance(receipt, LaneStatus) and receipt.verdict is not Verdict.NONE:
                # At a pace, neighbours of one fate are one record, of one event each at least.
                merged = receipt.tick - self.tick
                assert 1 <= merged <= receipt.last - receipt.first + 1, "missing, or it came twice"
                self.tick = receipt.tick
                for seq in range(receipt.first, receipt.last + 1):
                    self.told.setdefault((seq, receipt.file), []).append(receipt.verdict)
            self._news.set()
        is_closed.set()
        self._news.set()

    def seal(self, *events: Event, link: Link = LINK, key: SigningKey | None = None) -> bytes:
        """Seal the next envelope of this zone's chain."""
        head = payload.head(
            link, epoch=self.chain.epoch, seq=self.chain.high + 1, prev=self.chain.head, sent_at=NOW
        )
        built = Payload(head, list(events))
        encoded = payload.encode(built)
        self.chain = advance_chain(self.chain, built, envelope.payload_digest(encoded))
        self.sealed.append(envelope.seal_envelope(encoded, key or self.key))
        return self.sealed[-1]

    async def send(self, *events: Event) -> None:
        await self.connection.send(FrameType.ENVELOPE, self.seal(*events))

    async def send_file(self, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        for index, at in enumerate(range(0, len(data), MAX_CHUNK_BYTES)):
            piece = data[at : at + MAX_CHUNK_BYTES]
            await self.connection.send(FrameType.CHUNK, write_chunk(sha256, index, piece))

    async def until(self, condition: Callable[[LaneStatus], bool]) -> LaneStatus:
        """Return the first status there is, or comes, for which `condition` holds.

        Raises `Unavailable` if the stage closes the link before.
        """
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._news.clear()
                for receipt in self.receipts[seen:]:
                    if isinstance(receipt, LaneStatus) and condition(receipt):
                        return receipt
                seen = len(self.receipts)
                if self.is_closed.is_set():
                    raise Unavailable("the stage closed the link")
                await self._news.wait()

    async def taken(self, high: int) -> LaneStatus:
        return await self.until(lambda status: status.high >= high)

    async def verdict(self, seq: int, *verdicts: Verdict, file: int = 0) -> LaneStatus:
        """Wait for a verdict on an event or one of its files: one of `verdicts`, or a final one."""
        return await self.until(
            lambda s: (
                s.first <= seq <= s.last
                and s.file == file
                and (s.verdict in verdicts if verdicts else s.verdict in FINAL)
            )
        )

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.is_closed.wait()

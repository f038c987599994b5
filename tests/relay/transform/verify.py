"""Somebody who speaks for the verify stage, on real links."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from relay import normal_form
from relay.normal_form import Transfer, TransferBatch
from runtime.links import Connection, UnixEndpoint
from runtime.listening import bind_endpoint, listen_on
from tests.relay.transform.site import LANE, PATIENCE_S, Node
from wire.bodies import FileReady
from wire.frames import FrameType, read_chunk
from wire.payload import GENESIS
from wire.receipts import Verdict
from wire.records import Hello, Progress

FINAL = {
    "pass": Verdict.DELIVERED,
    "altered": Verdict.ALTERED,
    "released": Verdict.DELIVERED,
    "held": Verdict.HELD,
    "denied": Verdict.REFUSED,
    "expired": Verdict.REFUSED,
    "refused": Verdict.REFUSED,
    "noted": Verdict.DELIVERED,
}


@dataclass
class Verify:
    """The verify stage: takes everything in, and settles it unless it is told to wait."""

    node: Node
    batches: list[TransferBatch] = field(default_factory=list)
    last: int = 0
    head: str = GENESIS
    files: dict[str, bytes] = field(default_factory=dict)
    settles: bool = True
    hellos: list[Hello] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def items(self) -> list[Transfer]:
        return [item for batch in self.batches for item in batch.items]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Verify"]:
        takes = frozenset(
            {FrameType.HELLO, FrameType.NORMAL, FrameType.CHUNK, FrameType.COSIGNATURE}
        )
        endpoint = UnixEndpoint(self.node.folder.parent / "v" / "stage.sock")
        async with listen_on(bind_endpoint(endpoint), takes, self._attend):
            yield self

    async def _attend(self, connection: Connection) -> None:
        self.connections.append(connection)
        async for frame_type, body in connection.frames():
            match frame_type:
                case FrameType.HELLO:
                    hello = Hello.decode(body)
                    self.hellos.append(hello)
                    await self.report(connection, Verdict.NONE, 0, self.last, self.head)
                    await self._settle(connection, [i for i in self.items if i.n > hello.high])
                case FrameType.NORMAL:
                    await self._take(connection, body)
                case FrameType.CHUNK:
                    await self._piece(connection, body)
            self.news.set()

    async def _take(self, connection: Connection, body: bytes) -> None:
        batch = normal_form.decode(body)
        assert batch.prev == self.head
        assert batch.items[0].n == self.last + 1
        self.batches.append(batch)
        self.last, self.head = batch.items[-1].n, normal_form.digest(body)
        await self.report(connection, Verdict.NONE, 0, self.last, self.head)
        await self._settle(connection, batch.items)

    async def _settle(self, connection: Connection, items: Iterable[Transfer]) -> None:
        for item in items if self.settles else ():
            body = item.event.body if item.event else None
            sha256 = getattr(body, "sha256", None)
            if sha256 is None or sha256 in self.files:
                await self.report(connection, FINAL[item.decision], item.n, item.n)

    async def _piece(self, connection: Connection, body: bytes) -> None:
        sha256, _, piece = read_chunk(body)
        whole = self.files.get(f"{sha256}.part", b"") + piece
        self.files[f"{sha256}.part"] = whole
        if hashlib.sha256(whole).hexdigest() != sha256:
            return
        self.files[sha256] = self.files.pop(f"{sha256}.part")
        for item in self.items:
            if getattr(item.event and item.event.body, "sha256", None) == sha256:
                await self.report(connection, Verdict.ARRIVED, item.n, item.n)
                await self._settle(connection, [item])

    async def report(
        self, connection: Connection, verdict: Verdict, first: int, last: int, sha256: str = GENESIS
    ) -> None:
        progress = Progress(LANE, verdict, None, first, last, sha256)
        await connection.send(FrameType.PROGRESS, progress.encode())

    async def item(self, condition: Callable[[Transfer], bool]) -> Transfer:
        """Return the first item there is, or comes, for which `condition` holds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.news.clear()
                for item in self.items:
                    if condition(item):
                        return item
                await self.news.wait()


def body_of(item: Transfer) -> FileReady:
    assert item.event is not None
    assert isinstance(item.event.body, FileReady)
    return item.event.body


def is_ready(item: Transfer) -> bool:
    return item.event is not None and isinstance(item.event.body, FileReady)

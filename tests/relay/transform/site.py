"""A transform stage's node in a folder, and who talks to it: real keys, real sockets.

`Near` speaks for the near zone and `Verify` for the verify stage, each just enough of
its side of the protocol for a test to say what it does and to see what it is told.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import aiohttp
import msgspec

from relay import normal
from relay.normal import Batch, Item
from relay.transform.service import serve_with
from relay.transform.store import create
from runtime.links import Connection, UnixEndpoint, dial, listen
from runtime.node import write_key, write_keyring
from sanitizer.jail import Jail
from wire import envelope, payload, receipts
from wire.bounds import MAX_CHUNK_BYTES
from wire.chain import Chain, advance
from wire.events import Author, Body, Event, FileRef, MessagePost
from wire.frames import FrameType, read_chunk, write_chunk
from wire.ids import ENTROPY_BYTES, mint
from wire.keyring import read_card, write_card
from wire.keys import Role, SigningKey
from wire.lane import Hop, Lane, Link
from wire.payload import GENESIS, Payload
from wire.reasons import Unavailable
from wire.receipts import Flag, Receipt, Status, Verdict
from wire.records import Hello, Progress

SITE = "test-city"
LANE = Lane.IMPORT
LINK = Link(SITE, LANE, Hop.SOURCE)
NOW = 1_700_000_000_000
PATIENCE_S = 20.0

POLICY = """
version = 1
kinds = ["message.post", "message.edit", "message.withdraw", "reaction.set", "read.set"]
[[words]]
name = "secret"
words = ["取扱注意"]
[[words]]
name = "forbidden"
verdict = "refuse"
words = ["機密性3"]
"""


def now() -> int:
    return NOW


def new_id(prefix: str) -> str:
    return mint(prefix, now=NOW, entropy=secrets.token_bytes(ENTROPY_BYTES))


ROOM, TENANT, FRONTEND = new_id("rm"), new_id("tn"), new_id("fe")
AUTHOR = Author(new_id("us"), TENANT, FRONTEND)


def post(text: str, *files: FileRef, author: Author = AUTHOR, at: int = NOW) -> Event:
    """Return a message; its Lamport count is of no matter here."""
    return Event(new_id("ms"), 1, at, ROOM, author, MessagePost(text), list(files))


def act(on: Event, body: Body) -> Event:
    """Return what the author of a message does next in its room."""
    return Event(new_id("ac"), on.lc + 1, on.at, on.room, on.author, body)


def file_ref(data: bytes, name: str, media: str) -> FileRef:
    return FileRef(new_id("fl"), name, media, len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class Node:
    """The stage's folder, and the key of the zone that it trusts."""

    folder: Path
    zone: SigningKey
    receipt: SigningKey


@cache
def warm_jail() -> Jail:
    """Return a jail for all tests: starting one takes longer than most of them."""
    return Jail()


def make_node(site: Path, policy: str = POLICY, **settings: object) -> Node:
    """Make what `sekisho init` makes, as far as this stage needs it."""
    folder = site / "t"
    (folder / "run").mkdir(parents=True)
    (site / "v").mkdir()
    (site / "policy.toml").write_text(policy)
    zone = SigningKey.from_seed(Role.INTERNET_SOURCE, secrets.token_bytes(32))
    receipt = write_key(folder, Role.IMPORT_RECEIPT, secrets.token_bytes(32))
    cards = [write_card(key, node="n", since=0) for key in (zone, receipt)]
    write_keyring(folder, [read_card(card) for card in cards])
    lines = {"site": SITE, "lane": "import", "link": "unix:run/link.sock"}
    values = lines | {"stage": "unix:../v/stage.sock"} | settings
    toml = "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in values.items()
    )
    (folder / "transform.toml").write_text("".join(toml))
    create(folder)
    return Node(folder, zone, receipt)


@asynccontextmanager
async def running(node: Node, clock: Callable[[], int] = now) -> AsyncIterator[None]:
    """Run the stage in this process."""
    clear_sockets(node)
    task = asyncio.create_task(serve_with(warm_jail(), node.folder, clock=clock))
    try:
        await ready(node, task)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure


def clear_sockets(node: Node) -> None:
    """Take away what a stage that ran before has left, so that we do not dial into it."""
    for path in _sockets(node):
        path.unlink(missing_ok=True)


def is_listening(node: Node) -> bool:
    return all(path.exists() for path in _sockets(node))


def _sockets(node: Node) -> list[Path]:
    return [node.folder / "run" / name for name in ("link.sock", "admin.sock")]


async def ready(node: Node, task: asyncio.Task[None]) -> None:
    """Wait until the stage listens; if it fails instead, say why."""

    def is_over() -> bool:
        return task.done() or is_listening(node)

    await eventually(is_over)
    if task.done():
        task.result()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


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
        async with dial(endpoint, frozenset({FrameType.RECEIPT})) as connection:
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
            receipt = receipts.unseal(body, lane=LANE, key=public)
            received.append(receipt)
            if isinstance(receipt, Status) and receipt.verdict is not Verdict.NONE:
                assert receipt.tick == self.tick + 1, "a receipt is missing or came twice"
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
        self.chain = advance(self.chain, built, envelope.digest(encoded))
        self.sealed.append(envelope.seal(encoded, key or self.key))
        return self.sealed[-1]

    async def send(self, *events: Event) -> None:
        await self.connection.send(FrameType.ENVELOPE, self.seal(*events))

    async def send_file(self, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        for index, at in enumerate(range(0, len(data), MAX_CHUNK_BYTES)):
            piece = data[at : at + MAX_CHUNK_BYTES]
            await self.connection.send(FrameType.CHUNK, write_chunk(sha256, index, piece))

    async def until(self, condition: Callable[[Status], bool]) -> Status:
        """Return the first status there is, or comes, for which `condition` holds.

        Raises `Unavailable` if the stage closes the link before.
        """
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._news.clear()
                for receipt in self.receipts[seen:]:
                    if isinstance(receipt, Status) and condition(receipt):
                        return receipt
                seen = len(self.receipts)
                if self.is_closed.is_set():
                    raise Unavailable("the stage closed the link")
                await self._news.wait()

    async def taken(self, high: int) -> Status:
        return await self.until(lambda status: status.high >= high)

    async def verdict(self, seq: int, *verdicts: Verdict, file: int = 0) -> Status:
        """Wait for a verdict on an event or one of its files: one of `verdicts`, or a final one."""
        return await self.until(
            lambda s: (
                s.first <= seq <= s.last
                and s.file == file
                and (s.verdict in verdicts if verdicts else s.verdict.is_final)
            )
        )

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.is_closed.wait()


FINAL = {
    "pass": Verdict.DELIVERED,
    "altered": Verdict.ALTERED,
    "released": Verdict.DELIVERED,
    "held": Verdict.HELD,
    "denied": Verdict.REFUSED,
    "expired": Verdict.REFUSED,
    "refused": Verdict.REFUSED,
}


@dataclass
class Verify:
    """The verify stage: takes everything in, and settles it unless it is told to wait."""

    node: Node
    batches: list[Batch] = field(default_factory=list)
    last: int = 0
    head: str = GENESIS
    files: dict[str, bytes] = field(default_factory=dict)
    settles: bool = True
    hellos: list[Hello] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def items(self) -> list[Item]:
        return [item for batch in self.batches for item in batch.items]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Verify"]:
        takes = frozenset(
            {FrameType.HELLO, FrameType.NORMAL, FrameType.CHUNK, FrameType.COSIGNATURE}
        )
        endpoint = UnixEndpoint(self.node.folder.parent / "v" / "stage.sock")
        async with listen(endpoint, takes, self._attend):
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
        batch = normal.decode(body)
        assert batch.prev == self.head
        assert batch.items[0].n == self.last + 1
        self.batches.append(batch)
        self.last, self.head = batch.items[-1].n, normal.digest(body)
        await self.report(connection, Verdict.NONE, 0, self.last, self.head)
        await self._settle(connection, batch.items)

    async def _settle(self, connection: Connection, items: Iterable[Item]) -> None:
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

    async def item(self, condition: Callable[[Item], bool]) -> Item:
        """Return the first item there is, or comes, for which `condition` holds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.news.clear()
                for item in self.items:
                    if condition(item):
                        return item
                await self.news.wait()


@dataclass(frozen=True)
class World:
    """A running stage between its neighbours."""

    node: Node
    near: Near
    verify: Verify


@asynccontextmanager
async def world(
    folder: Path, policy: str = POLICY, clock: Callable[[], int] = now, **settings: object
) -> AsyncIterator[World]:
    node = make_node(folder, policy, **settings)
    verify, near = Verify(node), Near(node)
    async with verify.listening(), running(node, clock), near.connected():
        yield World(node, near, verify)


async def admin(
    node: Node, method: str, path: str, body: object = None
) -> tuple[int, dict[str, object]]:
    """Ask the admin socket; return status and body of the answer."""
    connector = aiohttp.UnixConnector(str(node.folder / "run" / "admin.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, f"http://localhost{path}", json=body) as response,
    ):
        return response.status, msgspec.json.decode(await response.read())


def is_halted(status: Status) -> bool:
    return Flag.HALT in status.flags

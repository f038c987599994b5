"""The two peers of a verify stage, with real sockets, keys and chains."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from relay import normal_form
from relay.normal_form import Transfer, TransferBatch
from runtime.links import Connection, UnixEndpoint, dial_link
from runtime.node import read_keyring
from tests.relay.verify.place import (
    LANE,
    NOW,
    POLICY_SHA256,
    SITE,
    key_of,
    log_verifier,
    until,
)
from wire.audit.leaves import read_leaves
from wire.audit.note import Signer
from wire.audit.tlog import Frontier, TreeHead, extend_frontier
from wire.audit.witness import countersign_head, decode_add_checkpoint
from wire.bodies import FileReady
from wire.chain import Arrival, Chain, advance_chain, judge_arrival
from wire.envelope import Envelope, unseal_envelope
from wire.events import Event
from wire.frames import FrameType, read_chunk, write_chunk
from wire.keyring import Keyring
from wire.keys import KeyRole
from wire.lane import Hop, Link
from wire.payload import GENESIS
from wire.reasons import Unavailable
from wire.receipts import Verdict
from wire.records import Acknowledgement, Cosignature, Hello, Progress, Tree


@dataclass
class Transform:
    """A transform stage: it makes batches, sends them and remembers what it was told."""

    folder: Path
    n: int = 0
    head: str = GENESIS
    settled: int = 0
    tree_size: int = 0
    policy_sha256: str = POLICY_SHA256
    batches: list[tuple[int, bytes]] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    closed: bool = False
    connection: Connection | None = None

    def batch(self, *items: Transfer) -> bytes:
        """Return the next batch, of these items in their order."""
        numbered = [msgspec.structs.replace(each, n=self.n + 1 + i) for i, each in enumerate(items)]
        batch = TransferBatch(1, SITE, LANE, self.head, self.policy_sha256, numbered)
        encoded = normal_form.encode(batch)
        self.n += len(items)
        self.head = normal_form.digest(encoded)
        self.batches.append((self.n, encoded))
        return encoded

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Transform"]:
        """Dial, say where we stand and wait for the answer."""
        endpoint = UnixEndpoint(self.folder / "run" / "stage.sock")
        takes = frozenset({FrameType.PROGRESS, FrameType.TREE})
        self.closed, before = False, len(self.progress) + len(self.trees)
        async with dial_link(endpoint, takes) as connection:
            self.connection = connection
            listener = asyncio.create_task(self._listen(connection))
            await self.greet()
            await until(lambda: self.closed or len(self.progress) + len(self.trees) > before)
            yield self
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener

    async def greet(self) -> None:
        hello = Hello(LANE, 1, self.settled, GENESIS, 0, self.tree_size)
        await self.send(FrameType.HELLO, hello.encode())

    async def send(self, frame_type: FrameType, body: bytes) -> None:
        assert self.connection is not None
        with suppress(Unavailable):
            await self.connection.send(frame_type, body)

    async def send_raw(self, stream: bytes) -> None:
        """Send bytes that need not be a frame."""
        assert self.connection is not None
        self.connection._writer.write(stream)
        with suppress(OSError):
            await self.connection._writer.drain()

    async def hand_over(self, *items: Transfer) -> None:
        """Make a batch of these items and send it."""
        await self.send(FrameType.NORMAL, self.batch(*items))

    async def resend(self) -> None:
        """Send what the verify stage has not taken in."""
        for last, encoded in self.batches:
            if last > self.taken:
                await self.send(FrameType.NORMAL, encoded)

    async def send_file(self, data: bytes, piece: int = 256 * 1024, name: str = "") -> None:
        sha256 = name or hashlib.sha256(data).hexdigest()
        for index, at in enumerate(range(0, len(data), piece)):
            body = write_chunk(sha256, index, data[at : at + piece])
            await self.send(FrameType.CHUNK, body)

    async def _listen(self, connection: Connection) -> None:
        async for frame_type, body in connection.frames():
            if frame_type is FrameType.TREE:
                self.trees.append(Tree.decode(body))
            else:
                self.progress.append(Progress.decode(body))
        self.closed = True

    @property
    def taken(self) -> int:
        return max((p.last for p in self.progress if p.verdict is Verdict.NONE), default=0)

    @property
    def tree(self) -> int:
        """The size of the tree that was shown last."""
        return self.trees[-1].new if self.trees else 0

    @property
    def head_taken(self) -> str:
        """The hash of the last batch that was taken in."""
        status = [p for p in self.progress if p.verdict is Verdict.NONE]
        return max(status, key=lambda p: p.last).sha256

    def verdicts(self) -> dict[int, Verdict]:
        """Return the final verdict of each item, which must not change once it is told."""
        found: dict[int, Verdict] = {}
        for told in self.progress:
            if told.verdict in (Verdict.NONE, Verdict.ARRIVED):
                continue
            for n in range(told.first, told.last + 1):
                assert found.setdefault(n, told.verdict) is told.verdict
        return found

    def reason(self, n: int) -> object:
        """Return the reason told with the verdict of item `n`."""
        return next(
            p.reason
            for p in self.progress
            if p.verdict not in (Verdict.NONE, Verdict.ARRIVED) and p.first <= n <= p.last
        )


@dataclass
class FarZone:
    """A far zone: it proves, takes in, acknowledges, and vouches for the log."""

    folder: Path
    site: str = SITE
    chain: Chain = field(default_factory=Chain)
    events: list[Event] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    pieces: int = 0
    acknowledges: bool = True
    witnesses: bool = True
    tree: TreeHead | None = None
    proven: Frontier = field(default_factory=Frontier)  # the leaves of `tree`
    followed: Frontier = field(default_factory=Frontier)  # and those that came behind them
    records: dict[int, dict[str, object]] = field(default_factory=dict)
    closed: bool = False
    connection: Connection | None = None
    _keyring: Keyring | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["FarZone"]:
        """Dial, say where we stand, and take in meanwhile."""
        endpoint = UnixEndpoint(self.folder / "run" / "link.sock")
        takes = frozenset(
            {FrameType.ENVELOPE, FrameType.CHUNK, FrameType.LEAVES, FrameType.CHECKPOINT}
        )
        self._keyring = read_keyring(self.folder)
        self.closed = False
        async with dial_link(endpoint, takes) as connection:
            self.connection = connection
            size = self.tree.size if self.tree else 0
            self.followed = self.proven
            hello = Hello(LANE, self.chain.epoch, self.chain.high, self.chain.head, 0, size)
            await connection.send(FrameType.HELLO, hello.encode())
            listener = asyncio.create_task(self._listen(connection))
            yield self
            listener.cancel()
            with suppress(asyncio.CancelledError, Unavailable):
                await listener

    async def send(self, frame_type: FrameType, body: bytes) -> None:
        assert self.connection is not None
        with suppress(Unavailable):
            await self.connection.send(frame_type, body)

    def states_told_of(self, hlc: int) -> list[str]:
        """Return what was heard of the file whose event has this count."""
        return [
            each.body.state
            for each in self.events
            if isinstance(each.body, FileReady) and each.hlc == hlc
        ]

    async def acknowledge(self) -> None:
        """Acknowledge all events."""
        word = Acknowledgement(LANE, self.chain.epoch, self.chain.high, self.chain.head)
        await self.send(FrameType.ACKNOWLEDGEMENT, word.encode())

    async def _listen(self, connection: Connection) -> None:
        parts: dict[str, bytes] = {}
        async for frame_type, body in connection.frames():
            match frame_type:
                case FrameType.ENVELOPE:
                    await self._take(body)
                case FrameType.LEAVES:
                    self._follow(body)
                case FrameType.CHECKPOINT:
                    await self._witness(body)
                case _:
                    await self._take_piece(parts, body)
        self.closed = True

    async def _take(self, body: bytes) -> None:
        assert self._keyring is not None
        link = Link(self.site, LANE, Hop.RELEASE)
        envelope = unseal_envelope(body, link=link, keyring=self._keyring, now=NOW)
        assert judge_arrival(self.chain, envelope.payload, envelope.sha256, None) is Arrival.NEXT
        self.chain = advance_chain(self.chain, envelope.payload, envelope.sha256)
        self.envelopes.append(envelope)
        self.events += envelope.payload.events
        if self.acknowledges:
            await self.acknowledge()

    async def _take_piece(self, parts: dict[str, bytes], body: bytes) -> None:
        sha256, index, piece = read_chunk(body)
        self.pieces += 1
        parts[sha256] = (parts.get(sha256, b"") if index else b"") + piece
        if hashlib.sha256(parts[sha256]).hexdigest() == sha256:
            self.files[sha256] = parts.pop(sha256)
            if self.acknowledges:
                word = Acknowledgement(LANE, self.chain.epoch, 0, sha256)
                await self.send(FrameType.ACKNOWLEDGEMENT, word.encode())

    def _follow(self, body: bytes) -> None:
        first, leaves = read_leaves(body)
        assert first == self.followed.size
        self.followed, _ = extend_frontier(self.followed, [leaf.hash for leaf in leaves])
        self.records |= {
            first + i: json.loads(leaf.record) for i, leaf in enumerate(leaves) if leaf.record
        }

    async def _witness(self, body: bytes) -> None:
        signer = Signer(
            f"{self.site}/{KeyRole.WITNESS_LGWAN}", key_of(KeyRole.WITNESS_LGWAN).private
        )
        request = decode_add_checkpoint(body)
        self.tree, line = countersign_head(
            self.tree, request, log=log_verifier(self.site), witness=signer, now_s=NOW // 1000
        )
        assert self.followed.head == self.tree
        self.proven = self.followed
        if self.witnesses:
            await self.send(FrameType.COSIGNATURE, Cosignature(LANE, self.tree.size, line).encode())

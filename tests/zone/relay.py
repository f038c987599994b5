"""A relay for a zone to dial: real sockets, real keys, and a will of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runtime.links import Connection, UnixEndpoint
from runtime.listening import bind_endpoint, listen_on
from sekisho.clock import now_ms
from tests.zone.conftest import SITE
from wire import payload as payloads
from wire.chain import Chain, advance_chain
from wire.envelope import payload_digest, seal_envelope
from wire.events import Event, Release
from wire.frames import Frame, FrameType
from wire.keyring import Keyring, read_card, write_card
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Lane, Link
from wire.payload import Authority, Payload
from wire.receipts import Receipt, seal_receipt

FROM_ZONES = frozenset(FrameType)
WAIT_S = 10.0
POLICY, SOURCE = "ab" * 32, "cd" * 32


def key_of(role: KeyRole) -> SigningKey:
    """Return the relay's key for a role; the same every time."""
    return SigningKey.from_seed(role, role.value.encode().ljust(32, b".")[:32])


def keyring() -> Keyring:
    """Return what a zone trusts."""
    roles = [role for role in KeyRole if not role.startswith("tls-")]
    return Keyring([read_card(write_card(key_of(role), node="test", since=0)) for role in roles])


@dataclass(slots=True)
class Relay:
    """What has come in, and the means to send."""

    path: Path
    lane: Lane
    came: list[Frame] = field(default_factory=list)
    connection: Connection | None = None
    chain: Chain = field(default_factory=Chain)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Relay"]:
        """Be there to be dialled."""
        self.reading.set()
        bound = bind_endpoint(UnixEndpoint(self.path))
        async with listen_on(bound, FROM_ZONES, self._attend, now_ms):
            yield self

    async def _attend(self, connection: Connection) -> None:
        self.connection = connection
        async for frame in connection.frames():
            self.came.append(frame)
            self.bell.set()
            await self.reading.wait()

    async def got(self, frame_type: FrameType, number: int = 1) -> bytes:
        """Wait for the `number`-th frame of a type and return what it holds."""
        async with asyncio.timeout(WAIT_S):
            while len(found := [body for kind, body in self.came if kind is frame_type]) < number:
                self.bell.clear()
                await self.bell.wait()
        return found[number - 1]

    async def send(self, frame_type: FrameType, body: bytes) -> None:
        """Send a frame."""
        assert self.connection is not None
        await self.connection.send(frame_type, body)

    async def tell(self, receipt: Receipt) -> None:
        """Send a receipt."""
        role = KeyRole.IMPORT_RECEIPT if self.lane is Lane.IMPORT else KeyRole.EXPORT_RECEIPT
        await self.send(FrameType.RECEIPT, seal_receipt(receipt, key_of(role)))

    def released(
        self, events: Sequence[Event], *, after: Chain | None = None, first_leaf: int = 0
    ) -> bytes:
        """Return the next envelope, or the one after `after`, sealed as this lane's relay.

        Its events cite the leaves from `first_leaf` on.
        """
        chain = after or self.chain
        link = Link(SITE, self.lane, Hop.RELEASE)
        head = payloads.head(
            link,
            epoch=chain.epoch,
            seq=chain.high + 1,
            prev=chain.head,
            sent_at=0,
            authority=Authority("sekisho/test", POLICY),
        )
        cited = enumerate(events, first_leaf)
        payload = Payload(head, [_with_release(event, leaf) for leaf, event in cited])
        encoded = payloads.encode(payload)
        if after is None:
            self.chain = advance_chain(chain, payload, payload_digest(encoded))
        role = KeyRole.IMPORT_RELEASE if self.lane is Lane.IMPORT else KeyRole.EXPORT_RELEASE
        return seal_envelope(encoded, key_of(role))


def _with_release(event: Event, leaf: int) -> Event:
    return msgspec.structs.replace(event, release=Release(leaf, SOURCE, "pass"))

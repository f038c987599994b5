"""The two ends of a link, over a Unix socket and over TLS, and somebody to answer."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime.certificates import Identity, client_context, make_certificate
from runtime.links import Connection, Endpoint, TlsEndpoint, UnixEndpoint
from runtime.listening import bind_endpoint, listen_on
from wire.frames import Frame, FrameType
from wire.reasons import Refused

TAKES = frozenset({FrameType.HELLO, FrameType.CHUNK})
HELLO = (FrameType.HELLO, b"hello")
# Longer than any test waits for something that should happen, shorter than CI's patience.
ENOUGH_S = 20


@dataclass(frozen=True)
class Ends:
    """The two ends of one link: who listens where, and who dials it."""

    listening: UnixEndpoint | TlsEndpoint
    dialling: UnixEndpoint | TlsEndpoint


def identity(number: int, name: str) -> Identity:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))
    return Identity(make_certificate(private, name), private)


RELAY, ZONE, STRANGER = identity(1, "relay"), identity(2, "zone"), identity(3, "stranger")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tls_ends(relay: Identity = RELAY, zone: Identity = ZONE) -> Ends:
    port = free_port()
    return Ends(
        TlsEndpoint("127.0.0.1", port, relay, zone.certificate),
        TlsEndpoint("127.0.0.1", port, zone, relay.certificate),
    )


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a folder near the root: the path of a socket must not be longer than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="sekisho-") as made:
        yield Path(made)


def unix_ends(folder: Path) -> Ends:
    return Ends(UnixEndpoint(folder / "link.sock"), UnixEndpoint(folder / "link.sock"))


@asynccontextmanager
async def relay_at(endpoint: Endpoint) -> AsyncIterator[asyncio.Queue[Frame | Refused | None]]:
    """Listen and queue what comes in: frames, the refusal that ended it, None for the end."""
    arrived: asyncio.Queue[Frame | Refused | None] = asyncio.Queue()

    async def handle(connection: Connection) -> None:
        try:
            async for frame in connection.frames():
                arrived.put_nowait(frame)
            arrived.put_nowait(None)
        except Refused as refusal:
            arrived.put_nowait(refusal)

    async with listen_on(bind_endpoint(endpoint), TAKES, handle):
        yield arrived


async def soon(arrived: asyncio.Queue[Frame | Refused | None]) -> Frame | Refused | None:
    async with asyncio.timeout(ENOUGH_S):
        return await arrived.get()


async def dial_raw(ends: Ends) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as the zone does, but with a hand on every byte."""
    match ends.dialling:
        case UnixEndpoint(path):
            return await asyncio.open_unix_connection(path)
        case TlsEndpoint(host, port, own, peer):
            context = client_context(own, peer)
            return await asyncio.open_connection(host, port, ssl=context, server_hostname="")

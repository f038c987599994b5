"""Links between a zone and the relay, and between the relay's stages.

Two transports, one behaviour: a Unix socket whose peer must have one of the uids
in the settings, and mutual TLS 1.3 in which both sides are pinned by public key.
The zones dial, the relay listens.  What a link carries is frames (`wire.frames`).
"""

import asyncio
import os
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from runtime.certificates import Identity, client_context, public_key_of, server_context
from runtime.clock_meter import EVERY_S, ClockMeter
from wire.frames import Frame, FrameReader, FrameType, write_frame
from wire.reasons import Reason, Refused, Unavailable

# 256 KiB at 64 kbit/s, the slowest line a municipality is known to keep as a spare.
FRAME_TIMEOUT_S = 30.0
DIAL_TIMEOUT_S = 10.0
READ_BYTES = 256 * 1024
# What may wait unsent before `send` waits: two full envelopes.
WRITE_BUFFER_BYTES = 1024 * 1024

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class UnixEndpoint:
    """A socket file.  `uids` are the users at its other end; empty means our own.

    Where we listen, members of the group `gid` may open it as well.
    """

    path: Path
    uids: frozenset[int] = frozenset()
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """A TCP address, who we are there, and the certificate of who must answer."""

    host: str
    port: int
    identity: Identity
    peer_certificate: bytes  # DER, from the peer's key card


Endpoint = UnixEndpoint | TlsEndpoint
Clock = Callable[[], int]  # milliseconds since 1970


class Connection:
    """One established link, whose peer has been checked."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        takes: frozenset[FrameType],
        clock: Clock | None = None,
    ) -> None:
        """Use `dial` or `listen`."""
        self.meter = None if clock is None else ClockMeter(clock)
        self.has_spoken = asyncio.Event()
        self._reader = reader
        self._writer = writer
        metering = frozenset() if clock is None else frozenset({FrameType.CLOCK})
        self._frames = FrameReader(takes | metering)
        self._waited = 0.0  # for the frame that has begun, in seconds
        notice_cuts(writer.get_extra_info("socket"))
        writer.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)

    async def send(self, frame_type: FrameType, body: bytes) -> None:
        """Send a frame; wait while the peer is slow.  Raises `Unavailable`."""
        try:
            self._writer.write(write_frame(frame_type, body))
            await self._writer.drain()
            self.has_spoken.set()
        except (OSError, ssl.SSLError) as trouble:
            raise Unavailable(f"the link broke: {trouble}") from None

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield the frames that come in, until the peer closes.

        Raises `Refused` for bytes that are no frame, or one that does not get done.
        """
        while untrusted := await self._read():
            frames = self._frames.feed(untrusted)
            if frames or self._frames.is_between_frames:
                self._waited = 0.0
            for frame in frames:
                if frame[0] is FrameType.CLOCK and self.meter is not None:
                    self._tell_time(self.meter.take(frame[1]))
                else:
                    yield frame

    def _tell_time(self, answer: bytes | None) -> None:
        """Answer without waiting for a peer that does not read."""
        if answer is not None:
            self._writer.write(write_frame(FrameType.CLOCK, answer))

    async def ask_the_time(self, meter: ClockMeter) -> None:
        """Ask the peer for its time, again and again, from behind our first frame on."""
        await self.has_spoken.wait()
        with suppress(Unavailable):
            while True:
                await self.send(FrameType.CLOCK, meter.question())
                await asyncio.sleep(EVERY_S)

    async def _read(self) -> bytes:
        """Return what has come, or nothing at the end, however it came."""
        # Silence between frames is an idle link; inside a frame it is an attack or a fault.  Only
        # time spent waiting counts: who has the next frame in hand is not to blame for the last.
        is_idle = self._frames.is_between_frames
        began = time.monotonic()
        try:
            async with asyncio.timeout(None if is_idle else FRAME_TIMEOUT_S - self._waited):
                return await self._reader.read(READ_BYTES)
        except TimeoutError:
            raise Refused(Reason.TOO_SLOW, "a frame that was begun did not end") from None
        except (OSError, ssl.SSLError):
            return b""
        finally:
            if not is_idle:
                self._waited += time.monotonic() - began

    def close(self) -> None:
        """Close without waiting."""
        with suppress(OSError, RuntimeError):
            self._writer.close()


@asynccontextmanager
async def dial_link(
    endpoint: Endpoint, takes: frozenset[FrameType], clock: Clock | None = None
) -> AsyncIterator[Connection]:
    """Connect.  Raises `Unavailable` if nobody answers, `Refused` if a stranger does.

    With a `clock`, in milliseconds since 1970, the peer's is measured against it.
    """
    try:
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            reader, writer = await _open(endpoint)
    except (OSError, ssl.SSLError, TimeoutError) as trouble:
        raise Unavailable(f"no answer at {name_of(endpoint)}: {trouble}") from None
    connection = Connection(reader, writer, takes, clock)
    asking: asyncio.Task[None] | None = None
    try:
        _demand_peer(endpoint, writer)
        if connection.meter is not None:
            asking = asyncio.create_task(connection.ask_the_time(connection.meter))
        yield connection
    finally:
        if asking is not None:
            asking.cancel()
        connection.close()


# A line that is cut without a word: the peer is asked after ten seconds of silence, and given
# up fifteen seconds later; so is one who does not confirm what was sent.
_LIVELINESS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 25_000),
)


def notice_cuts(sock: socket.socket) -> None:
    """Have the kernel end a TCP connection whose other end is silent: else it stays for hours."""
    if sock.family != socket.AF_UNIX:
        for option in _LIVELINESS:
            sock.setsockopt(*option)


async def _open(endpoint: Endpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    match endpoint:
        case UnixEndpoint(path):
            return await asyncio.open_unix_connection(str(path))
        case TlsEndpoint(host, port, identity, peer):
            context = client_context(identity, peer)
            return await asyncio.open_connection(host, port, ssl=context, server_hostname="")


Handler = Callable[[Connection], Awaitable[None]]


@asynccontextmanager
async def listen_on(
    endpoint: Endpoint,
    takes: frozenset[FrameType],
    handle: Handler,
    clock: Clock | None = None,
) -> AsyncIterator[None]:
    """Listen, and call `handle` with each connection whose peer is who it must be.

    The newest connection wins: the peer that dials again has lost the one before.  With a `clock`,
    a peer that asks is told the time.
    """
    current: set[asyncio.Future[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, takes, clock)
        if not server.is_serving():  # it was on its way in when we stopped
            connection.close()
            return
        try:
            _demand_peer(endpoint, writer)
        except Refused as refusal:
            logger.warning("link.refused", reason=refusal.reason, detail=refusal.detail)
            connection.close()
            return
        for older in current:
            older.cancel()
        task = asyncio.ensure_future(handle(connection))
        current.add(task)
        task.add_done_callback(current.discard)
        # Not in the task, which may be cancelled before it begins.
        task.add_done_callback(lambda _: connection.close())

    server = await _serve(endpoint, accept)
    try:
        await server.start_serving()  # in here: cancelled while it starts, it still has to close
        yield
    finally:
        server.close()
        await _end(current)


async def _end(tasks: Collection[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


_Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


async def _serve(endpoint: Endpoint, accept: _Accept) -> asyncio.Server:
    match endpoint:
        case UnixEndpoint(path, _, gid):
            return await asyncio.start_unix_server(
                accept, sock=bind_socket(path, 0o660, gid), start_serving=False
            )
        case TlsEndpoint(host, port, identity, peer):
            context = server_context(identity, peer)
            return await asyncio.start_server(
                accept,
                host,
                port,
                ssl=context,
                ssl_handshake_timeout=DIAL_TIMEOUT_S,
                start_serving=False,
            )


def bind_socket(path: Path, mode: int, gid: int | None = None) -> socket.socket:
    """Return a socket bound to `path` with just the permissions `mode`, for the group `gid`.

    Bound under a tight umask, since between bind and chmod anyone could connect; for another
    group than ours it is our own user's alone until the group is right.  Raises `Unavailable`
    where it cannot be made.
    """
    if len(os.fsencode(path)) > 107:  # sun_path has 108 bytes with its NUL
        raise Unavailable(f"the socket path {path} is longer than 107 bytes: choose a shorter one")
    with suppress(OSError):  # bind says what is wrong
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~(mode if gid is None else 0o600))
    try:
        sock.bind(str(path))
        if gid is not None:
            os.chown(path, -1, gid)
            path.chmod(mode)
    except OSError as trouble:
        sock.close()
        raise Unavailable(f"no socket can be made at {path}: {trouble.strerror}") from None
    finally:
        os.umask(before)
    return sock


def _demand_peer(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
    """Refuse a peer that is not the one the settings name."""
    match endpoint:
        case UnixEndpoint(_, uids):
            uid = peer_credentials(writer.get_extra_info("socket"))[1]
            if uid not in (uids or {os.geteuid()}):
                raise Refused(Reason.FORBIDDEN, f"uid {uid} is not to be on this link")
        case TlsEndpoint(_, _, _, expected):
            found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            if found is None or public_key_of(found) != public_key_of(expected):
                raise Refused(Reason.UNKNOWN_KEY, "the peer's TLS key is not the pinned one")


def peer_credentials(sock: socket.socket) -> tuple[int, int, int]:
    """Return (pid, uid, gid) of the process at the other end of a Unix socket."""
    form = struct.Struct("3i")
    pid, uid, gid = form.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
    return pid, uid, gid


def name_of(endpoint: Endpoint) -> str:
    """Return how people call an endpoint."""
    match endpoint:
        case UnixEndpoint(path):
            return f"unix:{path}"
        case TlsEndpoint(host, port):
            return f"tls:{host}:{port}"

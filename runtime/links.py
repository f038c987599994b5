"""Links between a zone and the relay, and between the relay's stages.

Three transports, one behaviour: a Unix socket whose peer must have one of the uids
in the settings, mutual TLS 1.3 in which both sides are pinned by public key, and, between the
stages, what the process above both makes.  The zones dial, the relay listens
(`runtime.listening`).  What a link carries is frames (`wire.frames`).
"""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runtime.certificates import Identity, client_context, public_key_of
from runtime.clock_meter import EVERY_S, ClockMeter
from runtime.sockets import notice_cuts, peer_credentials
from wire.frames import Frame, FrameReader, FrameType, write_frame
from wire.reasons import Reason, Refused, Unavailable

# What who dials says in the channel, and what comes with a link, or without one.
ASK_FOR_LINK, LINK, NO_LINK = b"dial", b"link", b"none"

# 256 KiB at 64 kbit/s, the slowest line a municipality is known to keep as a spare.
FRAME_TIMEOUT_S = 30.0
# For the first byte of who dials us: it has a hello at hand.
FIRST_BYTE_TIMEOUT_S = 30.0
DIAL_TIMEOUT_S = 10.0
READ_BYTES = 256 * 1024
# What may wait unsent before `send` waits: two full envelopes.
WRITE_BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UnixEndpoint:
    """A socket file.  `uids` are the users at its other end; empty means our own.

    Where we listen, members of the group `gid` may open it as well.
    """

    path: Path
    uids: frozenset[int] = frozenset()
    gid: int | None = None

    def accepts(self, uid: int) -> bool:
        """Return whether a user may be at the other end."""
        return uid in (self.uids or {os.geteuid()})


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """A TCP address, who we are there, and the certificate of who must answer."""

    host: str
    port: int
    identity: Identity
    peer_certificate: bytes  # DER, from the peer's key card


@dataclass(frozen=True, slots=True)
class HandedEndpoint:
    """Links that the process above us makes: each comes as a descriptor through `channel`.

    Who dials asks for one, who listens is handed one.  No path leads there that another process
    could take.
    """

    channel: socket.socket  # SOCK_SEQPACKET, and it does not block


Endpoint = UnixEndpoint | TlsEndpoint | HandedEndpoint
Clock = Callable[[], int]  # milliseconds since 1970


class Connection:
    """One established link, whose peer has been checked."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        takes: frozenset[FrameType],
        clock: Clock | None = None,
        *,
        speaks_first: bool = False,
    ) -> None:
        """Use `dial` or `listen`.  A peer that speaks first is not waited for without an end."""
        self.meter = None if clock is None else ClockMeter(clock)
        self.has_spoken = asyncio.Event()
        self._reader = reader
        self._writer = writer
        metering = frozenset() if clock is None else frozenset({FrameType.CLOCK})
        self._frames = FrameReader(takes | metering)
        self._waited = 0.0  # for the frame that has begun, in seconds
        self._is_silent = speaks_first  # whether its first word is still to come
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
        patience = None if is_idle else FRAME_TIMEOUT_S - self._waited
        began = time.monotonic()
        try:
            async with asyncio.timeout(FIRST_BYTE_TIMEOUT_S if self._is_silent else patience):
                untrusted = await self._reader.read(READ_BYTES)
            self._is_silent = False
            return untrusted
        except TimeoutError:
            what = "nothing was said" if self._is_silent else "a frame that was begun did not end"
            raise Refused(Reason.TOO_SLOW, what) from None
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
        demand_peer(endpoint, writer)
        if connection.meter is not None:
            asking = asyncio.create_task(connection.ask_the_time(connection.meter))
        yield connection
    finally:
        if asking is not None:
            asking.cancel()
        connection.close()


async def _open(endpoint: Endpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    match endpoint:
        case UnixEndpoint(path):
            return await asyncio.open_unix_connection(str(path))
        case TlsEndpoint(host, port, identity, peer):
            context = client_context(identity, peer)
            return await asyncio.open_connection(host, port, ssl=context, server_hostname="")
        case HandedEndpoint(channel):
            return await asyncio.open_unix_connection(sock=await _asked_for_link(channel))


def make_ready(endpoint: Endpoint) -> None:
    """Do what dialling `endpoint` needs files for: who has confined itself could not any more."""
    match endpoint:
        case TlsEndpoint(_, _, identity, peer):
            client_context(identity, peer)


async def _asked_for_link(channel: socket.socket) -> socket.socket:
    """Return the link that whoever holds the other end of `channel` makes for us."""
    while (stale := take_link(channel)) is not None:  # of a question that nobody waits for any more
        stale.close()
    channel.send(ASK_FOR_LINK)
    loop, has_come = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(channel, has_come.set)
    try:
        await has_come.wait()
    finally:
        loop.remove_reader(channel)
    link = take_link(channel)
    if link is None:
        raise ConnectionRefusedError("the other stage is not there")
    return link


def take_link(channel: socket.socket) -> socket.socket | None:
    """Return the link that has come through `channel`, or None if none has.

    Raises `ConnectionResetError` where nobody holds the other end any more.
    """
    try:
        word, fds, _, _ = socket.recv_fds(channel, len(LINK), 1)
    except BlockingIOError:
        return None
    if not word:
        raise ConnectionResetError("nobody makes links any more")
    return socket.socket(fileno=fds[0]) if fds else None


def demand_peer(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
    """Refuse a peer that is not the one the settings name."""
    match endpoint:
        case UnixEndpoint():
            uid = peer_credentials(writer.get_extra_info("socket"))[1]
            if not endpoint.accepts(uid):
                raise Refused(Reason.FORBIDDEN, f"uid {uid} is not to be on this link")
        case TlsEndpoint(_, _, _, expected):
            found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            if found is None or public_key_of(found) != public_key_of(expected):
                raise Refused(Reason.UNKNOWN_KEY, "the peer's TLS key is not the pinned one")
        case HandedEndpoint():
            pass  # nobody has the channel whom our parent has not given it to


def name_of(endpoint: Endpoint) -> str:
    """Return how people call an endpoint."""
    match endpoint:
        case UnixEndpoint(path):
            return f"unix:{path}"
        case TlsEndpoint(host, port):
            return f"tls:{host}:{port}"
        case HandedEndpoint():
            return "the other stage"

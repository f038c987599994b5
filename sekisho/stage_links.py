"""Linking a lane's two stages, which may dial nobody: who started them does it for them.

Each stage has a channel to us from its start.  The transform stage says that it wants a link; we
make one and hand an end to each:

    transform ──"dial"──▶ supervisor ──┬─ one end ──▶ transform
                                       └─ the other ▶ verify

Where the stages are started apart, as different Unix users perhaps, the one supervisor dials at a
path what the other one listens at, each asks who is there, and their stages get what they connect.
A stage of which somebody has taken hold can ask for links, and that is all.
"""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from runtime.links import ASK_FOR_LINK, LINK, NO_LINK, HandedEndpoint, UnixEndpoint
from runtime.sockets import bind_socket, peer_credentials
from sekisho.site import Program

# Where a stage finds the number of its channel.
CHANNEL: Final = "SEKISHO_CHANNEL"
DIAL_TIMEOUT_S: Final = 10.0
FIRST_DESCRIPTOR: Final = 3  # behind the three streams

logger = structlog.get_logger()


def other_stage(environment: MutableMapping[str, str] = os.environ) -> HandedEndpoint:
    """Return the way to the other stage, for a stage that was started with a channel.

    Whatever else this process has inherited it lets go of.
    """
    number = int(environment.pop(CHANNEL))
    os.closerange(FIRST_DESCRIPTOR, number)
    os.closerange(number + 1, os.sysconf("SC_OPEN_MAX"))
    os.set_inheritable(number, False)
    channel = socket.socket(fileno=number)
    channel.setblocking(False)
    return HandedEndpoint(channel)


@dataclass(slots=True)
class StageLinks:
    """The channels of the stages that run here, and where the one is that does not.

    `dials`: where the verify stage is, and `listens`: where the transform stage finds ours, if the
    other one was started by itself.
    """

    dials: UnixEndpoint | None = None
    listens: UnixEndpoint | None = None
    _channels: dict[Program, socket.socket] = field(default_factory=dict)

    @asynccontextmanager
    async def channel_of(self, stage: Program) -> AsyncIterator[socket.socket]:
        """Yield the end of the channel that a process of `stage` gets, while it lives."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._channels[stage] = ours
        serving = asyncio.create_task(self._serve(ours))
        try:
            with theirs:
                yield theirs
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            if self._channels.get(stage) is ours:
                del self._channels[stage]
            ours.close()

    async def _serve(self, channel: socket.socket) -> None:
        """Make a link whenever it is asked for."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):  # the stage has ended
            while asked := await loop.sock_recv(channel, len(ASK_FOR_LINK)):
                link = await self._linked() if asked == ASK_FOR_LINK else None
                if link is None:
                    channel.send(NO_LINK)
                    continue
                with link:
                    socket.send_fds(channel, [LINK], [link.fileno()])

    async def _linked(self) -> socket.socket | None:
        """Return an end of a link whose other end the verify stage has; None if there is none."""
        if self.dials is not None:
            return await _dialled(self.dials)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            if self._hand_to_verify(theirs):
                return ours
        ours.close()
        return None

    def _hand_to_verify(self, link: socket.socket) -> bool:
        verify = self._channels.get(Program.VERIFY)
        if verify is None:
            return False
        try:
            socket.send_fds(verify, [LINK], [link.fileno()])
        except OSError:  # it has ended, or does not take what it was handed before
            return False
        return True

    async def listen(self) -> None:
        """Hand our verify stage whoever dials it at its path and may, until cancelled."""
        if self.listens is None:
            return
        loop = asyncio.get_running_loop()
        with closing(bind_socket(self.listens.path, 0o660)) as sock:
            sock.listen()
            sock.setblocking(False)
            while True:
                link, _ = await loop.sock_accept(sock)
                with link:
                    uid = peer_credentials(link)[1]
                    if self.listens.accepts(uid):
                        self._hand_to_verify(link)
                    else:
                        logger.warning("link.refused", detail=f"uid {uid} is no transform stage")


async def _dialled(verify: UnixEndpoint) -> socket.socket | None:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            await asyncio.get_running_loop().sock_connect(sock, str(verify.path))
        uid = peer_credentials(sock)[1]
        if not verify.accepts(uid):
            raise PermissionError(errno.EACCES, f"uid {uid} listens there")
    except (OSError, TimeoutError):
        sock.close()
        return None
    return sock

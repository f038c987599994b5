"""The daemons of the demo: real processes of this command, each with a log of its own.

Each says itself when it is ready, as it says it to systemd.  Each runs in a session of
its own, so that Ctrl-C reaches the demo, and the demo ends them one by one.
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.running import die_with_parent
from sekisho.supervisor import GRACE_S
from wire.reasons import Unavailable

# Six interpreters that import their engines at once took 4 s on two busy cores.
START_TIMEOUT_S: Final = 60.0
LAST_LINES: Final = 8

# The zones dial the relay: when they start, it should be there.
IN_ORDER: Final = (
    (("relay", "import"), ("relay", "export")),
    (("internet",), ("lgwan",)),
)


class DidNotStart(Unavailable):
    """A daemon that did not come up; `last_lines` are the end of its log."""

    def __init__(self, name: str, what: str, last_lines: Sequence[str]) -> None:
        """Say of the daemon called `name` what it did instead."""
        super().__init__(f"{name} {what}")
        self.last_lines = last_lines


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process that we started, and where it speaks to us."""

    name: str
    process: Process
    log: Path
    bell: socket.socket

    def last_lines(self) -> list[str]:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]


@asynccontextmanager
async def running_daemons(site: Path, logs: Path) -> AsyncIterator[list[Daemon]]:
    """Start the daemons of `site`, and end them all in the end.  Raises `DidNotStart`."""
    daemons: list[Daemon] = []
    try:
        for together in IN_ORDER:
            started = []
            for command in together:
                daemon = await _spawn(command, site, logs)
                daemons.append(daemon)
                started.append(daemon)
            for daemon in started:
                await _until_ready(daemon)
        yield daemons
    finally:
        for daemon in reversed(daemons):
            await _end(daemon)


async def _spawn(command: Sequence[str], site: Path, logs: Path) -> Daemon:
    name = "-".join(command)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    bell.bind("")  # Linux finds a free abstract name (unix(7)), which no folder can make too long
    address = "@" + bell.getsockname()[1:].decode()
    log = logs / f"{name}.log"
    with log.open("ab") as file:
        process = await create_subprocess_exec(
            sys.executable,
            "-m",
            "sekisho.main",
            *command,
            str(site),
            stdin=DEVNULL,
            stdout=file,
            stderr=STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            env={**os.environ, "NOTIFY_SOCKET": address},
        )
    return Daemon(name, process, log, bell)


async def _until_ready(daemon: Daemon) -> None:
    ready = asyncio.ensure_future(_said_ready(daemon.bell))
    ended = asyncio.ensure_future(daemon.process.wait())
    try:
        await asyncio.wait(
            {ready, ended}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        if ready.done():
            return
        what = f"is not ready after {START_TIMEOUT_S:.0f} s"
        if ended.done():
            what = f"ended with exit code {ended.result()} before it was ready"
        raise DidNotStart(daemon.name, what, daemon.last_lines())
    finally:
        ready.cancel()
        ended.cancel()


async def _said_ready(bell: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while b"READY=1" not in (await loop.sock_recv(bell, 4096)).split(b"\n"):
        pass


async def _end(daemon: Daemon) -> None:
    """End a process and wait for it; one that does not go is killed, and its children follow."""
    with suppress(ProcessLookupError):
        daemon.process.terminate()
    try:
        await asyncio.wait_for(daemon.process.wait(), GRACE_S)
    except TimeoutError:
        daemon.process.kill()
        await daemon.process.wait()
    daemon.bell.close()  # only now: it says STOPPING=1 there

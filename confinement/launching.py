"""The launcher as its owner holds it (`confinement.launcher`): a process, and the socket to it.

Started before its owner confines itself, since it is the last program that owner starts.
"""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple
from typing import Final

from confinement import launcher
from confinement.launcher import LaunchedProgram

# A new process, on a host that swaps.
START_SECONDS: Final = 60.0
# For a launcher whose socket was closed to be gone.
GRACE_SECONDS: Final = 10.0
_MAX_WORD_BYTES: Final = 32


class NotLaunched(OSError):
    """The launcher is gone, or could not start the program."""


class Launched:
    """A program that the launcher has started for us.  Letting go of it kills it."""

    def __init__(self, leash: socket.socket, pid: int) -> None:
        """Use `Launcher.start`."""
        self._leash = leash
        self.pid = pid
        self._code: int | None = None
        self._is_over = False

    def is_alive(self) -> bool:
        return not self._has_ended(0)

    def wait(self, seconds: float) -> int | None:
        """Return how it ended (minus the signal that ended it); None if it has not in time."""
        return self._code if self._has_ended(seconds) else None

    def kill(self) -> None:
        """Have it killed; `wait` says when it is gone."""
        with suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Have it killed, unless it has ended, and wait until it has."""
        self.kill()
        self._has_ended(GRACE_SECONDS)
        self._leash.close()

    def _has_ended(self, seconds: float) -> bool:
        if self._is_over:
            return True
        if not _readable(self._leash, seconds):
            return False
        self._is_over = True
        with suppress(OSError, ValueError):  # the launcher has died: what it started is as good as
            self._code = int(self._leash.recv(_MAX_WORD_BYTES))
        return True


class Launcher:
    """The right to start a few programs, whatever becomes of ours.  From several threads at once.

    `programs`: all it will ever start.  Close it, or let it go with this process.
    """

    def __init__(self, programs: Mapping[str, LaunchedProgram]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        table = {name: astuple(program) for name, program in programs.items()}
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-s", "-P", "-m", launcher.__name__),
                    *(str(theirs.fileno()), json.dumps(table)),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=python_environment(),
                start_new_session=True,  # a Ctrl-C at the terminal is for our owner
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def start(self, name: str, control: int, *, streams: tuple[int, int] | None = None) -> Launched:
        """Start the program called `name`.  Raises `NotLaunched`.

        `control`: descriptor of the socket that it gets.  `streams`: what it reads and writes.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                fds = [theirs.fileno(), control, *(streams or ())]
                socket.send_fds(self._control, [name.encode("ascii")], fds)
            pid = ours.recv(_MAX_WORD_BYTES) if _readable(ours, START_SECONDS) else b""
        except OSError as trouble:
            ours.close()
            raise NotLaunched(f"the launcher is gone: {trouble}") from None
        if not pid:
            ours.close()
            raise NotLaunched(f"{name} could not be started")
        return Launched(ours, int(pid))

    def close(self) -> None:
        """End the launcher, and with it whatever it has started."""
        self._control.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def python_environment() -> dict[str, str]:
    """Return all that a program of ours in Python is to know of the environment."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}


def python_program(
    module: str, *words: str, is_mute: bool = False, **environment: str
) -> LaunchedProgram:
    """Return `python -m module SOCKET words…` as a program to be launched."""
    line = (sys.executable, "-s", "-P", "-m", module, launcher.SOCKET_WORD, *words)
    return LaunchedProgram(line, {**python_environment(), **environment}, is_mute)


def _readable(sock: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(0, int(seconds * 1000))))

"""A cell as its owner holds it: a process, and the socket to it.

Whatever becomes of the program in it, `Cell.work` comes back in time: with bytes, or with
`Refused`.
"""

import json
import os
import select
import signal
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from typing import Self

from confinement.launcher import LaunchedProgram
from confinement.launching import Launched, Launcher, python_program
from sanitizer import shared_memory
from sanitizer.confinement.protections import REQUIRED, Protection
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside import cell
from sanitizer.outside.cell_terms import MAX_MESSAGE_BYTES, CellEnd, Request, Terms
from sanitizer.shared_memory import Parcel

# LibreOffice starts in a second; from a cold disk it has to read 300 MB first.
START_SECONDS = 60.0

# Programs are told nothing else: no user, no path, no language of the host.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "HOME": "/scratch",
    "TMPDIR": "/scratch",
    "SAL_USE_VCLPLUGIN": "svp",  # LibreOffice draws into memory
    "MALLOC_ARENA_MAX": "2",  # else each thread reserves 64 MB of address space
}

# How a program ends that reached for more.
DEATHS = {
    -signal.SIGSYS: FileReason.FORBIDDEN_CALL,
    -signal.SIGXCPU: FileReason.TIME_OUT,
    -signal.SIGKILL: FileReason.OUT_OF_MEMORY,  # not by us: the kernel had no memory left
}


class CellUnsafe(Exception):
    """This host lacks the protections `missing`; where it lacks none, the program does not start.

    `reason`: what whoever sent the file is told.  What the host lacks it will lack again.
    """

    def __init__(self, words: str, missing: Collection[Protection] = ()) -> None:
        super().__init__(words)
        self.missing = frozenset(missing)
        self.reason = FileReason.PROGRAM_UNSAFE if missing else FileReason.JAIL_FAILED


def cell_program(terms: Terms) -> LaunchedProgram:
    """Return what a launcher starts for a cell on `terms`, under the name `terms.program`."""
    words = json.dumps(asdict(terms))
    return python_program(cell.__name__, words, is_mute=True, **ENVIRONMENT)  # it quotes the file


class Cell:
    """A program that is getting ready, in a jail of its own.  Used once; close it, or use `with`.

    `launcher` knows the program (`cell_program`).  `stdin` and `stdout`: descriptors of streams
    that run through it, where there are.  Raises `NotLaunched`.
    """

    def __init__(
        self,
        launcher: Launcher,
        terms: Terms,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> None:
        self.cpu_ms = 0  # of the program, once it has worked
        self._target_fd = -1
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = _launched(launcher, terms, theirs.fileno(), stdin, stdout)
        except OSError:
            self._control.close()
            raise

    def protections(self) -> frozenset[Protection]:
        """Wait until the program is ready; return what stands between it and the host.

        Raises `CellUnsafe` if that is not enough, or if it does not start.
        """
        words = self._heard(START_SECONDS)
        if not words:
            raise CellUnsafe("the program does not start in the cell")
        in_force = frozenset(map(Protection, words.split(",")))
        if missing := REQUIRED - in_force:
            names = ", ".join(sorted(missing))
            raise CellUnsafe(f"not to be had on this host: {names}", missing)
        return in_force

    def work(self, request: Request, source: Parcel, *, seconds: float, max_bytes: int) -> Parcel:
        """Have the work done; return what came of it, at most `max_bytes`, and untrusted.

        Raises `Refused` with how the program ended otherwise, and `CellUnsafe` if it was gone.
        """
        self.begin(request, source, max_bytes)
        return self.finish(seconds)

    def begin(self, request: Request, source: Parcel, max_bytes: int) -> None:
        """Hand in the file and the work.  Raises `CellUnsafe` if nobody is there to take it."""
        self._target_fd = shared_memory.blank(max_bytes)
        asked = json.dumps(asdict(request)).encode()
        try:
            socket.send_fds(self._control, [asked], [source.fd, self._target_fd])
        except OSError:
            raise CellUnsafe("the cell is gone") from None

    def finish(self, seconds: float) -> Parcel:
        """Wait for the end of the work, as `work` does; empty where the result was a stream."""
        words = self._heard(seconds).split()
        if len(words) != 3:
            raise FileRefused(FileReason.TIME_OUT if self.is_alive() else FileReason.JAIL_FAILED)
        said, code, milliseconds = words
        self.cpu_ms = int(milliseconds)
        if said == CellEnd.TOO_LONG:
            raise FileRefused(FileReason.TOO_LARGE)
        if said != CellEnd.DONE:
            raise FileRefused(DEATHS.get(int(code), FileReason.BROKEN))
        answer = shared_memory.read_answer(self._target_fd)
        if answer is None:
            raise FileRefused(FileReason.BROKEN)
        self._target_fd = -1  # the parcel's from now on
        return answer[1]

    @property
    def pid(self) -> int:
        """Of the launcher; with it everything goes."""
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def close(self) -> None:
        """End all its processes: with the launcher goes the keeper, with the keeper the rest."""
        self._control.close()
        self._process.close()
        if self._target_fd >= 0:
            os.close(self._target_fd)
            self._target_fd = -1

    def kill(self) -> None:
        """End the program; whoever waits for it hears so."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _heard(self, seconds: float) -> str:
        """Return the next message, nothing if none comes in time or nobody is there any more."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        if not poll.poll(max(0, int(seconds * 1000))):
            return ""
        with suppress(OSError):
            return self._control.recv(MAX_MESSAGE_BYTES).decode("ascii")
        return ""


def _launched(
    launcher: Launcher, terms: Terms, control: int, stdin: int | None, stdout: int | None
) -> Launched:
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        given = [nothing if stream is None else stream for stream in (stdin, stdout)]
        return launcher.start(terms.program, control, streams=(given[0], given[1]))
    finally:
        os.close(nothing)

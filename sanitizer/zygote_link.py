"""The zygote as the supervisor holds it: a process, and the socket to it."""

import json
import select
import socket
import time
from dataclasses import asdict

from confinement.launching import Launcher, NotLaunched
from sanitizer import zygote
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.worker import Job

# What the launcher knows it as.
PROGRAM = "zygote"

# Importing every decoder from a cold disk; the zygote is stuck if it takes longer.
START_SECONDS = 60.0
# For a killed worker to be gone, and for the zygote to have said that it forked one.
GRACE_SECONDS = 10.0
DYING_SECONDS = 0.5


class ZygoteDied(Exception):
    """The zygote is gone, or does not answer."""


class Zygote:
    """One zygote process and the socket to it."""

    def __init__(self, launcher: Launcher) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = launcher.start(PROGRAM, theirs.fileno())
        except NotLaunched as trouble:
            self._control.close()
            raise ZygoteDied from trouble
        self._control.settimeout(START_SECONDS)
        try:
            ready = self._control.recv(len(zygote.READY)) == zygote.READY
        except OSError:
            ready = False
        if not ready:
            self.end()
            raise ZygoteDied

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def end(self) -> None:
        """Close the socket, at which the zygote ends; kill it where it does not."""
        self._control.close()
        self._process.wait(GRACE_SECONDS)
        self._process.close()

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait(GRACE_SECONDS)

    def work(self, job: Job, source_fd: int, target_fd: int, seconds: float) -> int:
        """Have `job` done and return the worker's exit code (minus the signal that ended it).

        Raises `ZygoteDied` if it was never begun, and `Refused` if it took too long or the
        zygote died on the way.
        """
        deadline = time.monotonic() + seconds
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                self._request(job, [source_fd, target_fd, theirs.fileno()])
            self._demand_start(ours)
            return self._ended(ours, deadline)

    def _request(self, job: Job, fds: list[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(asdict(job)).encode()], fds)
        except OSError as error:
            self._process.wait(DYING_SECONDS)
            raise ZygoteDied from error

    def _demand_start(self, ours: socket.socket) -> None:
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
            raise ZygoteDied
        if ours.recv(len(zygote.STARTED)) != zygote.STARTED:
            # It hung up: out of processes for a moment, or dying, which takes one.
            self._process.wait(DYING_SECONDS)
            raise ZygoteDied

    def _ended(self, ours: socket.socket, deadline: float) -> int:
        if _readable(ours, deadline - time.monotonic()):
            if code := ours.recv(64):
                return int(code)
            raise FileRefused(FileReason.JAIL_FAILED)
        ours.shutdown(socket.SHUT_WR)  # at which the zygote ends the worker
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
        raise FileRefused(FileReason.TIME_OUT)


def _readable(ours: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    return bool(poll.poll(max(0, int(seconds * 1000))))

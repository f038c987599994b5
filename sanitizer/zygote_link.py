"""The zygote as the supervisor holds it: a process, and the socket to it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict

from sanitizer import zygote
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.worker import Job

# Importing every decoder from a cold disk; the zygote is stuck if it takes longer.
START_SECONDS = 60.0
# For a killed worker to be gone, and for the zygote to have said that it forked one.
GRACE_SECONDS = 10.0
DYING_SECONDS = 0.5


class ZygoteDied(Exception):
    """The zygote is gone, or does not answer."""


class Zygote:
    """One zygote process and the socket to it."""

    def __init__(self, stages: str) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-m", zygote.__name__, str(theirs.fileno()), stages],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"},
                start_new_session=True,  # a Ctrl-C at the terminal is for our owner
            )
        self._control.settimeout(START_SECONDS)
        try:
            ready = self._control.recv(len(zygote.READY)) == zygote.READY
        except OSError:
            ready = False
        if not ready:
            self.end()
            raise ZygoteDied

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Close the socket, at which the zygote ends; kill it where it does not."""
        self._control.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()

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
            pidfd = self._started(ours)
            try:
                return self._ended(ours, pidfd, deadline)
            finally:
                os.close(pidfd)

    def _request(self, job: Job, fds: list[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(asdict(job)).encode()], fds)
        except OSError as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(DYING_SECONDS)
            raise ZygoteDied from error

    def _started(self, ours: socket.socket) -> int:
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
            raise ZygoteDied
        _, fds, _, _ = socket.recv_fds(ours, 64, 1)
        if not fds:
            # It hung up: out of processes for a moment, or dying, which takes one.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(DYING_SECONDS)
            raise ZygoteDied
        return fds[0]

    def _ended(self, ours: socket.socket, pidfd: int, deadline: float) -> int:
        if _readable(ours, deadline - time.monotonic()):
            if code := ours.recv(64):
                return int(code)
            _kill_worker(pidfd)
            raise FileRefused(FileReason.JAIL_FAILED)
        _kill_worker(pidfd)
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
        raise FileRefused(FileReason.TIME_OUT)


def _kill_worker(pidfd: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def _readable(ours: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    return bool(poll.poll(max(0, int(seconds * 1000))))

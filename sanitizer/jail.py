"""The jail as its owner holds it: start it, hand it a stage of work, close it.

Safe to use from several threads at once.  The processes are in `sanitizer.zygote` (one, warm) and
`sanitizer.worker` (one per stage of one attachment).  Whatever becomes of them, `Jail.run` comes
back: with an answer, or with `Refused`.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from sanitizer import parcel, zygote
from sanitizer.confinement.protections import REQUIRED, Protection
from sanitizer.outcome import Reason, Refused
from sanitizer.parcel import Parcel
from sanitizer.report import MAX_BYTES, Malformed, Report
from sanitizer.worker import ANSWERED, PROTECTIONS, Job, Parameters

# Importing every decoder from a cold disk; the zygote is stuck if it takes longer.
START_SECONDS = 60.0
# For a killed worker to be gone, and for the zygote to have said that it forked one.
GRACE_SECONDS = 10.0

MEBIBYTE = 1 << 20


class JailUnsafe(Exception):
    """This host lacks a protection without which the jail will not start."""


class WorkerCrashed(Exception):
    """A worker ended without an answer; the message is its own and not to be trusted."""


class _ZygoteDied(Exception):
    """The zygote is gone, or does not answer."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one stage may cost: wall-clock time, memory, size of its answer."""

    seconds: float
    memory_bytes: int
    answer_bytes: int
    fonts: bool = False


@dataclass(slots=True)
class Answer:
    """A worker's report, and its result still in shared memory.  Close it, or use `with`."""

    report: Report
    body: Parcel

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.body.close()


class Jail:
    """A warm zygote and the right to have it fork.

    `stages` names the module whose `warm()` returns the table of stages.  `required`: refuse to
    start where one of these is not in force; give fewer only knowing what you do.
    """

    def __init__(
        self,
        *,
        stages: str = "sanitizer.stages",
        required: frozenset[Protection] = REQUIRED,
    ) -> None:
        self._stages = stages
        self._required = required
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None
        self._closed = False
        try:
            self._protections = self._measured(self._living())
        except BaseException:
            self.close()
            raise

    def protections(self) -> frozenset[Protection]:
        """Return the protections in force on this host, as a worker found them at the start."""
        return self._protections

    def run(
        self, stage: str, source: Parcel, budget: Budget, parameters: Parameters | None = None
    ) -> Answer:
        """Do `stage` on `source` in a worker of its own, and return its answer.

        Raises `Refused` with what the worker said or with how it died (`TIME_OUT`,
        `OUT_OF_MEMORY`, `FORBIDDEN_CALL`, `JAIL_FAILED`), and `WorkerCrashed` otherwise.
        """
        for _ in range(2):  # a zygote that died before it took the job is replaced, once
            try:
                return self._attempt(self._living(), stage, source, budget, parameters or {})
            except _ZygoteDied:
                continue
            except JailUnsafe:
                break
        raise Refused(Reason.JAIL_FAILED)

    def close(self) -> None:
        """End the zygote and all its workers."""
        with self._lock:
            self._closed = True
            if self._zygote is not None:
                self._zygote.end()
                self._zygote = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _living(self) -> "_Zygote":
        with self._lock:
            if self._closed:
                raise Refused(Reason.JAIL_FAILED)
            if self._zygote is not None and not self._zygote.is_alive():
                self._zygote.end()
                self._zygote = None
            if self._zygote is None:
                self._zygote = _Zygote(self._stages)
            return self._zygote

    def _measured(self, living: "_Zygote") -> frozenset[Protection]:
        budget = Budget(seconds=GRACE_SECONDS, memory_bytes=64 * MEBIBYTE, answer_bytes=MAX_BYTES)
        with Parcel.of(b"?") as nothing:
            try:
                answer = self._attempt(living, PROTECTIONS, nothing, budget, {})
            except (_ZygoteDied, WorkerCrashed, Refused) as failure:
                raise JailUnsafe("no worker could be started in the jail") from failure
            with answer:
                names = answer.body.read().decode("ascii")
        in_force = frozenset(Protection(name) for name in names.split(",") if name)
        if missing := self._required - in_force:
            raise JailUnsafe(f"not to be had on this host: {', '.join(sorted(missing))}")
        return in_force

    def _attempt(
        self, living: "_Zygote", stage: str, source: Parcel, budget: Budget, parameters: Parameters
    ) -> Answer:
        job = Job(
            stage=stage,
            offset=source.offset,
            size=source.size,
            # A worker that computes uses processor time no faster than the clock runs.
            cpu_seconds=max(1, round(budget.seconds)),
            memory_bytes=budget.memory_bytes,
            fonts=budget.fonts,
            parameters=parameters,
        )
        target_fd = parcel.blank(budget.answer_bytes + MAX_BYTES)
        try:
            code = living.work(job, source.fd, target_fd, budget.seconds)
            return _read(code, target_fd)
        except BaseException:
            os.close(target_fd)
            raise


def _read(code: int, target_fd: int) -> Answer:
    """Return the answer of a worker that ended with `code`, or raise why there is none."""
    if code == -signal.SIGSYS:
        raise Refused(Reason.FORBIDDEN_CALL)
    if code == -signal.SIGXCPU:
        raise Refused(Reason.TIME_OUT)
    if code == -signal.SIGKILL:  # not by us: the kernel had no memory left
        raise Refused(Reason.OUT_OF_MEMORY)
    answer = parcel.read_answer(target_fd)
    if code != ANSWERED or answer is None:
        words = answer[1].read()[-4096:].decode(errors="replace") if answer else ""
        raise WorkerCrashed(f"ended with {code}\n{words}")
    try:
        report = Report.parse(answer[0])
    except Malformed as malformed:
        raise WorkerCrashed(f"its report is {malformed}") from None
    if report.refused is not Reason.NONE:
        raise Refused(report.refused)
    return Answer(report, answer[1])


class _Zygote:
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
            raise JailUnsafe("the zygote did not start")

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

        Raises `_ZygoteDied` if it was never begun, and `Refused` if it took too long or the
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
            raise _ZygoteDied from error

    def _started(self, ours: socket.socket) -> int:
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
            raise _ZygoteDied
        _, fds, _, _ = socket.recv_fds(ours, 64, 1)
        if not fds:
            self._kill()  # it hung up: dying, or out of processes
            raise _ZygoteDied
        return fds[0]

    def _ended(self, ours: socket.socket, pidfd: int, deadline: float) -> int:
        if _readable(ours, deadline - time.monotonic()):
            if code := ours.recv(64):
                return int(code)
            _kill_worker(pidfd)
            raise Refused(Reason.JAIL_FAILED)
        _kill_worker(pidfd)
        if not _readable(ours, GRACE_SECONDS):
            self._kill()
        raise Refused(Reason.TIME_OUT)


def _kill_worker(pidfd: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def _readable(ours: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    return bool(poll.poll(max(0, int(seconds * 1000))))

"""The jail as its owner holds it: start it, hand it a stage of work, close it.

Its life, from left to right; every box is a process, and only the shaded one sees the file:

    owner ──Jail()──▶ zygote ──fork──▶ worker ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ ends
      │               imports every     1 maps source and answer
      │               decoder once;     2 closes every descriptor
      │               gives up user,    3 limits, Landlock, no capabilities, seccomp
      │               network, sight    4 only now reads a byte of the source
      │               of processes      5 writes report and answer, and exits
      │                                 (a second stage is a second worker)
      └──────── pidfd, clock ─────────▶ killed when its time is up

- The zygote never looks at an attachment and has one thread, so forking from it is safe, and
  a worker has every decoder without loading anything.
- A worker is used once.  Whoever takes it over has no network, no files, no second document,
  and memory and seconds that end; its answer is bytes in shared memory, as untrusted as the
  file was, until the check has followed them to the last one.
- The answer is made whole before it is written, so a half-written one is none.
- A zygote that died is replaced before the next job.  A job that it died under is tried once
  more; after that the answer is `JAIL_FAILED`, which means "ask again", and never "let it pass".
- At the start a worker of each allowance measures which protections are in force for it; where one
  is missing there is no jail.  A worker that later lacks one gives up before it reads a byte.
- All processes are started by a launcher (`confinement.launcher`), so that an owner that has
  confined itself needs no right to start any.

Safe to use from several threads at once.  The processes are in `sanitizer.zygote` (one, warm) and
`sanitizer.worker` (one per stage of one attachment).  Whatever becomes of them, `Jail.run` comes
back: with an answer, or with `Refused`.
"""

import os
import signal
import threading
from dataclasses import dataclass
from typing import Self

from confinement.launching import Launcher, python_program
from sanitizer import shared_memory, zygote, zygote_link
from sanitizer.confinement.protections import REQUIRED, Protection
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside import office, recordings
from sanitizer.outside.cell_link import cell_program
from sanitizer.report import MAX_BYTES, MalformedReport, Report
from sanitizer.shared_memory import Parcel
from sanitizer.worker import ANSWERED, PROTECTIONS, UNCONFINED, Job, Parameters
from sanitizer.zygote_link import GRACE_SECONDS, Zygote, ZygoteDied

MEBIBYTE = 1 << 20


class JailUnsafe(Exception):
    """This host lacks a protection without which the jail will not start."""


class WorkerCrashed(Exception):
    """A worker ended without an answer; the message is its own and not to be trusted."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one stage may cost: wall-clock time, memory, size of its answer."""

    seconds: float
    memory_bytes: int
    answer_bytes: int
    allowance: SyscallAllowance = SyscallAllowance.NOTHING


@dataclass(slots=True)
class StageResult:
    """A worker's report, and its result still in shared memory.  Close it, or use `with`."""

    report: Report
    body: Parcel

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.body.close()


class Jail:
    """A warm zygote and the right to have it fork.

    `stages` names the module whose `warm()` returns the table of stages.  `office`: LibreOffice, in
    cells of its own; nothing is started before the first document for it.  `launcher`: starts all
    processes, those of ffmpeg too.  Raises `JailUnsafe`, with what this host lacks.
    """

    def __init__(self, *, stages: str = "sanitizer.stages") -> None:
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self._closed = False
        self.launcher = Launcher(
            {
                zygote_link.PROGRAM: python_program(zygote.__name__, stages),
                **{
                    terms.program: cell_program(terms) for terms in (office.TERMS, recordings.TERMS)
                },
            }
        )
        self.office = office.Office(self.launcher)
        try:
            living = self._living()
            for allowance in SyscallAllowance:
                self._measure(living, allowance)
        except BaseException:
            self.close()
            raise

    def is_alive(self) -> bool:
        """Whether what starts its processes is there: without it there is no other zygote."""
        return self.launcher.is_alive()

    def run(
        self, stage: str, source: Parcel, budget: Budget, parameters: Parameters | None = None
    ) -> StageResult:
        """Do `stage` on `source` in a worker of its own, and return its answer.

        Raises `Refused` with what the worker said or with how it died (`TIME_OUT`,
        `OUT_OF_MEMORY`, `FORBIDDEN_CALL`, `JAIL_FAILED`), and `WorkerCrashed` otherwise.
        """
        for _ in range(2):  # a zygote that died before it took the job is replaced, once
            try:
                return self._attempt(self._living(), stage, source, budget, parameters or {})
            except ZygoteDied:
                continue
            except JailUnsafe:
                break
        raise FileRefused(FileReason.JAIL_FAILED)

    def close(self) -> None:
        """End the zygote and all its workers, and LibreOffice."""
        self.office.close()
        with self._lock:
            self._closed = True
            if self._zygote is not None:
                self._zygote.end()
                self._zygote = None
        self.launcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _living(self) -> Zygote:
        with self._lock:
            if self._closed:
                raise FileRefused(FileReason.JAIL_FAILED)
            if self._zygote is not None and not self._zygote.is_alive():
                self._zygote.end()
                self._zygote = None
            if self._zygote is None:
                try:
                    self._zygote = Zygote(self.launcher)
                except ZygoteDied:
                    raise JailUnsafe("the zygote did not start") from None
            return self._zygote

    def _measure(self, living: Zygote, allowance: SyscallAllowance) -> None:
        """Have a worker say which protections it has found in force; raise `JailUnsafe`."""
        budget = Budget(GRACE_SECONDS, 64 * MEBIBYTE, MAX_BYTES, allowance)
        with Parcel.of(b"?") as nothing:
            try:
                answer = self._attempt(living, PROTECTIONS, nothing, budget, {})
            except (ZygoteDied, WorkerCrashed, FileRefused) as failure:
                raise JailUnsafe("no worker could be started in the jail") from failure
            with answer:
                names = answer.body.read().decode("ascii")
        if missing := REQUIRED - {Protection(name) for name in names.split(",") if name}:
            raise JailUnsafe(f"not to be had on this host: {', '.join(sorted(missing))}")

    def _attempt(
        self, living: Zygote, stage: str, source: Parcel, budget: Budget, parameters: Parameters
    ) -> StageResult:
        job = Job(
            stage=stage,
            offset=source.offset,
            size=source.size,
            # A worker that computes uses processor time no faster than the clock runs.
            cpu_seconds=max(1, round(budget.seconds)),
            memory_bytes=budget.memory_bytes,
            allowance=budget.allowance,
            parameters=parameters,
        )
        target_fd = shared_memory.blank(budget.answer_bytes + MAX_BYTES)
        try:
            code = living.work(job, source.fd, target_fd, budget.seconds)
            return _read(code, target_fd)
        except BaseException:
            os.close(target_fd)
            raise


def _read(code: int, target_fd: int) -> StageResult:
    """Return the answer of a worker that ended with `code`, or raise why there is none."""
    if code == -signal.SIGSYS:
        raise FileRefused(FileReason.FORBIDDEN_CALL)
    if code == -signal.SIGXCPU:
        raise FileRefused(FileReason.TIME_OUT)
    if code == -signal.SIGKILL:  # not by us: the kernel had no memory left
        raise FileRefused(FileReason.OUT_OF_MEMORY)
    if code == UNCONFINED:
        raise FileRefused(FileReason.JAIL_FAILED)
    answer = shared_memory.read_answer(target_fd)
    if code != ANSWERED or answer is None:
        words = answer[1].read()[-4096:].decode(errors="replace") if answer else ""
        raise WorkerCrashed(f"ended with {code}\n{words}")
    try:
        report = Report.parse(answer[0])
    except MalformedReport as malformed:
        raise WorkerCrashed(f"its report is {malformed}") from None
    if report.refused is not FileReason.NONE:
        raise FileRefused(report.refused)
    return StageResult(report, answer[1])

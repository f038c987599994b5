"""A worker: one stage of work on one attachment, in a process that is used once.

It maps what it was given, gives up everything else, and only then looks at a single hostile byte.
Runs in a process forked by `sanitizer.zygote`, and never returns from it.
"""

import mmap
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from confinement import filters, kernel, landlock
from sanitizer.confinement.protections import REQUIRED, Protection
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.report import Report
from sanitizer.shared_memory import AnswerTooLong, write_answer

Parameters = Mapping[str, str | int]

# Takes the bytes, its parameters and a report to fill in; yields its answer in pieces.
Stage = Callable[[memoryview, Parameters, Report], Iterable[bytes | memoryview]]

# Answers with the names of the protections in force, and does nothing else.
PROTECTIONS = "protections"

# The zygote opens fewer descriptors than this, so closing these closes all.
MAX_DESCRIPTORS = 256

READABLE: Mapping[SyscallAllowance, Sequence[Path]] = {
    SyscallAllowance.FONTS: [Path("/usr/share/fonts")]
}
FONT_DESCRIPTORS = 16

# The kernel counts those of all workers of this user together.
MAX_THREADS = 4096

ANSWERED, CRASHED, UNCONFINED = 0, 1, 2


class Unconfined(Exception):
    """This worker lacks a protection: it must not look at what it was given."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the supervisor asks for.  Sizes are bytes, `cpu_seconds` of processor time."""

    stage: str
    offset: int
    size: int
    cpu_seconds: int
    memory_bytes: int
    allowance: SyscallAllowance
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the zygote knows before it forks: filters, its own size, what it has given up."""

    filters: Mapping[SyscallAllowance, bytes]
    zygote_bytes: int
    protections: frozenset[Protection]


def do_job(
    job: Job, stages: Mapping[str, Stage], fds: tuple[int, int], surroundings: Surroundings
) -> NoReturn:
    """Do `job` in this process and end it.  `fds`: the input, the answer."""
    code = CRASHED
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        source, target = _map(job, *fds)
        os.closerange(0, MAX_DESCRIPTORS)
        in_force = _confine(job, surroundings, len(source) + len(target))
        code = _answer(job, stages, memoryview(source)[job.offset :][: job.size], target, in_force)
    except Unconfined:
        code = UNCONFINED
    finally:
        os._exit(code)


def _map(job: Job, source_fd: int, target_fd: int) -> tuple[mmap.mmap | bytes, mmap.mmap]:
    target = mmap.mmap(target_fd, 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    if job.size == 0:  # an empty file cannot be mapped
        return b"", target
    return mmap.mmap(source_fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ), target


def _confine(job: Job, surroundings: Surroundings, mapped: int) -> frozenset[Protection]:
    """Give up all rights; return the protections that are now in force.

    Seccomp comes last, because it forbids the calls that set up the others.  Raises `Unconfined`
    where one is missing, unless the job is to say which.
    """
    in_force = set(surroundings.protections)
    for protection, confine in (
        (Protection.NO_NEW_PRIVILEGES, lambda: kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)),
        (Protection.LANDLOCK, lambda: landlock.restrict(_readable(job))),
        (Protection.NO_CAPABILITIES, kernel.drop_capabilities),
        (Protection.RESOURCE_LIMITS, lambda: _limit(job, surroundings.zygote_bytes + mapped)),
        (Protection.SECCOMP, lambda: filters.install(surroundings.filters[job.allowance])),
    ):
        try:
            confine()
        except (OSError, ValueError):  # the latter: a limit is refused
            continue
        in_force.add(protection)
    if job.stage != PROTECTIONS and not in_force >= REQUIRED:
        raise Unconfined
    return frozenset(in_force)


def _readable(job: Job) -> list[Path]:
    return [path for path in READABLE.get(job.allowance, ()) if path.exists()]


def _limit(job: Job, already_mapped: int) -> None:
    descriptors = FONT_DESCRIPTORS if job.allowance is SyscallAllowance.FONTS else 0
    processes = MAX_THREADS if job.allowance is SyscallAllowance.THREADS else 0
    # A second between the two processor limits, so that SIGXCPU tells it from other deaths.
    for limit, soft, hard in (
        (resource.RLIMIT_AS, *[already_mapped + job.memory_bytes] * 2),
        (resource.RLIMIT_CPU, job.cpu_seconds, job.cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, processes, processes),
        (resource.RLIMIT_NOFILE, descriptors, descriptors),
    ):
        resource.setrlimit(limit, (soft, hard))


def _answer(
    job: Job,
    stages: Mapping[str, Stage],
    source: memoryview,
    target: mmap.mmap,
    in_force: frozenset[Protection],
) -> int:
    report = Report()
    try:
        if job.stage == PROTECTIONS:
            parts: list[bytes | memoryview] = [",".join(sorted(in_force)).encode("ascii")]
        else:
            # Made whole before it is written, because the report before it is then complete.
            parts = list(stages[job.stage](source, job.parameters, report))
        write_answer(target, report.lines(), parts)
    except FileRefused as refusal:
        return _refuse(target, report, refusal.reason)
    except MemoryError:
        return _refuse(target, report, FileReason.OUT_OF_MEMORY)
    except AnswerTooLong:
        return _refuse(target, report, FileReason.TOO_LARGE)
    except Exception:
        write_answer(target, b"", [traceback.format_exc().encode()[-4096:]])
        return CRASHED
    return ANSWERED


def _refuse(target: mmap.mmap, report: Report, reason: FileReason) -> int:
    report.refused = reason
    write_answer(target, report.lines(), [])
    return ANSWERED

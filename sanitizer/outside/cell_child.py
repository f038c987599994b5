"""The prisoner of a cell: gives up everything, gets its program ready, waits, works once.

From the word on it is in the hands of whoever made the file.  Runs in a process forked by
`sanitizer.outside.cell`, and never returns from it.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from confinement import filters, kernel, landlock
from sanitizer.confinement import seccomp_programs
from sanitizer.confinement.protections import Protection
from sanitizer.confinement.surroundings import SCRATCH
from sanitizer.outside.cell_terms import MAX_MESSAGE_BYTES, READABLE, WRITABLE, Terms

# LibreOffice starts about ten threads, ffmpeg about three for each processor.
MAX_THREADS = 256
# LibreOffice has up to 60 files open at a time.
MAX_DESCRIPTORS = 256

# What the kernel starts before a program.
LOADERS = (Path("/lib64/ld-linux-x86-64.so.2"), Path("/lib/ld-linux-aarch64.so.1"))

FAILED = 1

# Is given the scratch folder; gets the program ready, and returns what does its work.
Ready = Callable[[Path], Callable[..., object]]


def serve(keeper: int, terms: Terms, ready: Ready, executes: Sequence[Path]) -> NoReturn:
    """Confine this process, get the program ready, wait for the word, and do the work.

    `keeper`: descriptor of a socket to it.
    """
    code = FAILED
    try:
        in_force = ",".join(sorted(_confine(terms, executes))).encode("ascii")
        # No scratch folder where this host gives no root of our own: its owner is to hear so.
        work = ready(SCRATCH) if SCRATCH.is_dir() else None
        os.write(keeper, in_force)
        asked = os.read(keeper, MAX_MESSAGE_BYTES)
        os.close(keeper)
        if asked and work is not None:
            os.chdir(SCRATCH)
            work(*json.loads(asked))
        code = 0
    except OSError as error:
        sys.stderr.write(f"{error}\n")
    finally:
        os._exit(code)


def _confine(terms: Terms, executes: Sequence[Path]) -> frozenset[Protection]:
    """Give up all rights but those of `terms`; return the protections that are now in force."""
    in_force = set()
    calls = seccomp_programs.program(
        os.uname().machine, executes=bool(executes), makes_code=not executes
    )
    for protection, confine in (
        (Protection.NO_NEW_PRIVILEGES, lambda: kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)),
        (Protection.LANDLOCK, lambda: _restrict_files(executes)),
        (Protection.NO_CAPABILITIES, kernel.drop_capabilities),
        (Protection.RESOURCE_LIMITS, lambda: _limit(terms)),
        (Protection.SECCOMP, lambda: filters.install(calls)),
    ):
        try:
            confine()
        except (OSError, ValueError):
            continue  # its owner makes no use of a cell that lacks what matters
        in_force.add(protection)
    return frozenset(in_force)


def _restrict_files(executes: Sequence[Path]) -> None:
    paths = [Path(name) for name in READABLE]
    landlock.restrict(
        [path for path in paths if path.exists()],
        [path for path in (SCRATCH, *map(Path, WRITABLE)) if path.exists()],
        [path for path in (*executes, *LOADERS) if path.exists()] if executes else [],
    )


def _limit(terms: Terms) -> None:
    # A second between the two processor limits, so that SIGXCPU tells it from other deaths.
    for limit, soft, hard in (
        (resource.RLIMIT_AS, terms.memory_bytes, terms.memory_bytes),
        (resource.RLIMIT_CPU, terms.cpu_seconds, terms.cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, terms.scratch_bytes, terms.scratch_bytes),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, MAX_THREADS, MAX_THREADS),
        (resource.RLIMIT_NOFILE, MAX_DESCRIPTORS, MAX_DESCRIPTORS),
    ):
        resource.setrlimit(limit, (soft, hard))

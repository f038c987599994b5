"""Seccomp: the system calls a worker may make.

Three answers.  What computing needs is allowed.  What no decoder ever needs, and every exploit
wants next, kills the worker on the spot, so that nobody gets a second try.  The rest fails with
EPERM: a library that probes for something harmless then does without.
"""

from enum import StrEnum

from confinement import calls, filters
from confinement.calls import DEADLY
from confinement.filters import ALLOW, KILL_PROCESS

# For a stage that must read fonts.  Of use only where Landlock lets a path through.  Landlock
# guards no `stat`; the empty root leaves nothing to look at but fonts.
READING_FILES = (
    "close",
    "fstat",
    "getdents64",
    "lseek",
    "newfstatat",
    "openat",
    "pread64",
    "read",
    "statx",
)

# No decoder speaks with anybody.
SOCKETS = ("accept4", "bind", "connect", "listen", "socket", "socketpair")


class SyscallAllowance(StrEnum):
    """What a stage may do besides computing."""

    NOTHING = "nothing"
    FONTS = "fonts"  # read them
    THREADS = "threads"  # start them


def program(machine: str, allowance: SyscallAllowance) -> bytes:
    """Return the filter for `machine` (as `os.uname` names it), or raise `KeyError`."""
    reads = READING_FILES if allowance is SyscallAllowance.FONTS else ()
    lines = filters.opening(machine)
    lines += filters.answer(calls.numbers((*DEADLY, *SOCKETS), machine), KILL_PROCESS)
    lines += filters.answer(calls.numbers({*calls.COMPUTING, *reads}, machine), ALLOW)
    if allowance is SyscallAllowance.THREADS:
        lines += filters.threads_only(machine)
    # Memory that is asked for executable is refused: nothing here compiles code at run time.
    for number in calls.numbers(("mmap", "mprotect"), machine):
        lines += filters.no_executable_memory(number)
    return filters.assembled(lines)

"""Seccomp for a daemon of ours: the calls that serving needs, once everything is opened.

It computes, reads and writes files (Landlock says which), answers on sockets that it has, and has
threads.  It starts no process, makes no memory executable, signals nobody but itself, and, unless
it `dials`, makes no socket: then no path and no name of another's socket is of use to it, whether
the kernel's Landlock looks at sockets or not.

As in the jail: what every exploit wants next kills, the rest fails with EPERM.  The list was made
by watching the stages and the zones at work (Python 3.11, SQLite 3.40, glibc 2.36).
"""

import os
import socket

from confinement import calls, filters
from confinement.calls import DEADLY
from confinement.filters import (
    ALLOW,
    FAIL_WITH_EPERM,
    IF_EQUAL,
    KILL_PROCESS,
    LOAD,
    RETURN,
    Line,
    argument_at,
)

COMPUTES = (
    *calls.COMPUTING,
    "clock_getres",
    "getcwd",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getppid",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getuid",
    "times",
    "umask",
    "uname",
    "wait4",
    "waitid",
)
FILES = (
    "access",
    "close",
    "copy_file_range",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fchmod",
    "fdatasync",
    "flock",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "getdents64",
    "lseek",
    "lstat",
    "memfd_create",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "pread64",
    "preadv",
    "pwrite64",
    "pwritev",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "stat",
    "statfs",
    "statx",
    "sync_file_range",
    "unlink",
    "unlinkat",
    "write",
    "writev",
)
SERVES = (
    "accept",
    "accept4",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "pselect6",
    "recvfrom",
    "recvmsg",
    "select",
    "sendmsg",
    "setsockopt",
    "shutdown",
)
# Name resolution of the C library sends its questions so.
DIALS = ("connect", "sendmmsg")

# Of `ioctl`: what `socket.setblocking`, `os.set_inheritable` and a look at a terminal come to.
HARMLESS_REQUESTS = (0x5421, 0x5451, 0x5450, 0x5401)  # FIONBIO, FIOCLEX, FIONCLEX, TCGETS
# Of `fcntl`: whoever may name the owner of a descriptor may have others signalled in its name.
F_SETOWN, F_SETSIG, F_SETOWN_EX = 8, 10, 15
# What a program of a zone speaks with: programs of its host, and the relay.
FAMILIES = (int(socket.AF_UNIX), int(socket.AF_INET), int(socket.AF_INET6))
SOCK_TYPE_MASK_OFF = (0, socket.SOCK_NONBLOCK, socket.SOCK_CLOEXEC, 0o2004000)


def program(machine: str, *, dials: bool) -> bytes:
    """Return the filter for `machine` (as `os.uname` names it) and for this very process.

    `dials`: whether it may make sockets and connect them.  Raises `KeyError` for a machine that we
    do not know.
    """

    def number(name: str) -> int:
        (found,) = calls.numbers([name], machine)
        return found

    allowed = (*COMPUTES, *FILES, *SERVES, *(DIALS if dials else ()))
    own = os.getpid()
    lines = [
        *filters.opening(machine),
        *filters.answer(calls.numbers(DEADLY, machine), KILL_PROCESS),
        *filters.answer(calls.numbers(allowed, machine), ALLOW),
        *filters.threads_only(machine),
        # A zone has too many libraries to know beforehand all that they will load.
        *(filters.no_writable_code if dials else filters.no_executable_memory)(number("mmap")),
        *filters.no_executable_memory(number("mprotect")),
        *_only(number("kill"), 0, (own,)),
        *_only(number("tgkill"), 0, (own,)),
        *_only(number("prlimit64"), 0, (0, own)),
        *_only(number("ioctl"), 1, HARMLESS_REQUESTS),
        *_any_but(number("fcntl"), 1, (F_SETOWN, F_SETSIG, F_SETOWN_EX)),
        *_without_address(number("sendto")),
        # A pair of datagram sockets could be turned to any address.
        *_only(number("socketpair"), 1, _kinds(socket.SOCK_STREAM, socket.SOCK_SEQPACKET)),
        *(_only(number("socket"), 0, FAMILIES) if dials else ()),
    ]
    return filters.assembled(lines)


def _kinds(*kinds: int) -> tuple[int, ...]:
    """Return these kinds of sockets, with whatever flags."""
    return tuple(kind | flags for kind in kinds for flags in SOCK_TYPE_MASK_OFF)


def _only(number: int, index: int, allowed: tuple[int, ...]) -> list[Line]:
    """Let the call `number` through whose argument `index` has one of these values."""
    lines: list[Line] = [(LOAD, 0, 0, argument_at(index))]
    lines += filters.answer(list(allowed), ALLOW)
    lines.append((RETURN, 0, 0, FAIL_WITH_EPERM))
    return [(IF_EQUAL, 0, len(lines), number), *lines]


def _any_but(number: int, index: int, forbidden: tuple[int, ...]) -> list[Line]:
    lines: list[Line] = [(LOAD, 0, 0, argument_at(index))]
    lines += filters.answer(list(forbidden), FAIL_WITH_EPERM)
    lines.append((RETURN, 0, 0, ALLOW))
    return [(IF_EQUAL, 0, len(lines), number), *lines]


def _without_address(number: int) -> list[Line]:
    """Let data be sent to whom a socket is connected with, and to nobody else."""
    return [
        (IF_EQUAL, 0, 6, number),
        (LOAD, 0, 0, argument_at(4)),
        (IF_EQUAL, 0, 3, 0),
        (LOAD, 0, 0, argument_at(4, high=True)),
        (IF_EQUAL, 0, 1, 0),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FAIL_WITH_EPERM),
    ]

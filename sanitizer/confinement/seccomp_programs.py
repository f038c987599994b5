"""Seccomp for programs that are not ours: what a large program needs, and still no process.

As in `sanitizer.confinement.seccomp`: computing and files are allowed (Landlock and an empty root
say which files), what every exploit wants next kills, the rest fails with EPERM.  The table was
made by watching LibreOffice 7.4 and ffmpeg 5.1 at work.

Memory can be loaded as code from a file, as a library is, but not be mapped to be written and
executed; and nothing can be loaded from the scratch folder, which is `noexec`.
"""

from sanitizer.confinement import seccomp
from sanitizer.confinement.seccomp import (
    ALLOW,
    ALLOWED,
    COLUMN,
    DEADLY,
    FAIL_WITH_EPERM,
    IF_ANY_BIT,
    IF_EQUAL,
    KILL_PROCESS,
    LOAD,
    PROT_EXEC,
    READING_FILES,
    RETURN,
    THIRD_ARGUMENT_AT,
    threads_only,
)

PROT_WRITE = 2

# name: (x86_64, aarch64).  None: this architecture has no such call.
PROGRAMS: dict[str, tuple[int | None, int | None]] = {
    "access": (21, None),
    "arch_prctl": (158, None),
    "chdir": (80, 49),
    "chmod": (90, None),
    "clock_getres": (229, 114),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_pwait": (281, 22),
    "epoll_wait": (232, None),
    "eventfd2": (290, 19),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fadvise64": (221, 223),
    "fallocate": (285, 47),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fcntl": (72, 25),
    "fdatasync": (75, 83),
    "flock": (73, 32),
    "fstatfs": (138, 44),
    "fsync": (74, 82),
    "ftruncate": (77, 46),
    "getcwd": (79, 17),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getppid": (110, 173),
    "getrlimit": (97, 163),
    "getuid": (102, 174),
    "lstat": (6, None),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "open": (2, None),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "pselect6": (270, 72),
    "pwrite64": (18, 68),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "readv": (19, 65),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "rmdir": (84, None),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "select": (23, None),
    "set_tid_address": (218, 96),
    "stat": (4, None),
    "statfs": (137, 43),
    "tgkill": (234, 131),
    "times": (100, 153),
    "umask": (95, 166),
    "uname": (63, 160),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "utimensat": (280, 88),
    "write": (1, 64),
    "writev": (20, 66),
}

# What LibreOffice tries (a name service, to hear who it is; a wake-up call), and does without.
ASKED_IN_VAIN = ("connect", "socket", "socketpair")


def program(machine: str, *, executes: bool, makes_code: bool) -> bytes:
    """Return the filter for `machine` (as `os.uname` names it), or raise `KeyError`.

    `executes`: a program is yet to be executed; Landlock says which.  `makes_code`: memory may
    become executable after it was written, without which LibreOffice's bridges do not start.
    """
    column = COLUMN[machine]
    allowed = {**ALLOWED, **READING_FILES, **PROGRAMS}
    deadly = {name: calls for name, calls in DEADLY.items() if name not in ASKED_IN_VAIN}
    if executes:
        allowed["execve"] = deadly.pop("execve")
    (mmap,) = seccomp.numbers([allowed.pop("mmap")], column)
    lines = [
        *seccomp.opening(machine),
        *seccomp.answer(seccomp.numbers(deadly.values(), column), KILL_PROCESS),
        *threads_only(machine),
        (IF_EQUAL, 0, 5, mmap),
        (LOAD, 0, 0, THIRD_ARGUMENT_AT),
        (IF_ANY_BIT, 0, 2, PROT_EXEC),
        (IF_ANY_BIT, 0, 1, PROT_WRITE),
        (RETURN, 0, 0, FAIL_WITH_EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    if not makes_code:
        (mprotect,) = seccomp.numbers([allowed.pop("mprotect")], column)
        lines += [
            (IF_EQUAL, 0, 4, mprotect),
            (LOAD, 0, 0, THIRD_ARGUMENT_AT),
            (IF_ANY_BIT, 0, 1, PROT_EXEC),
            (RETURN, 0, 0, FAIL_WITH_EPERM),
            (RETURN, 0, 0, ALLOW),
        ]
    return seccomp.assembled(
        [*lines, *seccomp.answer(seccomp.numbers(allowed.values(), column), ALLOW)]
    )

"""Seccomp for programs that are not ours: what a large program needs, and still no process.

As in `sanitizer.confinement.seccomp`: computing and files are allowed (Landlock and an empty root
say which files), what every exploit wants next kills, the rest fails with EPERM.  The table was
made by watching LibreOffice 7.4 and ffmpeg 5.1 at work.

Memory can be loaded as code from a file, as a library is, but not be mapped to be written and
executed; and nothing can be loaded from the scratch folder, which is `noexec`.
"""

from confinement import calls, filters
from confinement.calls import DEADLY
from confinement.filters import ALLOW, KILL_PROCESS
from sanitizer.confinement.seccomp import READING_FILES, SOCKETS

# What a large program needs besides computing and reading.
PROGRAMS = (
    "access",
    "arch_prctl",
    "chdir",
    "chmod",
    "clock_getres",
    "dup",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "eventfd2",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fcntl",
    "fdatasync",
    "flock",
    "fstatfs",
    "fsync",
    "ftruncate",
    "getcwd",
    "getegid",
    "geteuid",
    "getgid",
    "getppid",
    "getrlimit",
    "getuid",
    "lstat",
    "mkdir",
    "mkdirat",
    "open",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "prctl",
    "prlimit64",
    "pselect6",
    "pwrite64",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getparam",
    "sched_getscheduler",
    "select",
    "set_tid_address",
    "stat",
    "statfs",
    "tgkill",
    "times",
    "umask",
    "uname",
    "unlink",
    "unlinkat",
    "utimensat",
    "write",
    "writev",
)

# What LibreOffice tries (a name service, to hear who it is; a wake-up call), and does without.
ASKED_IN_VAIN = ("connect", "socket", "socketpair")


def program(machine: str, *, executes: bool, makes_code: bool) -> bytes:
    """Return the filter for `machine` (as `os.uname` names it), or raise `KeyError`.

    `executes`: a program is yet to be executed; Landlock says which.  `makes_code`: memory may
    become executable after it was written, without which LibreOffice's bridges do not start.
    """
    allowed = {*calls.COMPUTING, "mprotect", *READING_FILES, *PROGRAMS}
    deadly = {*DEADLY, *SOCKETS} - set(ASKED_IN_VAIN)
    if executes:
        allowed.add("execve")
        deadly.remove("execve")
    (mmap,) = calls.numbers(["mmap"], machine)
    lines = [
        *filters.opening(machine),
        *filters.answer(calls.numbers(deadly, machine), KILL_PROCESS),
        *filters.threads_only(machine),
        *filters.no_writable_code(mmap),
    ]
    if not makes_code:
        (mprotect,) = calls.numbers(["mprotect"], machine)
        allowed.remove("mprotect")
        lines += filters.no_executable_memory(mprotect)
    return filters.assembled([*lines, *filters.answer(calls.numbers(allowed, machine), ALLOW)])

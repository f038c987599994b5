"""Seccomp: the system calls a worker may make.

Three answers.  What computing needs is allowed.  What no decoder ever needs, and every exploit
wants next, kills the worker on the spot, so that nobody gets a second try.  The rest fails with
EPERM: a library that probes for something harmless then does without.

Source: linux/seccomp.h, linux/filter.h; numbers from asm/unistd_64.h and asm-generic/unistd.h.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from enum import StrEnum

from sanitizer.confinement import kernel

# name: (x86_64, aarch64).  None: this architecture has no such call.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "brk": (12, 214),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "sigaltstack": (131, 132),
    "sysinfo": (99, 179),
}

# For a stage that must read fonts.  Of use only where Landlock lets a path through.
READING_FILES: dict[str, tuple[int | None, int | None]] = {
    "close": (3, 57),
    "fstat": (5, 80),
    "getdents64": (217, 61),
    "lseek": (8, 62),
    "openat": (257, 56),
    "pread64": (17, 67),
    "read": (0, 63),
    # Landlock guards no `stat`; the empty root leaves nothing to look at but fonts.
    "newfstatat": (262, 79),
    "statx": (332, 291),
}

# For a decoder that cannot do without threads of its own.  `clone` only for a thread of the same
# process; `clone3`, whose flags a filter cannot see, does not exist, and libc then takes `clone`.
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435
CLONE_THREAD = 0x0001_0000

DEADLY: dict[str, tuple[int | None, int | None]] = {
    "accept4": (288, 242),
    "add_key": (248, 217),
    "bind": (49, 200),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "connect": (42, 203),
    "delete_module": (176, 106),
    "execve": (59, 221),
    "execveat": (322, 281),
    "finit_module": (313, 273),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listen": (50, 201),
    "mount": (165, 40),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "swapon": (167, 224),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}

COLUMN = {"x86_64": 0, "aarch64": 1}
AUDIT_ARCHITECTURE = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER = 1

KILL_PROCESS = 0x8000_0000
FAIL_WITH_EPERM = 0x0005_0001
FAIL_WITH_ENOSYS = 0x0005_0026
ALLOW = 0x7FFF_0000

# Code, where to jump if true, if false, constant.
Line = tuple[int, int, int, int]

# Classic BPF: load a word, jump if equal, jump if any bit set, return.
LOAD, IF_EQUAL, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4
FIRST_ARGUMENT_AT = 16
THIRD_ARGUMENT_AT = 16 + 2 * 8  # `prot` of mmap and mprotect; the low half, little endian
PROT_EXEC = 4


class SyscallAllowance(StrEnum):
    """What a stage may do besides computing."""

    NOTHING = "nothing"
    FONTS = "fonts"  # read them
    THREADS = "threads"  # start them


def program(machine: str, allowance: SyscallAllowance) -> bytes:
    """Return the filter for `machine` (as `os.uname` names it), or raise `KeyError`."""
    column = COLUMN[machine]
    allowed = ALLOWED | (READING_FILES if allowance is SyscallAllowance.FONTS else {})
    executable = {"mmap", "mprotect"}
    lines = opening(machine)
    lines += answer(numbers(DEADLY.values(), column), KILL_PROCESS)
    lines += answer(
        numbers((allowed[name] for name in allowed if name not in executable), column), ALLOW
    )
    if allowance is SyscallAllowance.THREADS:
        lines += threads_only(machine)
    # Memory that is asked for executable is refused: nothing here compiles code at run time.
    for number in numbers((allowed[name] for name in sorted(executable)), column):
        lines += [
            (IF_EQUAL, 0, 4, number),
            (LOAD, 0, 0, THIRD_ARGUMENT_AT),
            (IF_ANY_BIT, 0, 1, PROT_EXEC),
            (RETURN, 0, 0, FAIL_WITH_EPERM),
            (RETURN, 0, 0, ALLOW),
        ]
    return assembled(lines)


def install(filter_program: bytes) -> None:
    """Put `filter_program` in force for this process, for good."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    code = ctypes.create_string_buffer(filter_program, len(filter_program))
    # struct sock_fprog: a count of eight-byte lines, padding, a pointer to them.
    pointer = struct.pack("=H6xQ", len(filter_program) // 8, ctypes.addressof(code))
    kernel.syscall(SECCOMP[os.uname().machine], SET_MODE_FILTER, 0, pointer, call="seccomp")


def opening(machine: str) -> list[Line]:
    """Calls of another architecture kill; of this one, the number is looked at next."""
    return [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (IF_EQUAL, 1, 0, AUDIT_ARCHITECTURE[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_AT),
    ]


def numbers(calls: Iterable[tuple[int | None, int | None]], column: int) -> list[int]:
    return sorted(number for call in calls if (number := call[column]) is not None)


def answer(numbers: list[int], action: int) -> list[Line]:
    return [
        line for number in numbers for line in ((IF_EQUAL, 0, 1, number), (RETURN, 0, 0, action))
    ]


def threads_only(machine: str) -> list[Line]:
    """A thread of the same process may be started, a process not."""
    return [
        *answer([CLONE3], FAIL_WITH_ENOSYS),
        (IF_EQUAL, 0, 4, CLONE[machine]),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (IF_ANY_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FAIL_WITH_EPERM),
    ]


def assembled(lines: list[Line]) -> bytes:
    """Return the filter that `lines` are; what none of them answers fails with EPERM."""
    return b"".join(
        struct.pack("=HBBI", *line) for line in (*lines, (RETURN, 0, 0, FAIL_WITH_EPERM))
    )

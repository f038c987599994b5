"""Seccomp filters: the lines they are made of, and how they are put in force.

Which calls are allowed is said elsewhere: for a worker of the jail in
`sanitizer.confinement.seccomp`, for a daemon in `confinement.daemon_calls`; by which numbers in
`confinement.calls`.

Source: linux/seccomp.h, linux/filter.h.
"""

import ctypes
import os
import struct

from confinement import calls, kernel

CLONE_THREAD = 0x0001_0000

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
PROT_WRITE, PROT_EXEC = 2, 4


def argument_at(index: int, *, high: bool = False) -> int:
    """Return where the low half of an argument is, or the high one (little endian)."""
    return 16 + 8 * index + (4 if high else 0)


FIRST_ARGUMENT_AT = argument_at(0)
THIRD_ARGUMENT_AT = argument_at(2)  # `prot` of mmap and mprotect


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


def answer(numbers: list[int], action: int) -> list[Line]:
    return [
        line for number in numbers for line in ((IF_EQUAL, 0, 1, number), (RETURN, 0, 0, action))
    ]


def no_executable_memory(number: int) -> list[Line]:
    """Memory that is asked for executable, through the call `number`, is refused."""
    return [
        (IF_EQUAL, 0, 4, number),
        (LOAD, 0, 0, THIRD_ARGUMENT_AT),
        (IF_ANY_BIT, 0, 1, PROT_EXEC),
        (RETURN, 0, 0, FAIL_WITH_EPERM),
        (RETURN, 0, 0, ALLOW),
    ]


def no_writable_code(number: int) -> list[Line]:
    """Memory that is asked for writable and executable, through the call `number`, is refused.

    A library can be loaded, which is executable and cannot be written.
    """
    return [
        (IF_EQUAL, 0, 5, number),
        (LOAD, 0, 0, THIRD_ARGUMENT_AT),
        (IF_ANY_BIT, 0, 2, PROT_EXEC),
        (IF_ANY_BIT, 0, 1, PROT_WRITE),
        (RETURN, 0, 0, FAIL_WITH_EPERM),
        (RETURN, 0, 0, ALLOW),
    ]


def threads_only(machine: str) -> list[Line]:
    """A thread of the same process may be started, a process not.

    `clone3`, whose flags a filter cannot see, does not exist, and libc then takes `clone`.
    """
    (clone,), (clone3,) = calls.numbers(["clone"], machine), calls.numbers(["clone3"], machine)
    return [
        *answer([clone3], FAIL_WITH_ENOSYS),
        (IF_EQUAL, 0, 4, clone),
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

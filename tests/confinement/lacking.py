"""A host that lacks something: a filter that has one system call fail, as an old kernel would."""

import errno
import os
import resource
from dataclasses import dataclass

from confinement import calls, filters, kernel
from confinement.filters import ALLOW, IF_ANY_BIT, IF_EQUAL, LOAD, RETURN, Line, argument_at

_FAIL = 0x0005_0000
# What the kernel lacks of the calls that the filters themselves do not speak of.
_NUMBERS = {
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "seccomp": (317, 277),
    "prctl": (157, 167),
    "capset": (126, 91),
    "setresuid": (117, 147),
    "unshare": (272, 97),
    "mount": (165, 40),
    "prlimit64": (302, 261),
}


@dataclass(frozen=True)
class Lack:
    """A call that fails with `error`; only where its argument `index` is, or has a bit of, `value`.

    An `error` of 0: it succeeds, and does nothing.
    """

    call: str
    error: int = errno.ENOSYS
    index: int = 0
    value: int | None = None
    is_bit: bool = False


def make_lacking(lack: Lack) -> None:
    """Have this process, and what it starts, live with `lack`, for good."""
    number = _NUMBERS[lack.call][calls.COLUMN[os.uname().machine]]
    fail: Line = (RETURN, 0, 0, _FAIL | lack.error)
    lines: list[Line] = [(LOAD, 0, 0, filters.NUMBER_AT)]
    if lack.value is None:
        lines += [(IF_EQUAL, 0, 1, number), fail]
    else:
        test = IF_ANY_BIT if lack.is_bit else IF_EQUAL
        lines += [
            (IF_EQUAL, 0, 3, number),
            (LOAD, 0, 0, argument_at(lack.index)),
            (test, 0, 1, lack.value),
            fail,
        ]
    filters.install(filters.assembled([*lines, (RETURN, 0, 0, ALLOW)]))


NEW_PRIVILEGES = Lack("prctl", errno.EINVAL, value=kernel.PR_SET_NO_NEW_PRIVS)
NO_LANDLOCK = Lack("landlock_create_ruleset")
NO_SECCOMP = Lack("seccomp")
NO_CAPSET = Lack("capset", errno.EPERM)
NO_CORE_LIMIT = Lack("prlimit64", errno.EPERM, index=1, value=resource.RLIMIT_CORE)


def no_namespace(flag: int) -> Lack:
    return Lack("unshare", errno.EPERM, value=flag, is_bit=True)

"""No stages at all, in a zygote whose kernel behaves as one without filters."""

import os
import struct
from collections.abc import Mapping

from confinement import filters
from sanitizer.worker import Stage


def warm() -> Mapping[str, Stage]:
    """Make the system call `seccomp` fail from here on, in this process and its workers."""
    lines = [
        (filters.LOAD, 0, 0, filters.NUMBER_AT),
        (filters.IF_EQUAL, 0, 1, filters.SECCOMP[os.uname().machine]),
        (filters.RETURN, 0, 0, filters.FAIL_WITH_EPERM),
        (filters.RETURN, 0, 0, filters.ALLOW),
    ]
    filters.install(b"".join(struct.pack("=HBBI", *line) for line in lines))
    return {}

"""Stages in a zygote whose kernel puts up Landlock for the workers that are asked, and no more."""

import mmap
from collections.abc import Mapping, Sequence
from pathlib import Path

from confinement import landlock
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.worker import Stage
from tests.sanitizer.escape_stages import echo


def warm() -> Mapping[str, Stage]:
    """Have the fourth worker live without."""
    put_up, done = landlock.restrict, mmap.mmap(-1, 1)

    def restrict(readable: Sequence[Path] = ()) -> None:
        done[0] += 1
        if done[0] > len(SyscallAllowance):
            raise OSError("the kernel has had enough")
        put_up(readable)

    landlock.restrict = restrict  # type: ignore[assignment]  # as the worker calls it
    return {"echo": echo}

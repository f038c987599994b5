"""What starts thumbnailers for the zones of tests: one for all of a process."""

from functools import cache

from confinement.launching import Launcher
from zone.copy.thumbnailer import PROGRAMS, Thumbnailer


@cache
def _launcher() -> Launcher:
    return Launcher(PROGRAMS)


def thumbnailer() -> Thumbnailer:
    return Thumbnailer(_launcher())

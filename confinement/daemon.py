"""A daemon confines itself: it keeps what it has opened, and a few folders, and nothing else.

To be called once everything is opened and nothing was read from outside:

    read settings, keys, policy ─▶ bind sockets ─▶ start the launcher ─▶ confine ─▶ serve

It works for any user, root or not.  Who takes the process over has what it holds and what `Reach`
names: no other file of its own user's, no other process of its own user's, no program to start.
Where the kernel does not give one of these walls there is no daemon.
"""

import os
import resource
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from confinement import daemon_calls, filters, kernel, landlock

# Landlock of Linux 5.19: from there on files may be moved between the folders that are named.
LANDLOCK_VERSION = 2

# What a C library looks into: chance, the time of day, and, for a name, who is who.
OF_THE_HOST = (
    *(Path("/dev/urandom"), Path("/etc/localtime"), Path("/usr/share/zoneinfo")),
    *(Path("/etc/hosts"), Path("/etc/resolv.conf"), Path("/etc/nsswitch.conf")),
    *(Path("/etc/host.conf"), Path("/etc/gai.conf")),
)


class Wall(StrEnum):
    """Something that stands between a daemon that was taken over and the rest of the machine."""

    ONE_THREAD = "one-thread"  # the walls are put up around the thread that asks for them
    NO_CORE_DUMP = "no-core-dump"
    NO_TRACING = "no-tracing"  # of us, by others of our user
    NO_NEW_PRIVILEGES = "no-new-privileges"
    LANDLOCK = "landlock"
    NO_CAPABILITIES = "no-capabilities"
    SECCOMP = "seccomp"


class CannotConfine(Exception):
    """This host lacks `missing`, without which no daemon starts."""

    def __init__(self, missing: Wall, why: str) -> None:
        super().__init__(f"this daemon cannot confine itself: {missing} is not to be had ({why})")
        self.missing, self.why = missing, why


@dataclass(frozen=True, slots=True)
class Reach:
    """What a daemon keeps of the file system, and whether it may dial.

    `files` are written in place; in the folders `writable` files are made, moved and removed;
    `listed` folders are looked into, and their files not read; from those `emptied` files are
    removed.  Who `dials` makes sockets and connects them.
    """

    files: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    listed: tuple[Path, ...] = ()
    emptied: tuple[Path, ...] = ()
    dials: bool = False


# Puts up the walls around the process that calls it, for good.  Raises `CannotConfine`.
Confine = Callable[[Reach], None]


def confine_daemon(reach: Reach) -> None:
    """Keep `reach` and give up everything else, for good.  Raises `CannotConfine`.

    Seccomp comes last, because it forbids the calls that put up the others.
    """
    for wall, put_up in (
        (Wall.ONE_THREAD, _demand_one_thread),
        (Wall.NO_CORE_DUMP, lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
        (Wall.NO_TRACING, lambda: kernel.prctl(kernel.PR_SET_DUMPABLE, 0)),
        (Wall.NO_NEW_PRIVILEGES, lambda: kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)),
        (Wall.LANDLOCK, lambda: _restrict_files(reach)),
        (Wall.NO_CAPABILITIES, kernel.drop_capabilities),
        (Wall.SECCOMP, lambda: _filter_calls(reach)),
    ):
        try:
            put_up()
        except (OSError, KeyError, ValueError) as trouble:  # the last: a limit is refused
            reason = getattr(trouble, "strerror", None) or str(trouble)
            raise CannotConfine(wall, reason) from trouble


def _demand_one_thread() -> None:
    count = len(list(Path("/proc/self/task").iterdir()))
    if count != 1:
        raise OSError(f"{count} threads run already")


def _restrict_files(reach: Reach) -> None:
    found = landlock.version()
    if found < LANDLOCK_VERSION:
        raise OSError(f"version {found} of its interface, expected {LANDLOCK_VERSION} or later")
    landlock.restrict(
        readable=(*reach.readable, *code_folders(), *filter(Path.exists, OF_THE_HOST)),
        writable=reach.writable,
        files=(*reach.files, Path(os.devnull)),
        listed=reach.listed,
        emptied=reach.emptied,
        dials=reach.dials,
    )
    # A kernel that says yes and does nothing is seen here, and not when it is too late.
    _demand_refusal(lambda: os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY)))


def _filter_calls(reach: Reach) -> None:
    filters.install(daemon_calls.program(os.uname().machine, dials=reach.dials))
    _demand_refusal(lambda: kernel.prctl(kernel.PR_SET_DUMPABLE, 0))


def _demand_refusal(attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except PermissionError:
        return
    raise OSError("the kernel has taken it, and does not act on it")


def code_folders() -> Iterator[Path]:
    """Yield where the code of this process lies: Python's library, what is installed, and ours.

    Not what is in `sys.path`, which may be any folder in which somebody has started us.
    """
    named = {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    ours = {
        str(Path(found).parent)
        for name, module in list(sys.modules.items())
        if "." not in name
        and name != "__main__"
        and (found := getattr(module, "__file__", None)) is not None
        and found.endswith("__init__.py")
    }
    yield from (Path(name) for name in sorted(named | ours) if Path(name).is_dir())

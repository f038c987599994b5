"""What this host lacks for a daemon to confine itself, tried out in a process of its own.

`python -m confinement.probe` confines itself as a daemon does and prints nothing, or the wall that
is not to be had and why.
"""

import subprocess
import sys
from dataclasses import dataclass

from confinement.daemon import CannotConfine, Reach, Wall, confine_daemon
from confinement.launching import python_environment

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Lack:
    """A wall that is not to be had on this host, and what the kernel says to it."""

    wall: Wall
    why: str


def find_lack() -> Lack | None:
    """Return the first wall that this host lacks, or None if a daemon can confine itself."""
    done = subprocess.run(
        [sys.executable, "-s", "-P", "-m", __name__],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        env=python_environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    wall, _, why = done.stdout.strip().partition(" ")
    if done.returncode == 0 and not wall:
        return None
    # Killed, or ended in a way that it does not tell: then it is the last wall that it put up.
    return Lack(Wall(wall), why) if wall in set(Wall) else Lack(Wall.SECCOMP, done.stderr[-200:])


if __name__ == "__main__":
    try:
        confine_daemon(Reach())
    except CannotConfine as trouble:
        print(trouble.missing, trouble.why)

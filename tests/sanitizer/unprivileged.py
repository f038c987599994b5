"""Running a program of a test as somebody with fewer rights than whoever runs the tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
# No right of root's but to read, so that any checkout will do.
READING = (
    *(f"--{caps}=+dac_read_search" for caps in ("inh-caps", "ambient-caps")),
    "--bounding-set=-all,+dac_read_search",
)


def told(program: str, *prefix: str) -> tuple[str, str]:
    """Return what `program`, in Python, prints, and its complaints.  `prefix`: who starts it."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    return done.stdout, done.stderr


def told_by_nobody(program: str) -> tuple[str, str]:
    """Return the same of a program that root starts as nobody."""
    return told(program, *NOBODY, *READING)

"""A daemon that crashes leaves nothing of what it had in memory: its keys, what people said."""

import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from tests.sekisho.daemons import running
from tests.sekisho.site_processes import processes_of
from tests.sekisho.unix_users import environment

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
# Reads memory that is not there, in a folder in which it may write.
CRASH = """
import ctypes, resource, sys
from pathlib import Path
from confinement.daemon import Reach, confine_daemon

resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if sys.argv[1] == "confined":
    confine_daemon(Reach(writable=(Path.cwd(),)))
Path("is-writable").touch()
ctypes.string_at(8)
"""


@pytest.fixture(autouse=True)
def with_cores() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard != resource.RLIM_INFINITY:
        pytest.skip("this host keeps no core dumps in any case: ulimit -Hc")


def crash(folder: Path, how: str) -> int:
    """Return how a process that crashes in `folder` has ended, as wait(2) has it."""
    script = 'cd "$1" && exec "$2" -c "$3" "$4"'
    command = ["sh", "-c", script, "sh", str(folder), sys.executable, CRASH, how]
    pid = os.posix_spawn("/bin/sh", command, environment())
    return os.waitpid(pid, 0)[1]


def test_a_crash_leaves_a_core_dump_without_walls_and_none_behind_them(tmp_path: Path) -> None:
    for how, leaves_one in (("open", True), ("confined", False)):
        folder = tmp_path / how
        folder.mkdir()
        ended = crash(folder, how)
        assert os.WIFSIGNALED(ended)
        assert os.WTERMSIG(ended) == signal.SIGSEGV
        assert (folder / "is-writable").exists()
        assert os.WCOREDUMP(ended) is leaves_one


def test_no_process_of_a_site_may_leave_one(site: Path) -> None:
    """Supervisors, stages, zones, and what starts their jails: whoever has started them."""
    with running(
        site,
        [("relay", "import", site), ("lgwan", site)],
        prepare=lambda: resource.setrlimit(resource.RLIMIT_CORE, UNLIMITED),
    ):
        named = {each.pid: each.words for each in processes_of(site)}
        below = with_children(set(named))
        assert len(named) == 4
        assert len(below) > len(named)
        limits = {named.get(pid, pid): core_limit(pid) for pid in below}
    assert set(limits.values()) == {("0", "0")}, limits


def with_children(pids: set[int]) -> set[int]:
    """Return processes with all that they have started, and those with theirs."""
    found, new = set[int](), pids
    while new:
        found |= new
        new = {int(child) for pid in new for child in children_of(pid)} - found
    return found


def children_of(pid: int) -> list[str]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []  # it has ended


def core_limit(pid: int) -> tuple[str, str]:
    """Return how large a core dump of a process may be: at most now, and at most ever."""
    try:
        lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    except OSError:
        return "0", "0"  # it has ended
    (line,) = [each for each in lines if each.startswith("Max core file size")]
    soft, hard = line.split()[4:6]
    return soft, hard

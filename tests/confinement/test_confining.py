"""On a host that lacks a wall no daemon starts, and it is said which."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from confinement import kernel, probe
from confinement.daemon import Wall
from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.clock import now_ms
from sekisho.exits import Exit
from sekisho.site import Host
from tests.confinement import lacking
from tests.confinement.lacking import Lack
from tests.sanitizer.unprivileged import ROOT

LACKS = {
    "no-core-dump": lacking.NO_CORE_LIMIT,
    "no-tracing": Lack("prctl", errno.EINVAL, value=kernel.PR_SET_DUMPABLE),
    "no-new-privileges": lacking.NEW_PRIVILEGES,
    "no-capabilities": lacking.NO_CAPSET,
    "landlock": lacking.NO_LANDLOCK,
    "seccomp": lacking.NO_SECCOMP,
}
# Kernels that say yes: to the filter of files, to that of calls.
LIES = {
    "landlock": Lack("landlock_restrict_self", 0),
    "seccomp": Lack("seccomp", 0),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("s") / "a"
    plan = setup.Plan(folder, "machi", Host.ONE, setup.tenant_of("machi"), Addresses())
    for _ in setup.make(plan, now=now_ms()):
        pass
    return folder


def ran(lack: Lack, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a host with `lack`."""
    return subprocess.run(
        [sys.executable, *words],
        preexec_fn=lambda: lacking.make_lacking(lack),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


def test_every_wall_has_its_lack() -> None:
    assert {*LACKS, Wall.ONE_THREAD} == set(Wall)


@pytest.mark.parametrize("wall", LACKS)
def test_a_wall_that_is_not_to_be_had_is_named(wall: str) -> None:
    assert ran(LACKS[wall], "-m", probe.__name__).stdout.split()[0] == wall


@pytest.mark.parametrize("wall", LIES)
def test_a_kernel_that_says_yes_and_does_nothing_is_not_believed(wall: str) -> None:
    said = ran(LIES[wall], "-m", probe.__name__).stdout
    assert said.split()[0] == wall
    assert "does not act on it" in said


def test_walls_around_one_thread_of_two_are_none() -> None:
    program = (
        "import threading, time\n"
        "from confinement.daemon import CannotConfine, Reach, confine_daemon\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "try: confine_daemon(Reach())\n"
        "except CannotConfine as trouble: print(trouble.missing)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == f"{Wall.ONE_THREAD}\n"


def test_this_host_lacks_nothing_or_what_it_lacks_is_known() -> None:
    """Named here, since the tests of daemons fail without it."""
    assert probe.find_lack() is None


@pytest.mark.parametrize("words", [["lgwan"], ["relay", "import"]])
@pytest.mark.parametrize("wall", ["landlock", "seccomp"])
def test_no_daemon_starts_and_the_exit_code_and_the_line_say_why(
    site: Path, words: list[str], wall: str
) -> None:
    done = ran(LACKS[wall], "-m", "sekisho.main", *words, str(site))
    assert done.returncode == Exit.PROTECTION
    assert f"{wall} is not to be had" in done.stderr or f"on this host: {wall}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stderr


def test_doctor_says_what_is_missing_and_how_to_mend_it(site: Path) -> None:
    program = (
        "import sys\n"
        "from sekisho.doctor.host import check_confinement\n"
        "from sekisho.doctor.remedies import remedy_for\n"
        "from pathlib import Path\n"
        "for each in check_confinement(Path(sys.argv[1])):\n"
        "    print(each.code, each.detail, remedy_for(each, Path(sys.argv[1])), sep='|')\n"
    )
    code, detail, mend = ran(lacking.NO_LANDLOCK, "-c", program, str(site)).stdout.split("|")
    assert (code, mend) == ("cannot-confine", "cat /sys/kernel/security/lsm\n")
    assert detail == f"landlock: landlock_create_ruleset: {os.strerror(errno.ENOSYS)}"

"""Whoever takes a daemon over has what it holds, and nothing else of its own user's.

Each attempt is made in a real process that has confined itself as the daemon does; and once
without, to see that the attempt is one.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.clock import now_ms
from sekisho.site import Host
from tests.confinement.attempts import ATTEMPTS, DIALLING
from tests.sanitizer.unprivileged import NOBODY, READING, told

# What is a daemon's own, and what it is there for.
OWN = {
    "transform": set[str](),
    "verify": {"read the other stage's store", "write into the other stage's log"},
    "internet": {"read a zone's store", *DIALLING},
}
WHO = ["by its own user", "by nobody"]


@pytest.fixture(params=WHO)
def prefix(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Who runs the daemons: whoever tests, and, where that is root, somebody who is not."""
    if request.param == WHO[0]:
        return ()
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else, with setpriv")
    return (*NOBODY, *READING)


@pytest.fixture
def site(prefix: tuple[str, ...]) -> Iterator[Path]:
    """A whole site of whoever runs the daemons, all of them as one user."""
    folder = Path(tempfile.mkdtemp(prefix="skh-"))
    try:
        plan = setup.Plan(folder / "a", "machi", Host.ONE, setup.tenant_of("machi"), Addresses())
        for _ in setup.make(plan, now=now_ms()):
            pass
        if prefix:
            subprocess.run(["chown", "-R", "65534:65534", folder], check=True)
        yield folder / "a"
    finally:
        shutil.rmtree(folder)


def outcomes(site: Path, daemon: str, prefix: tuple[str, ...]) -> dict[str, Any]:
    spec = json.dumps({"site": str(site), "daemon": daemon})
    program = (
        f"import json\nfrom tests.confinement import attempts\nattempts.main(json.loads({spec!r}))"
    )
    printed, complaints = told(program, *prefix)
    assert printed, complaints
    found: dict[str, Any] = json.loads(printed)
    return found


def test_without_walls_each_attempt_succeeds(site: Path, prefix: tuple[str, ...]) -> None:
    found = outcomes(site, "", prefix)
    assert {each for each in ATTEMPTS if found[each] != "done"} == set()


@pytest.mark.parametrize("daemon", OWN)
def test_behind_its_walls_a_daemon_has_its_own_and_no_more(
    site: Path, prefix: tuple[str, ...], daemon: str
) -> None:
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    found = outcomes(site, daemon, prefix)
    assert {each for each in ATTEMPTS if found[each] == "done"} == OWN[daemon]
    assert set(found.values()) <= {"done", "refused", "killed"}
    changed = {path for path, data in before.items() if path.read_bytes() != data}
    assert {path.relative_to(site).parts[:3] for path in changed} <= {("relay", "import", "verify")}

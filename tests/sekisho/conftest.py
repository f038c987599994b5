"""The command run as people run it, and a site that it made."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sekisho import exits, main, setup
from sekisho.addresses import Addresses
from sekisho.clock import now_ms
from sekisho.site import Host


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def sekisho(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `sekisho ARGUMENTS…` in this process; `typed` is what somebody types."""

    def run(*arguments: object, typed: str = "") -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["sekisho", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = exits.run(main.cli)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole site on one host, as `sekisho init` leaves it.  Copy it: see `site`."""
    folder = tmp_path_factory.mktemp("s") / "a"
    plan = setup.Plan(folder, "machi", Host.ONE, setup.tenant_of("machi"), Addresses())
    for _ in setup.make(plan, now=now_ms()):
        pass
    return folder


@pytest.fixture
def short_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like `tmp_path`, whose name leaves room for the paths of sockets."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def site(pristine: Path, short_path: Path) -> Path:
    """A site of one's own."""
    folder = short_path / "a"
    shutil.copytree(pristine, folder)
    return folder

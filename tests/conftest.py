"""What any test may ask for, and what a machine may lack: programs, and the corpus of files."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Programs that some tests use and the lock file cannot bring, and the Debian packages they come in.
# `.ci/run` installs every one of them.
TOOLS = {
    "ffmpeg": "ffmpeg",
    "go": "golang-go golang-golang-x-mod-dev",
    "node": "nodejs npm",
    "soffice": "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    "strace": "strace",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "tell of a whole city hall, and not of a small one"
    parser.addoption("--whole", action="store_true", help=text)


def pytest_configure() -> None:
    os.umask(0o022)  # what others may change is not read: neither is what a test has written
    # A machine that is busy is not a bug in what is tested.  In CI Hypothesis is deterministic.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")


def slow_tests() -> list[str]:
    """Return the folders, files and tests that `tests/slow.txt` names, as pytest would."""
    lines = (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_slow(node: str, slow: Sequence[str]) -> bool:
    """Return whether a test, or the file or folder that it is in, is one of `slow`."""
    return any(
        node == each or node.startswith((f"{each}/", f"{each}::", f"{each}[")) for each in slow
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as quick whatever is not on the list of what is slow."""
    slow = slow_tests()
    for item in items:
        if not is_slow(item.nodeid, slow):
            item.add_marker(pytest.mark.quick)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        (tool,) = mark.args
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}: apt-get install {TOOLS[tool]}")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real files of every kind, by folder.  Too large for the repository: they lie beside it."""
    folder = ROOT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("needs the corpus of real files in ../shared/corpus")
    return folder


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """What `package-lock.json` brings."""
    folder = ROOT / "node_modules"
    if not folder.is_dir():
        pytest.skip("needs node_modules: npm ci --ignore-scripts")
    return folder

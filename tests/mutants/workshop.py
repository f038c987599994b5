"""A copy of this tree in which a guard can be broken, and the tests be run that should notice.

What is tested there is the copy and nothing else: it has an environment of its own, whose Python
finds the copy before anything, and the packages of ours behind it.  Also a program that the tests
start without a single variable of ours is of the copy.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.mutants.catalogue import Mutant, Stale, break_text

FORKER: Final = Path(__file__).with_name("forker.py")
# A test of a second, on a machine with other things to do; one that hangs has noticed as well.
TEST_S: Final = 120.0
# How pytest ends where tests were run.
_PASSED, _FAILED = 0, 1


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    STALE = "stale"
    BROKEN = "broken"


class Workshop:
    """One copy of the tree at `root`, in `folder`, which is not there yet.  To be closed."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Make the copy, and an environment for it."""
        self.folder = folder
        self._printed = folder.with_name(f"{folder.name}.txt")
        self._written_at = 1_000_000_000
        for name in _tracked(root):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target)
        environment = folder / ".venv"
        venv.create(environment, symlinks=True)
        self._python = environment / "bin" / "python"
        here = sysconfig.get_path("purelib")
        there = sysconfig.get_path("purelib", vars={"base": str(environment)})
        Path(there, "copy.pth").write_text(f"{folder}\n{folder / 'client'}\n{here}\n")
        self._forker = self._start_forker()

    def close(self) -> None:
        """End whatever runs in the copy."""
        with suppress(ProcessLookupError):
            os.killpg(self._forker.pid, signal.SIGKILL)
        self._forker.communicate()

    def complaint(self, *tests: str) -> str:
        """Return why not all of `tests` are there, are run and pass; nothing if they do."""
        ended = self._run_tests(*tests)
        printed = self._printed.read_text(encoding="utf-8", errors="replace")
        return "" if ended == _PASSED and "skipped" not in printed else printed[-300:]

    def attempt(self, mutant: Mutant) -> tuple[Outcome, str]:
        """Return what becomes of `mutant`, whose test passes without it, and what there is to say.

        The tree is afterwards as it was.
        """
        path = self.folder / mutant.file
        try:
            original = path.read_text(encoding="utf-8")
            broken = break_text(original, mutant)
        except (OSError, Stale) as trouble:
            return Outcome.STALE, str(trouble)
        self._write(path, broken)
        try:
            return self._judge(mutant)
        finally:
            self._write(path, original)

    def _judge(self, mutant: Mutant) -> tuple[Outcome, str]:
        if names := self._undefined(mutant.file):
            return Outcome.STALE, f"it names what is not there: {names}"
        match self._run_tests(mutant.test):
            case None:
                return Outcome.KILLED, "by its hanging"
            case int(code) if code == _FAILED:
                return Outcome.KILLED, ""
            case int(code) if code == _PASSED:
                return Outcome.SURVIVED, mutant.attack
        return Outcome.BROKEN, self._printed.read_text(encoding="utf-8", errors="replace")[-300:]

    def _undefined(self, file: str) -> str:
        """Return which names of a broken file do not exist: it would fail for no good reason."""
        ruff = (sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select=F821")
        return subprocess.run(
            (*ruff, "--output-format=concise", file),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    def _start_forker(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            (self._python, "-P", FORKER),
            cwd=self.folder,
            env=_environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def _run_tests(self, *tests: str) -> int | None:
        """Run `tests` until the first fails; return how pytest ended, or None if it did not."""
        arguments = ("-q", "-x", "--tb=line", *tests)
        reading, writing = self._forker.stdout, self._forker.stdin
        assert reading is not None
        assert writing is not None
        writing.write(json.dumps([str(self._printed), *arguments]) + "\n")
        writing.flush()
        if not select.select([reading], [], [], TEST_S * len(tests))[0]:
            self.close()
            self._forker = self._start_forker()
            return None
        return int(reading.readline())

    def _write(self, path: Path, text: str) -> None:
        """Write a file under a time of its own.

        Python believes what it compiled earlier where a file's second and size are the same.
        """
        path.write_text(text, encoding="utf-8")
        self._written_at += 1
        os.utime(path, (self._written_at, self._written_at))


def _tracked(root: Path) -> list[str]:
    """Return what git knows in `root`, and what it would if it was asked to."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def _environment() -> dict[str, str]:
    """Return our variables without those by which another tree could be imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    kept.pop("PYTHONPATH", None)
    kept.pop("VIRTUAL_ENV", None)
    # Half of what it takes to start pytest is plugins that nobody needs here.
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

#!/usr/bin/env python3
"""Everything this tree can be asked to do, on a machine with Python 3.11 and git and nothing else.

Standard library only, because this is what makes `.venv`, where all else comes from.  It prepares
and starts; what a task *does* lives in the program it starts, and its settings in pyproject.toml.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
CLIENT = ROOT / "client"
# What the gateway needs to run, and what development needs beside it.
LOCK = ROOT / "requirements-dev.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# Holds the fingerprint of what is installed.  Not there: an install was begun and did not end.
STAMP = VENV / "installed"

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)


def main(arguments: Sequence[str]) -> None:
    task = TASKS.get(arguments[0]) if arguments else None
    if task is None:
        raise SystemExit(usage())
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
        raise SystemExit(f"dev.py needs Python 3.11 or newer; {sys.executable} is {sys.version}")
    if os.environ.get("CI"):
        # No colour in a log.  mypy looks at the terminal's name instead of NO_COLOR.
        os.environ.update(NO_COLOR="1", TERM="dumb")
    os.chdir(ROOT)
    prepare()
    task(arguments[1:])


def usage() -> str:
    lines = (f"  python3 dev.py {name:12} {task.__doc__}" for name, task in TASKS.items())
    return "\n".join(["Say what to do:", "", *lines])


def demo(arguments: Sequence[str]) -> None:
    """start both zones and the relay on this machine with a small city in them; Ctrl-C ends them"""
    become(VENV / "bin" / "sekisho", "demo", *arguments)


def test(arguments: Sequence[str]) -> None:
    """check, then run the tests on every core; what follows goes to pytest, as -n 0 for one"""
    check(())
    become(PYTHON, "-m", "pytest", *on_every_core("loadfile"), *arguments)


def quick(arguments: Sequence[str]) -> None:
    """check, then run the tests that together take a minute: what each change needs"""
    began = time.monotonic()
    check(())
    processes = on_every_core("worksteal")
    ended = run(PYTHON, "-m", "pytest", "-m", "quick", *processes, "--durations=5", *arguments)
    tell(f"quick after {time.monotonic() - began:.0f} s; a minute is what it may take on two cores")
    raise SystemExit(ended)


def on_every_core(sharing: str) -> tuple[str, ...]:
    """Return what has pytest run a process for each core; `sharing` is a word of pytest-xdist's."""
    return ("-n", str(os.cpu_count() or 1), f"--dist={sharing}")


def check(_arguments: Sequence[str]) -> None:
    """lint, format and types, without changing anything"""
    failed = [" ".join(command) for command in CHECKS if run(PYTHON, "-m", *command) != 0]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}; what is wrong stands above")


def bench(arguments: Sequence[str]) -> None:
    """measure, and print figures"""
    become(PYTHON, "-m", "bench", *arguments)


def faults(arguments: Sequence[str]) -> None:
    """the long form of the fault tests"""
    become(PYTHON, "-m", "tests.faults", *arguments)


def cityhall(arguments: Sequence[str]) -> None:
    """import 10,000 people and 500 sections, open 300 rooms, and see that all of it arrives"""
    become(PYTHON, "-m", "tests.stories", *arguments)


def liar(arguments: Sequence[str]) -> None:
    """have the internet zone send 100,000 lies, and see that what is LGWAN's stays; --events N"""
    become(PYTHON, "-m", "tests.zone.lying_zone", *arguments)


def machines(arguments: Sequence[str]) -> None:
    """have two zones live through 10,000 stories of cuts, holds and wrong clocks; --runs N"""
    become(PYTHON, "-m", "tests.zone.machines", *arguments)


def corpus(arguments: Sequence[str]) -> None:
    """how the Office files of the corpus beside this checkout are rebuilt; --pages: their pages"""
    counted = "office_pages" if "--pages" in arguments else "office_corpus"
    become(PYTHON, "-m", f"tests.sanitizer.{counted}")


def hostile(arguments: Sequence[str]) -> None:
    """send thousands of hostile files through the sanitizer's jail"""
    become(PYTHON, "-m", "tests.sanitizer.hostile_run", *arguments)


def capacity(arguments: Sequence[str]) -> None:
    """hide what can be hidden in each format that comes out, and print how many bytes pass"""
    become(PYTHON, "-m", "tests.capacity", *arguments)


def covert(arguments: Sequence[str]) -> None:
    """try every way by which the far zone could speak to the near one, and print bits per second"""
    become(PYTHON, "-m", "tests.covert", *arguments)


def fuzz(arguments: Sequence[str]) -> None:
    """fuzz every parser that works outside the jail; --seconds N for each"""
    become(PYTHON, "-m", "tests.sanitizer.fuzz_run", *arguments)


def mutants(arguments: Sequence[str]) -> None:
    """break each guard in turn and see that a test notices; --sample N takes some of them"""
    become(PYTHON, "-m", "tests.mutants", *arguments)


def contract(arguments: Sequence[str]) -> None:
    """have schemathesis ask a zone whatever its contract allows; what follows goes to it"""
    become(PYTHON, "-m", "tests.foreign.contract_run", *arguments)


def faithfulness(arguments: Sequence[str]) -> None:
    """how alike files look before and after, over the corpus; a number takes every N-th file"""
    become(PYTHON, "-m", "tests.sanitizer.faithfulness", *arguments)


def active(arguments: Sequence[str]) -> None:
    """ask foreign tools, in an environment of their own, whether anything active comes out"""
    become(PYTHON, "-m", "tests.sanitizer.active_run", *arguments)


def lock(arguments: Sequence[str]) -> None:
    """write both requirements files again after a change in pyproject.toml; --upgrade renews all"""
    become(PYTHON, "-m", "tests.write_locks", *arguments)


def types(_arguments: Sequence[str]) -> None:
    """write web/types/api.d.ts again after a change of the local socket API; needs npm"""
    if shutil.which("npm") is None:
        raise SystemExit("needs npm: apt-get install nodejs npm")
    if run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error") != 0:
        raise SystemExit("failed: package-lock.json could not be installed")
    become(PYTHON, "-m", "sekisho.write_types")


TASKS: dict[str, Callable[[Sequence[str]], None]] = {
    "demo": demo,
    "test": test,
    "quick": quick,
    "check": check,
    "bench": bench,
    "faults": faults,
    "cityhall": cityhall,
    "liar": liar,
    "machines": machines,
    "hostile": hostile,
    "covert": covert,
    "fuzz": fuzz,
    "mutants": mutants,
    "active": active,
    "contract": contract,
    "faithfulness": faithfulness,
    "corpus": corpus,
    "lock": lock,
    "types": types,
}


def prepare() -> None:
    """Bring `.venv` to what the lock says, or do nothing where it is there already."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted:
        return
    began = time.monotonic()
    uv = shutil.which("uv")
    if not PYTHON.exists():
        make_venv(uv)
    STAMP.unlink(missing_ok=True)
    install(uv)
    STAMP.write_text(wanted)
    tell(f"ready after {time.monotonic() - began:.0f} s")


def fingerprint() -> str:
    """What `.venv` depends on.  The folder is part of it: the editable installs point there."""
    files = (LOCK, ROOT / "pyproject.toml", CLIENT / "pyproject.toml")
    parts = (str(ROOT).encode(), *(path.read_bytes() for path in files))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_venv(uv: str | None) -> None:
    tell(f"making .venv with Python {sys.version.split()[0]} ({sys.executable})")
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        sudo = "" if os.geteuid() == 0 else "sudo "
        raise SystemExit(
            "This Python cannot make virtual environments: Debian packs that part by itself.\n"
            "Install it, then say the same again:\n\n"
            f"    {sudo}apt-get update && {sudo}apt-get install -y python3-venv\n"
        )
    shutil.rmtree(VENV, ignore_errors=True)  # a broken one, or none
    here = sys.executable
    maker = (uv, "venv", "--quiet", "--python", here) if uv else (here, "-m", "venv")
    if run(*maker, VENV) != 0:
        raise SystemExit(f"failed: {VENV} could not be made; the reason stands above")


def install(uv: str | None) -> None:
    """Install the lock, every file by its hash, then both trees, for which no index is asked."""
    # One -q leaves uv its errors; pip needs two to keep its advice to itself.
    pip: tuple[str | Path, ...] = (PYTHON, "-m", "pip", "install", "-qq")
    if uv is not None:
        pip = (uv, "pip", "install", "-q", "--python", PYTHON)
    count = sum(not line.startswith((" ", "#", "\n")) for line in LOCK.open())
    tell(f"installing {count} packages from {LOCK.name} with {'uv' if uv else 'pip'}")
    if run(*pip, "--require-hashes", "-r", LOCK) != 0:
        raise SystemExit(
            "failed: the packages could not be installed; the reason stands above.\n"
            "If a hash does not match, trust neither file nor index.  If nothing was found,\n"
            "HTTPS_PROXY sets a proxy, PIP_INDEX_URL (uv: UV_DEFAULT_INDEX) another index.\n"
            "Then say the same again."
        )
    trees = ("-e", CLIENT, "-e", ROOT)
    if run(*pip, "--no-deps", "--no-build-isolation", *trees) != 0:
        raise SystemExit("failed: this tree could not be installed; see pyproject.toml")


def tell(text: str) -> None:
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path) -> int:
    """Run `command` to its end, and return how it ended."""
    return subprocess.run(command, check=False).returncode


def become(*command: str | Path) -> NoReturn:
    """Run `command` in place of this program, so that signals and the exit code are its own."""
    sys.stdout.flush()
    try:
        os.execv(command[0], [str(part) for part in command])  # noqa: S606 - no shell is the point
    except FileNotFoundError:
        raise SystemExit(f"failed: {command[0]} is not there; remove .venv and try again") from None


if __name__ == "__main__":
    main(sys.argv[1:])

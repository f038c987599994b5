"""The launcher starts what it was told at its start, and nothing else."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from confinement.launching import Launcher, NotLaunched, python_program

WAITS = "tests.confinement.waiting"


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    made = Launcher({"waits": python_program(WAITS)})
    yield made
    made.close()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


def test_a_program_gets_its_socket_and_says_how_it_ended(launcher: Launcher, ends: Ends) -> None:
    ours, theirs = ends
    program = launcher.start("waits", theirs.fileno())
    theirs.close()
    assert ours.recv(100) == b"here"
    assert program.is_alive()
    ours.send(b"\7")
    assert program.wait(30) == 7
    assert not program.is_alive()
    program.close()


@pytest.mark.parametrize("way", ["kill", "close"])
def test_a_program_that_is_let_go_of_is_killed(launcher: Launcher, ends: Ends, way: str) -> None:
    ours, theirs = ends
    program = launcher.start("waits", theirs.fileno())
    theirs.close()
    assert ours.recv(100) == b"here"
    getattr(program, way)()
    assert ours.recv(100) == b""
    assert program.wait(30) == -9
    program.close()


@pytest.mark.parametrize("name", ["sh", "", "waits waits", "w" * 64])
def test_what_it_was_not_told_of_it_does_not_start(
    launcher: Launcher, ends: Ends, name: str
) -> None:
    with pytest.raises(NotLaunched):
        launcher.start(name or "?", ends[1].fileno())
    assert launcher.is_alive()


def test_where_it_is_gone_nothing_starts(launcher: Launcher, ends: Ends) -> None:
    os.kill(launcher.pid, 9)
    while launcher.is_alive():
        time.sleep(0.01)
    with pytest.raises(NotLaunched):
        launcher.start("waits", ends[1].fileno())


def test_it_ends_with_its_owner_and_what_it_started_ends_with_it() -> None:
    program = (
        "import os, socket\n"
        "from confinement.launching import Launcher, python_program\n"
        f"launcher = Launcher({{'waits': python_program({WAITS!r})}})\n"
        "ours, theirs = socket.socketpair()\n"
        "started = launcher.start('waits', theirs.fileno())\n"
        "theirs.close()\n"
        "ours.recv(100)\n"
        "print(launcher.pid, started.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False
    )
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 30
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_its_program_has_no_descriptor_but_its_own(launcher: Launcher, ends: Ends) -> None:
    ours, theirs = ends
    os.set_inheritable(ours.fileno(), True)
    program = launcher.start("waits", theirs.fileno())
    theirs.close()
    assert ours.recv(100) == b"here"
    links = [each.readlink() for each in Path(f"/proc/{program.pid}/fd").iterdir()]
    assert len([each for each in links if str(each).startswith("socket:")]) == 1
    program.close()

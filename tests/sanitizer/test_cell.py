"""A program that is not ours stays in its cell, whatever the file it was given makes of it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from confinement.launching import Launcher
from sanitizer.confinement.protections import REQUIRED
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside.cell_link import Cell, cell_program
from sanitizer.outside.cell_terms import Request, Terms
from sanitizer.shared_memory import Parcel
from tests.sanitizer import prison_break
from tests.sanitizer.prison_break import ATTEMPTS
from tests.sanitizer.unprivileged import told, told_by_nobody

TERMS = Terms(
    program=prison_break.__name__, memory_bytes=4 << 30, scratch_bytes=64 << 20, cpu_seconds=20
)


@contextmanager
def cell_on(terms: Terms) -> Iterator[Cell]:
    """A cell, and what starts it."""
    launcher = Launcher({terms.program: cell_program(terms)})
    try:
        with Cell(launcher, terms) as cell:
            yield cell
    finally:
        launcher.close()


def asked(word: str, *, terms: Terms = TERMS, seconds: float = 30, data: bytes = b"x") -> bytes:
    with cell_on(terms) as cell, Parcel.of(data) as source:
        cell.protections()
        request = Request(0, len(data), "source", "result", [word])
        with cell.work(request, source, seconds=seconds, max_bytes=1 << 20) as made:
            return made.read()


def refusal(word: str, *, terms: Terms = TERMS, seconds: float = 30) -> FileReason:
    with pytest.raises(FileRefused) as caught:
        asked(word, terms=terms, seconds=seconds)
    return caught.value.reason


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nobody_breaks_out(attempt: str) -> None:
    try:
        words = asked(attempt).decode()
    except FileRefused as refused:
        words = refused.reason
    assert words == FileReason.FORBIDDEN_CALL or words.startswith("failed: ")


def test_what_it_was_given_is_all_it_has() -> None:
    data = os.urandom(300_000)
    assert asked("what it was given", data=data) == data


@pytest.mark.parametrize("leaving", ["a link", "a folder", "nothing", "an empty file", "a crash"])
def test_what_it_leaves_is_taken_only_if_it_is_a_file(leaving: str) -> None:
    assert refusal(leaving) is FileReason.BROKEN


def test_what_it_leaves_is_no_larger_than_was_agreed() -> None:
    assert refusal("a lot") is FileReason.TOO_LARGE


def test_it_is_ended_when_its_time_is_up_and_nothing_of_it_stays() -> None:
    with cell_on(TERMS) as cell, Parcel.of(b"x") as source:
        cell.protections()
        (keeper,) = children(cell.pid)
        below = [cell.pid, keeper, *children(keeper)]
        assert len(below) == 3
        request = Request(0, 1, "source", "result", ["never"])
        with pytest.raises(FileRefused) as caught:
            cell.work(request, source, seconds=0.3, max_bytes=1 << 20)
    assert caught.value.reason is FileReason.TIME_OUT
    for pid in below:
        while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
            os.sched_yield()


def test_processor_time_is_limited_too() -> None:
    assert refusal("burn", terms=replace(TERMS, cpu_seconds=1)) is FileReason.TIME_OUT


def test_it_says_which_protections_are_in_force() -> None:
    with cell_on(TERMS) as cell:
        assert cell.protections() >= REQUIRED


def test_a_cell_that_is_not_needed_leaves_no_process_and_no_descriptor() -> None:
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    before = children(os.getpid())
    with cell_on(TERMS) as cell:
        (launcher,) = set(children(os.getpid())) - set(before)
        assert children(launcher) == [cell.pid]
    assert children(os.getpid()) == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_it_holds_for_an_unprivileged_user_too() -> None:
    program = (
        "from tests.sanitizer.test_cell import *\n"
        "for word in ('fork', 'see the host', 'write to the root folder'): print(asked(word))\n"
    )
    printed, complaints = told_by_nobody(program)
    assert printed.count("failed: ") == 3, printed + complaints


def test_a_host_without_namespaces_has_no_cells_and_says_what_it_lacks() -> None:
    """In a user namespace in which nobody has rights or can make another."""
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from confinement import kernel\n"
        "from sanitizer.outside import kit\n"
        "from sanitizer.outside.cell_link import CellUnsafe\n"
        "from tests.sanitizer.test_cell import TERMS, cell_on, replace\n"
        "user, group = os.getuid(), os.getgid()\n"
        "kernel.unshare(kernel.CLONE_NEWUSER)\n"
        "Path('/proc/self/setgroups').write_text('deny')\n"
        "Path('/proc/self/uid_map').write_text(f'1000 {user} 1')\n"
        "Path('/proc/self/gid_map').write_text(f'1000 {group} 1')\n"
        "Path('/proc/sys/user/max_user_namespaces').write_text('0')\n"
        "for terms in (TERMS, replace(TERMS, program=kit.__name__)):\n"
        "    with cell_on(terms) as cell:\n"
        "        try: cell.protections()\n"
        "        except CellUnsafe as unsafe: print(unsafe.reason, *sorted(unsafe.missing))\n"
    )
    printed, complaints = told(program)
    missing = "empty-root host-name-namespace ipc-namespace network-namespace process-namespace"
    assert printed == f"{FileReason.PROGRAM_UNSAFE} {missing} user-namespace\n" * 2, complaints


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started, by the numbers that we know them under."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]

"""The jail holds, and nothing that happens in it reaches its owner but an answer or a refusal."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.jail import Budget, Jail, JailUnsafe, WorkerCrashed
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.shared_memory import Parcel
from tests.sanitizer.escape_stages import ESCAPES
from tests.sanitizer.unprivileged import told_by_nobody

BUDGET = Budget(seconds=20, memory_bytes=256 << 20, answer_bytes=1 << 20)
STAGES = "tests.sanitizer.escape_stages"


@pytest.fixture(scope="module")
def cell() -> Iterator[Jail]:
    with Jail(stages=STAGES) as jail:
        yield jail


def ask(jail: Jail, stage: str, data: bytes = b"x", budget: Budget = BUDGET) -> bytes:
    with Parcel.of(data) as source, jail.run(stage, source, budget) as answer:
        return answer.body.read()


def refusal(jail: Jail, stage: str, budget: Budget = BUDGET) -> FileReason:
    with pytest.raises(FileRefused) as caught:
        ask(jail, stage, budget=budget)
    return caught.value.reason


@pytest.mark.parametrize("action", ESCAPES)
def test_nobody_gets_out(cell: Jail, action: str) -> None:
    assert_it_holds(cell, action, BUDGET)


def assert_it_holds(cell: Jail, action: str, budget: Budget) -> None:
    words = "nothing"
    with Parcel.of(b"x") as source:
        try:
            with cell.run("escape", source, budget, {"action": action}) as answer:
                words = answer.body.read().decode()
        except FileRefused as refused:
            words = refused.reason
    assert words == FileReason.FORBIDDEN_CALL or words.startswith("failed: ")


@pytest.mark.parametrize("allowance", [SyscallAllowance.FONTS, SyscallAllowance.THREADS])
@pytest.mark.parametrize("action", [action for action in ESCAPES if action != "start a thread"])
def test_nobody_gets_out_who_may_do_a_little_more(
    cell: Jail, action: str, allowance: SyscallAllowance
) -> None:
    budget = replace(BUDGET, allowance=allowance)
    if allowance is SyscallAllowance.FONTS and action == "use an inherited descriptor":
        return  # it may open some, and has none to begin with, as the other cases show
    assert_it_holds(cell, action, budget)


def test_a_worker_sees_the_bytes_it_is_given_and_answers(cell: Jail) -> None:
    assert ask(cell, "echo", b"attachment" * 1000) == b"attachment" * 1000
    assert ask(cell, "echo", b"") == b""


def test_a_worker_that_never_ends_is_ended(cell: Jail) -> None:
    budget = Budget(seconds=0.2, memory_bytes=64 << 20, answer_bytes=1024)
    assert refusal(cell, "loop", budget) is FileReason.TIME_OUT


def test_a_worker_that_crashes_is_an_exception_and_no_more(cell: Jail) -> None:
    with pytest.raises(WorkerCrashed):
        ask(cell, "crash")
    assert ask(cell, "echo", b"still here") == b"still here"


def test_a_worker_that_leaves_without_an_answer_has_crashed(cell: Jail) -> None:
    with pytest.raises(WorkerCrashed):
        ask(cell, "exit")


def test_memory_is_limited(cell: Jail) -> None:
    assert refusal(cell, "eat memory") is FileReason.OUT_OF_MEMORY


def test_an_answer_cannot_be_longer_than_was_agreed(cell: Jail) -> None:
    assert refusal(cell, "answer at length") is FileReason.TOO_LARGE


def test_a_report_in_words_that_are_not_ours_is_not_believed(cell: Jail) -> None:
    with pytest.raises(WorkerCrashed):
        ask(cell, "say nothing of ours")


def test_many_threads_share_one_jail(cell: Jail) -> None:
    pieces = [os.urandom(10_000) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda piece: ask(cell, "echo", piece), pieces)) == pieces


@pytest.mark.parametrize("which", [0, 1], ids=["parent", "zygote"])
def test_a_dead_zygote_is_replaced_and_takes_its_workers_along(which: int) -> None:
    with Jail(stages=STAGES) as jail:
        outcomes: list[FileReason] = []
        waiting = threading.Thread(target=lambda: outcomes.append(refusal(jail, "loop")))
        waiting.start()
        _, *zygotes = wait_for_descendants(count=4)  # launcher; parent, zygote, worker
        os.kill(zygotes[which], signal.SIGKILL)
        waiting.join(20)
        assert outcomes == [FileReason.JAIL_FAILED]
        for pid in zygotes:
            wait_until_gone(pid)
        assert ask(jail, "echo", b"again") == b"again"


def test_a_worker_makes_way_for_what_answers_people() -> None:
    with Jail(stages=STAGES) as jail:
        waiting = threading.Thread(target=lambda: refusal(jail, "loop"))
        waiting.start()
        _, _, zygote, worker = wait_for_descendants(count=4)
        niceness = os.getpriority(os.PRIO_PROCESS, worker)
        os.kill(zygote, signal.SIGKILL)
        waiting.join(20)
    assert niceness > os.getpriority(os.PRIO_PROCESS, os.getpid())


def test_a_jail_that_is_closed_leaves_no_process_and_no_descriptor() -> None:
    before = set(descendants())
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with Jail(stages=STAGES) as jail:
        assert ask(jail, "echo") == b"x"
        with pytest.raises(WorkerCrashed):
            ask(jail, "crash")
    assert set(descendants()) == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert refusal(jail, "echo") is FileReason.JAIL_FAILED


def test_it_does_not_start_without_stages() -> None:
    with pytest.raises(JailUnsafe, match="zygote"):
        Jail(stages="tests.sanitizer.there_is_no_such_module")


def test_it_does_not_start_where_the_kernel_has_no_seccomp() -> None:
    with pytest.raises(JailUnsafe, match="seccomp"):
        Jail(stages="tests.sanitizer.no_seccomp_stages")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_it_works_for_an_unprivileged_user_too() -> None:
    program = "from sanitizer.jail import Jail\nwith Jail() as jail: print(jail.is_alive())\n"
    printed, complaints = told_by_nobody(program)
    assert printed == "True\n", complaints


def descendants() -> list[int]:
    """Return the processes below this one, parents first."""
    found, generation = [], [os.getpid()]
    while generation:
        children = [child for pid in generation for child in children_of(pid)]
        found += children
        generation = children
    return found


def children_of(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def wait_for_descendants(count: int) -> list[int]:
    """Return the processes of the youngest jail, once they are all there."""
    while True:
        started = children_of(os.getpid())
        below = [started[-1], *below_of(started[-1])] if started else []
        if len(below) >= count:
            return below
        time.sleep(0.01)


def below_of(pid: int) -> list[int]:
    return [found for child in children_of(pid) for found in (child, *below_of(child))]


def wait_until_gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        time.sleep(0.01)

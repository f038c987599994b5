"""On a host that lacks a protection there is no jail, whatever its workers may do."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from confinement import kernel
from sanitizer import shared_memory
from sanitizer.confinement.protections import Protection
from sanitizer.jail import Budget, Jail
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.shared_memory import Parcel, read_answer, write_answer
from tests.confinement import lacking
from tests.confinement.lacking import Lack, no_namespace
from tests.sanitizer.unprivileged import told

BUDGET = Budget(seconds=20, memory_bytes=256 << 20, answer_bytes=1 << 20)
STAGES = "tests.sanitizer.escape_stages"

# What a host may lack, and what a jail then says that it lacks.
LACKS = {
    "landlock": (lacking.NO_LANDLOCK, {Protection.LANDLOCK}),
    # Only what may read fonts has paths to add: the one allowance of three.
    "landlock for fonts": (Lack("landlock_add_rule"), {Protection.LANDLOCK}),
    "seccomp": (lacking.NO_SECCOMP, {Protection.SECCOMP}),
    "new privileges": (
        lacking.NEW_PRIVILEGES,
        {Protection.NO_NEW_PRIVILEGES, Protection.LANDLOCK, Protection.SECCOMP},
    ),
    "capabilities": (lacking.NO_CAPSET, {Protection.NO_CAPABILITIES}),
    "limits": (lacking.NO_CORE_LIMIT, {Protection.RESOURCE_LIMITS}),
    "network": (no_namespace(kernel.CLONE_NEWNET), {Protection.NETWORK_NAMESPACE}),
    "ipc": (no_namespace(kernel.CLONE_NEWIPC), {Protection.IPC_NAMESPACE}),
    "host name": (no_namespace(kernel.CLONE_NEWUTS), {Protection.HOST_NAME_NAMESPACE}),
    "processes": (no_namespace(kernel.CLONE_NEWPID), {Protection.PROCESS_NAMESPACE}),
    "mounts": (no_namespace(kernel.CLONE_NEWNS), {Protection.EMPTY_ROOT}),
    "mounting": (Lack("mount"), {Protection.EMPTY_ROOT}),
}
# Without a user namespace nobody but root has the others either.
NO_USERS = no_namespace(kernel.CLONE_NEWUSER)

PROGRAM = """
import json, os
from sanitizer.jail import Jail, JailUnsafe
from tests.confinement.lacking import make_lacking
from tests.sanitizer import test_jail_fails_closed as tests
cases = {name: lack for name, (lack, _) in tests.LACKS.items()} | {"users": tests.NO_USERS}
for name, lack in cases.items():
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            make_lacking(lack)
            Jail(stages=tests.STAGES).close()
            os.write(writing, b"it started")
        except JailUnsafe as unsafe:
            os.write(writing, str(unsafe).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    print(json.dumps([name, os.read(reading, 4096).decode()]))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What a jail says on each of these hosts."""
    printed, complaints = told(PROGRAM)
    assert printed, complaints
    return dict(json.loads(line) for line in printed.splitlines())


@pytest.mark.parametrize("lack", LACKS)
def test_a_jail_does_not_start_without(said: dict[str, str], lack: str) -> None:
    missing = LACKS[lack][1]
    assert said[lack] == f"not to be had on this host: {', '.join(sorted(missing))}"


def test_a_jail_does_not_start_without_user_namespaces(said: dict[str, str]) -> None:
    assert Protection.USER_NAMESPACE in said["users"]


def test_every_protection_has_its_lack() -> None:
    """But one, which can fail only with an error: then the zygote does not start at all."""
    lacking = {each for _, missing in LACKS.values() for each in missing}
    assert lacking | {Protection.USER_NAMESPACE, Protection.UNPRIVILEGED_USER} == set(Protection)


def test_a_worker_that_lacks_a_wall_later_reads_nothing() -> None:
    with (
        Jail(stages="tests.sanitizer.failing_later_stages") as jail,
        Parcel.of(b"secret") as source,
        pytest.raises(FileRefused) as caught,
    ):
        jail.run("echo", source, BUDGET)
    assert caught.value.reason is FileReason.JAIL_FAILED


@pytest.fixture(scope="module")
def jail() -> Iterator[Jail]:
    with Jail(stages=STAGES) as jail:
        yield jail


def test_what_a_worker_leaves_behind_the_next_one_does_not_find(jail: Jail) -> None:
    for _ in range(2):
        with Parcel.of(b"x") as source, jail.run("leave a mark", source, BUDGET) as answer:
            assert answer.body.read() == b"1"


def test_a_worker_cannot_change_what_it_was_given(jail: Jail) -> None:
    with Parcel.of(b"as it was" * 1000) as source:
        with jail.run("scribble", source, BUDGET) as answer:
            assert answer.body.read() == b"scribbled"
        assert source.read() == b"as it was" * 1000


def test_an_answer_that_somebody_can_still_write_to_is_none() -> None:
    import mmap

    fd = shared_memory.blank(1000)
    try:
        target = mmap.mmap(fd, 0)
        write_answer(target, b"", [b"answer"])
        assert read_answer(fd) is None
        target.close()
        answer = read_answer(fd)
        assert answer is not None
        assert answer[1].read() == b"answer"
        with pytest.raises(PermissionError):
            os.pwrite(fd, b"forged", 0)
        with pytest.raises(PermissionError):
            mmap.mmap(fd, 0)
    finally:
        os.close(fd)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees what these processes hold")
def test_no_process_of_a_jail_holds_what_its_owner_has_open(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as stray:
        os.set_inheritable(stray.fileno(), True)
        with Jail(stages=STAGES) as jail:
            found = [held for pid in (*below(os.getpid()),) for held in held_by(pid)]
            os.kill(jail.launcher.pid, signal.SIGCONT)  # it was one of them
    assert found
    assert [held for held in found if held.startswith(str(tmp_path))] == []


def below(pid: int) -> Iterator[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    for child in {int(each) for t in tasks for each in (t / "children").read_text().split()}:
        yield child
        yield from below(child)


def held_by(pid: int) -> list[str]:
    return [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]

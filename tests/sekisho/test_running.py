"""Daemons from their start to the signal that ends them, and the supervisor of two stages."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sekisho import supervisor
from sekisho.exits import Exit
from sekisho.site import Program
from sekisho.stage_links import StageLinks

# A daemon whose service is a socket that answers.
DAEMON = """
import asyncio, sys
from pathlib import Path
from sekisho.running import run

async def service(path):
    async def answer(reader, writer):
        writer.close()
    try:
        async with await asyncio.start_unix_server(answer, path):
            await asyncio.Event().wait()
    finally:
        print("closed", flush=True)

run("a-node", service(sys.argv[1]), [Path(sys.argv[1])])
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """What systemd listens with."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(30)
        yield sock


def start(tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(tmp_path / "s.sock")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), **environment},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_says_when_it_is_ready_and_ends_cleanly(
    tmp_path: Path, manager: socket.socket, number: signal.Signals
) -> None:
    daemon = start(tmp_path)
    assert manager.recv(100) == b"READY=1"
    assert Path(f"/proc/{daemon.pid}/comm").read_text() == "a-node\n"
    daemon.send_signal(number)
    out, err = daemon.communicate(timeout=30)
    assert (daemon.returncode, out) == (0, "closed\n")
    assert manager.recv(100) == b"STOPPING=1"
    assert all(line.startswith("{") for line in err.splitlines())
    assert '"event": "node.stopped"' in err
    assert not (tmp_path / "s.sock").exists()


def test_a_socket_of_another_process_is_neither_a_sign_of_life_nor_removed(
    tmp_path: Path, manager: socket.socket
) -> None:
    path = tmp_path / "s.sock"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as other:
        other.bind(str(path))
        other.listen()
        script = textwrap.dedent(f"""
            import asyncio
            from pathlib import Path
            from sekisho.running import run
            run("a-node", asyncio.sleep(0.5), [Path({str(path)!r})])
        """)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert manager.recv(100) == b"STOPPING=1"
    assert path.exists()


def test_the_watchdog_is_told_from_the_loop(tmp_path: Path, manager: socket.socket) -> None:
    daemon = start(tmp_path, WATCHDOG_USEC="20000")
    said = [manager.recv(100) for _ in range(4)]
    daemon.terminate()
    daemon.communicate(timeout=30)
    assert said == [b"READY=1", *[b"WATCHDOG=1"] * 3]


def test_a_watchdog_meant_for_another_process_is_none_of_ours(
    tmp_path: Path, manager: socket.socket
) -> None:
    daemon = start(tmp_path, WATCHDOG_USEC="20000", WATCHDOG_PID="1")
    assert manager.recv(100) == b"READY=1"
    daemon.terminate()
    daemon.communicate(timeout=30)
    assert manager.recv(100) == b"STOPPING=1"


def test_failpoints_are_armed_from_the_environment() -> None:
    script = textwrap.dedent("""
        import asyncio
        from runtime import failpoints
        from sekisho.running import run
        async def service():
            failpoints.reach("a.point")
        run("a-node", service(), [])
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "SEKISHO_FAILPOINT": "a.point"},
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL


def stage(tmp_path: Path, name: str, end: str) -> list[str]:
    """A stage that writes its pid down as often as it is started, and then does `end`."""
    script = (
        f"import os, sys, time; print(os.getpid(), file=open({str(tmp_path / name)!r}, 'a'))\n{end}"
    )
    return [sys.executable, "-c", script]


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


async def until(path: Path, count: int) -> list[int]:
    async with asyncio.timeout(30):
        while len(pids(path)) < count:  # noqa: ASYNC110 - it is another process that writes
            await asyncio.sleep(0.01)
    return pids(path)


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # ended, and its new parent has yet to notice


async def test_a_stage_that_dies_is_started_again_and_the_other_left_alone(tmp_path: Path) -> None:
    stages = {
        Program.VERIFY: stage(tmp_path, "verify", "time.sleep(60)"),
        Program.TRANSFORM: stage(tmp_path, "transform", "sys.exit(1)"),
    }
    task = asyncio.create_task(supervisor.supervise(stages, StageLinks()))
    assert len(set(await until(tmp_path / "transform", 2))) == 2
    (verify,) = await until(tmp_path / "verify", 1)
    assert is_alive(verify)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(verify)


@pytest.mark.parametrize("code", [Exit.SETTINGS, Exit.STORE])
async def test_a_stage_that_refuses_to_start_ends_both(tmp_path: Path, code: Exit) -> None:
    stages = {
        Program.VERIFY: stage(tmp_path, "verify", "time.sleep(60)"),
        Program.TRANSFORM: stage(
            tmp_path,
            "transform",
            f"while not os.path.exists({str(tmp_path / 'verify')!r}): time.sleep(0.01)\n"
            f"sys.exit({int(code)})",
        ),
    }
    with pytest.raises(supervisor.StageRefused) as caught:
        await supervisor.supervise(stages, StageLinks())
    assert caught.value.code is code
    assert "transform" in str(caught.value)
    assert not any(is_alive(pid) for pid in pids(tmp_path / "verify"))


def test_stages_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    command = stage(tmp_path, "verify", "time.sleep(60)")
    script = textwrap.dedent(f"""
        import asyncio
        from sekisho.site import Program
        from sekisho.stage_links import StageLinks
        from sekisho.supervisor import supervise
        asyncio.run(supervise({{Program.VERIFY: {command!r}}}, StageLinks()))
    """)
    process = subprocess.Popen([sys.executable, "-c", script])
    (verify,) = asyncio.run(until(tmp_path / "verify", 1))
    process.kill()
    process.wait()

    async def gone() -> None:
        async with asyncio.timeout(30):
            while is_alive(verify):  # noqa: ASYNC110 - it is another process that ends
                await asyncio.sleep(0.01)

    asyncio.run(gone())


def test_a_lane_whose_policy_cannot_be_used_does_not_start_at_all(site: Path) -> None:
    (site / "relay/import/rules/policy.toml").write_text("x = 1\n")
    command = [sys.executable, "-m", "sekisho.main", "relay", "import", str(site)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == Exit.SETTINGS
    assert "policy.toml" in ran.stderr
    assert "does not start" in ran.stderr  # whichever stage reads it first
    assert "Traceback" not in ran.stderr

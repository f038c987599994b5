"""The daemons of a site as processes, from ready to ended, held against the contract."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.contract_watch import demand_noted_nothing

Command = tuple[str | Path, ...]
ROOT = Path(__file__).resolve().parents[2]
WATCHED = Path(__file__).with_name("watched")


def watched(broken: Path) -> dict[str, str]:
    """Return what has zones say in the file `broken` what their contract does not have.

    For the environment of a program; the daemons that it starts inherit it.
    """
    path = os.pathsep.join([str(WATCHED), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path.rstrip(os.pathsep), "SEKISHO_CONTRACT_BROKEN": str(broken)}


@contextmanager
def running(
    folder: Path, commands: Sequence[Command], prepare: Callable[[], None] | None = None
) -> Iterator[None]:
    """Run `sekisho COMMAND…` of each until all said that they are ready; logs go to `folder`.

    `prepare` is called in each process before it becomes a daemon.
    """
    with ExitStack() as stack:
        processes = []
        bell = stack.enter_context(closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
        bell.bind(str(folder / "bell"))
        bell.settimeout(60)
        broken = folder / "contract.broken"
        bell_name = {"NOTIFY_SOCKET": str(folder / "bell")}
        environment = {**os.environ, **watched(broken), **bell_name}
        for *words, site in commands:
            name = "-".join(map(str, words))
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            command = [sys.executable, "-m", "sekisho.main", *words, site]
            processes.append(
                subprocess.Popen(command, stderr=log, env=environment, preexec_fn=prepare)
            )
        try:
            assert {bell.recv(100) for _ in commands} == {b"READY=1"}
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            ended = [process.wait(60) for process in processes]
    assert ended == [0] * len(commands)
    demand_noted_nothing(broken)

"""The launcher: starts the few programs that a confined daemon needs, since that may start none.

`python -m confinement.launcher CONTROL_FD PROGRAMS` is started by `confinement.launching` before
its owner confines itself.  It starts what stands in PROGRAMS, as it was told before the first byte
from outside came, and nothing else: a request is a name and descriptors, no word of it reaches a
command line.  It has one thread, looks into nothing, and ends with its owner.

    owner ──"zygote" + leash + descriptors──▶ launcher ──fork, exec──▶ program
      └──────── leash: the program's pid, then how it ended; let go of, it is killed ──────┘
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from confinement import kernel

MAX_NAME_BYTES = 64
# The leash, the program's own socket, and the two streams of one that has some.
MAX_DESCRIPTORS = 4
# Where the number of the program's own socket stands in its command line.
SOCKET_WORD = "{socket}"


@dataclass(frozen=True, slots=True)
class LaunchedProgram:
    """A command line, its whole environment, and whether what it complains of is dropped."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    is_mute: bool = False


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    leash: socket.socket
    pidfd: int


def main(control_fd: int, programs: Mapping[str, LaunchedProgram]) -> None:
    """Serve requests until the owner closes its end, and end what still runs then."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    control = socket.socket(fileno=control_fd)
    running: dict[int, _Running] = {}  # by leash and by pidfd
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == control.fileno():
                name, fds, _, _ = socket.recv_fds(control, MAX_NAME_BYTES, MAX_DESCRIPTORS)
                if not name:
                    _end_all(running)
                    return
                started = _start(programs.get(name.decode("ascii", "replace")), fds)
                if started is not None:
                    for known in (started.leash.fileno(), started.pidfd):
                        running[known] = started
                        poll.register(known, select.POLLIN)
            elif fd in running:
                each = running[fd]
                if fd != each.pidfd:  # nothing is ever said on a leash: it was let go of
                    poll.unregister(fd)
                    each.process.kill()
                else:
                    _forget(each, running, poll)


def _start(program: LaunchedProgram | None, fds: list[int]) -> _Running | None:
    """Start `program`; what was handed over is the program's, and not ours to keep."""
    leash = socket.socket(fileno=fds[0]) if fds else None
    try:
        if program is None or leash is None or len(fds) < 2:
            return None
        stdin, stdout = fds[2:4] if len(fds) == MAX_DESCRIPTORS else [subprocess.DEVNULL] * 2
        process = subprocess.Popen(
            [word.replace(SOCKET_WORD, str(fds[1])) for word in program.words],
            pass_fds=[fds[1]],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL if program.is_mute else None,
            cwd="/",
            env=dict(program.environment),
            start_new_session=True,  # a Ctrl-C at the terminal is for our owner
        )
        pidfd = os.pidfd_open(process.pid)
        with suppress(OSError):  # whoever asked has gone: the leash says so
            leash.send(str(process.pid).encode("ascii"))
        kept, leash = leash, None
        return _Running(process, kept, pidfd)
    except OSError:
        return None  # no process to be had: whoever asked sees us let go of the leash
    finally:
        if leash is not None:
            leash.close()
        for fd in fds[1:]:
            os.close(fd)


def _forget(each: _Running, running: dict[int, _Running], poll: select.poll) -> None:
    code = each.process.wait()
    with suppress(OSError):
        each.leash.send(str(code).encode("ascii"))
    for known in (each.leash.fileno(), each.pidfd):
        del running[known]
        with suppress(KeyError):
            poll.unregister(known)
    os.close(each.pidfd)
    each.leash.close()


def _end_all(running: Mapping[int, _Running]) -> None:
    for each in running.values():
        each.process.send_signal(signal.SIGKILL)


def run() -> NoReturn:
    programs = {
        name: LaunchedProgram(tuple(words), environment, is_mute)
        for name, (words, environment, is_mute) in json.loads(sys.argv[2]).items()
    }
    main(int(sys.argv[1]), programs)
    sys.exit(0)


if __name__ == "__main__":
    run()

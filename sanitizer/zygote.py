"""The zygote: a warm process that has imported every decoder and forks a worker per stage.

`python -m sanitizer.zygote CONTROL_FD MODULE` is started by `sanitizer.jail` and speaks with it
over a socket.  It has one thread, so that forking is safe; it never looks at an attachment; and it
gives up what it can (user, network, sight of other processes) before the first request, so that
its workers start without.
"""

import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from confinement import kernel
from sanitizer.confinement import seccomp
from sanitizer.confinement.protections import Protection
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.confinement.surroundings import give_up
from sanitizer.worker import MAX_DESCRIPTORS, READABLE, Job, Stage, Surroundings, do_job

MAX_REQUEST_BYTES = 16 * 1024
READY, STARTED = b"ready", b"started"
# Workers compute for seconds; the daemons beside them compute for a millisecond at a time, and
# somebody waits for it.  Under this niceness a worker has a third of their weight (sched(7)).
NICENESS = 5


def main(control_fd: int, module: str) -> None:
    """Serve requests until the supervisor closes its end."""
    stages: Mapping[str, Stage] = importlib.import_module(module).warm()
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_DESCRIPTORS, MAX_DESCRIPTORS))
    zygote_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    machine = os.uname().machine
    control = socket.socket(fileno=control_fd)
    given_up = give_up(READABLE[SyscallAllowance.FONTS])
    if Protection.PROCESS_NAMESPACE in given_up:
        _become_first_process(control)
    surroundings = Surroundings(
        filters={allowance: seccomp.program(machine, allowance) for allowance in SyscallAllowance},
        zygote_bytes=zygote_bytes,
        protections=given_up,
    )
    os.nice(NICENESS)
    gc.collect()
    gc.freeze()
    control.send(READY)
    _serve(control, stages, surroundings)


def _become_first_process(control: socket.socket) -> None:
    """Go on as process 1 of the new namespace: when it ends, the kernel ends all its workers."""
    child = os.fork()
    if child == 0:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    control.close()
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _serve(control: socket.socket, stages: Mapping[str, Stage], surroundings: Surroundings) -> None:
    """Fork a worker per request, and report how each ended to whoever asked for it.

    One whose asker lets go of the report is ended: its time is up, or nobody waits any more.
    """
    waiting: dict[int, tuple[int, socket.socket]] = {}  # pidfd: process id, where to report
    askers: dict[int, int] = {}  # descriptor of the report: pidfd
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == control.fileno():
                request, fds, _, _ = socket.recv_fds(control, MAX_REQUEST_BYTES, 3)
                if not request:
                    return
                with suppress(OSError):  # no process to be had: whoever asked sees us hang up
                    pidfd, pid, report_to = _fork(request, fds, stages, surroundings)
                    waiting[pidfd], askers[report_to.fileno()] = (pid, report_to), pidfd
                    poll.register(pidfd, select.POLLIN)
                    poll.register(report_to, select.POLLIN)
            elif fd in waiting:
                pid, report_to = waiting.pop(fd)
                poll.unregister(fd)
                if askers.pop(report_to.fileno(), None) is not None:
                    poll.unregister(report_to)
                _report_end(fd, pid, report_to)
            elif fd in askers:
                poll.unregister(fd)
                signal.pidfd_send_signal(askers.pop(fd), signal.SIGKILL)


def _fork(
    request: bytes, fds: list[int], stages: Mapping[str, Stage], surroundings: Surroundings
) -> tuple[int, int, socket.socket]:
    source_fd, target_fd, report_fd = fds
    report_to = socket.socket(fileno=report_fd)
    try:
        fields = json.loads(request)
        job = Job(**{**fields, "allowance": SyscallAllowance(fields["allowance"])})
        pid = os.fork()
        if pid == 0:
            do_job(job, stages, (source_fd, target_fd), surroundings)
        pidfd = os.pidfd_open(pid)
        with suppress(OSError):  # nobody waits any more, as the report says
            report_to.send(STARTED)
    except OSError:
        report_to.close()
        raise
    finally:
        os.close(source_fd)
        os.close(target_fd)
    return pidfd, pid, report_to


def _report_end(pidfd: int, pid: int, report_to: socket.socket) -> None:
    _, status = os.waitpid(pid, 0)
    os.close(pidfd)
    with suppress(OSError), report_to:
        report_to.send(str(os.waitstatus_to_exitcode(status)).encode("ascii"))


def run() -> NoReturn:
    main(int(sys.argv[1]), sys.argv[2])
    sys.exit(0)


if __name__ == "__main__":
    run()

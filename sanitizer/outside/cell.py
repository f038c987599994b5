"""A cell: one program that is not ours, used for one file, in a jail of its own.

`python -m sanitizer.outside.cell CONTROL_FD TERMS` is started by `sanitizer.outside.cell_link`.

    launcher ─fork─▶ keeper ─fork─▶ prisoner
    waits            process 1 of its namespace: hands the file in, takes out what was made
                                    LibreOffice or ffmpeg: loads the hostile file

Keeper and prisoner share a scratch folder in memory and nothing else.  The keeper looks into no
file; what the prisoner leaves there is as untrusted as what it was given.
"""

import importlib
import json
import mmap
import os
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from confinement import kernel
from sanitizer.confinement.protections import Protection
from sanitizer.confinement.surroundings import SCRATCH, give_up
from sanitizer.outside import cell_child
from sanitizer.outside.cell_terms import MAX_MESSAGE_BYTES, READABLE, CellEnd, Request, Terms
from sanitizer.shared_memory import AnswerTooLong, write_answer


def main(control_fd: int, terms: Terms) -> NoReturn:
    """Give up the host, become process 1 of an empty one, and do one piece of work there."""
    control = socket.socket(fileno=control_fd)
    program = importlib.import_module(terms.program)  # while there are files to load it from
    left = give_up(
        tuple(map(Path, READABLE)), scratch_bytes=terms.scratch_bytes, added=program.ADDS
    )
    keeper = os.fork()
    if keeper:
        control.close()
        os.close(0)  # a stream that runs through the prisoner ends when it lets go
        os.close(1)
        _, status = os.waitpid(keeper, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        _keep(control, terms, program, left)
    finally:
        os._exit(0)  # and the kernel ends the prisoner


def _keep(
    control: socket.socket, terms: Terms, program: ModuleType, left: frozenset[Protection]
) -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        control.close()
        ours.close()
        cell_child.serve(theirs.detach(), terms, program.ready, program.EXECUTES)
    theirs.close()
    os.close(0)
    os.close(1)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if not (ready := ours.recv(MAX_MESSAGE_BYTES)):
        return  # it did not start; whoever asked sees us hang up
    in_force = left | {Protection(name) for name in ready.decode("ascii").split(",")}
    control.send(",".join(sorted(in_force)).encode("ascii"))
    asked, fds, _, _ = socket.recv_fds(control, MAX_MESSAGE_BYTES, 2)
    if not asked:
        return  # it is not needed any more
    request, (source_fd, target_fd) = Request(**json.loads(asked)), fds
    _hand_in(request, source_fd)
    ours.send(json.dumps(request.words).encode())
    _, status, used = os.wait4(pid, 0)
    if status:
        said = CellEnd.FAILED
    elif request.result:
        said = _take_out(SCRATCH / request.result, target_fd)
    else:
        said = _write(target_fd, b"")
    milliseconds = round((used.ru_utime + used.ru_stime) * 1000)
    control.send(f"{said} {os.waitstatus_to_exitcode(status)} {milliseconds}".encode("ascii"))


def _hand_in(request: Request, source_fd: int) -> None:
    with (SCRATCH / request.source).open("wb") as copy:
        at, end = request.offset, request.offset + request.size
        while at < end:
            at += os.sendfile(copy.fileno(), source_fd, at, end - at)


def _take_out(result: Path, target_fd: int) -> CellEnd:
    """Copy what the prisoner left, if it left a file: it may have left anything."""
    try:
        fd = os.open(result, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        made = mmap.mmap(fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
    except (OSError, ValueError):
        return CellEnd.FAILED
    return _write(target_fd, memoryview(made))


def _write(target_fd: int, made: bytes | memoryview) -> CellEnd:
    with mmap.mmap(target_fd, 0) as target:
        try:
            write_answer(target, b"", [made])
        except AnswerTooLong:
            return CellEnd.TOO_LONG
    return CellEnd.DONE


if __name__ == "__main__":
    main(int(sys.argv[1]), Terms(**json.loads(sys.argv[2])))

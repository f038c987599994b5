"""Stages for the zygote of the escape test: each tries to do what a worker must not.

A stage that comes back with "escaped" has got out.  Also stages that misbehave in other ways.
"""

import ctypes
import mmap
import os
import resource
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sanitizer.report import Report
from sanitizer.worker import Parameters, Stage

libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: int) -> None:
    if libc.syscall(ctypes.c_long(number), *(ctypes.c_long(word) for word in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "call failed")


def descriptors_left() -> None:
    """Fail where no descriptor is open; reading from one would be an escape."""
    for fd in range(1024):
        try:
            os.read(fd, 0)
        except OSError:
            continue
        return
    raise OSError("none is open")


# x86-64 numbers; on another machine these are other calls, which must fail all the same.
ESCAPES: Mapping[str, Callable[[], object]] = {
    "read the password file": lambda: Path("/etc/shadow").read_bytes(),
    "read a public file": lambda: Path("/etc/hostname").read_bytes(),
    "list the root folder": lambda: os.listdir("/"),  # noqa: PTH208 - as an attacker would
    "look at a file's size": lambda: Path("/etc/passwd").stat(),
    "write a file": lambda: Path("/var/escaped").write_bytes(b"x"),
    "write to shared memory": lambda: Path("/dev/shm/escaped").write_bytes(b"x"),  # noqa: S108
    "make a folder": lambda: Path("/var/escaped.d").mkdir(),
    "delete a file": lambda: Path("/var/anything").unlink(),
    "read own memory map": lambda: Path("/proc/self/maps").read_bytes(),
    "read the environment of process 1": lambda: Path("/proc/1/environ").read_bytes(),
    "list the processes": lambda: os.listdir("/proc"),  # noqa: PTH208
    "find disk space": lambda: shutil.disk_usage("/"),
    "open a network socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a datagram socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "open a packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "open a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "make a socket pair": socket.socketpair,
    "use an inherited descriptor": descriptors_left,
    "make a memory file": lambda: os.memfd_create("x"),
    "make a pipe": os.pipe,
    "fork": os.fork,
    "start a thread": lambda: threading.Thread(target=time.sleep).start(),
    "execute a program": lambda: os.execv("/bin/sh", ["sh"]),  # noqa: S606 - must fail
    "execute a memory file": lambda: call(322, -1, 0, 0, 0, 0x1000),
    "signal the parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
    "signal everyone": lambda: os.kill(-1, signal.SIGCONT),
    "signal a sibling": lambda: os.kill(2, signal.SIGCONT),
    "trace the parent": lambda: call(101, 16, 1, 0, 0),
    "read the parent's memory": lambda: call(310, 1, 0, 0, 0, 0, 0),
    "become root": lambda: os.setuid(0),
    "change the root folder": lambda: os.chroot("/"),
    "mount": lambda: call(165, 0, 0, 0, 0, 0),
    "make a user namespace": lambda: call(272, 0x10000000),
    "enter a namespace": lambda: call(308, 0, 0),
    "load a kernel module": lambda: call(175, 0, 0, 0),
    "load a BPF program": lambda: call(321, 0, 0, 0),
    "start io_uring": lambda: call(425, 1, 0),
    "add a key": lambda: call(248, 0, 0, 0, 0, 0),
    "watch page faults": lambda: call(323, 0),
    "read performance counters": lambda: call(298, 0, 0, 0, 0, 0),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "ask for executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_EXEC | mmap.PROT_READ),
    "make memory executable": lambda: call(10, 0, 4096, mmap.PROT_EXEC),
    "change personality": lambda: call(135, 0x0400000),
    "take three gigabytes": lambda: bytearray(3 << 30),
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0),
    "set the host name": lambda: socket.sethostname("escaped"),
    "drop the filter": lambda: call(157, 22, 0),
    "shut the machine down": lambda: call(169, 0, 0, 0, 0),
}


def warm() -> Mapping[str, Stage]:
    return {
        "escape": escape,
        "echo": echo,
        "loop": lambda *_: loop(),
        "crash": lambda *_: crash(),
        "exit": lambda *_: leave(),
        "eat memory": lambda *_: eat(),
        "answer at length": lambda *_: [bytes(64 << 20)],
        "say nothing of ours": nonsense,
        "leave a mark": mark,
        "scribble": scribble,
    }


def escape(_: memoryview, parameters: Parameters, __: Report) -> Iterable[bytes]:
    try:
        ESCAPES[str(parameters["action"])]()
    except (OSError, MemoryError, RuntimeError, ValueError) as failure:
        return [f"failed: {failure!r}".encode()]
    return [b"escaped"]


def echo(untrusted: memoryview, _: Parameters, __: Report) -> Iterable[bytes]:
    return [bytes(untrusted)]


def loop() -> Iterable[bytes]:
    while True:
        time.sleep(0.01)


def crash() -> Iterable[bytes]:
    ctypes.string_at(0)
    return []


def leave() -> Iterable[bytes]:
    os._exit(0)


def eat() -> Iterable[bytes]:
    return [bytes(1 << 40)]


def nonsense(_: memoryview, __: Parameters, report: Report) -> Iterable[bytes]:
    report.counts["; rm -rf"] = 1  # type: ignore[index]  # a worker that has been taken over
    return []


_marks: list[int] = []


def mark(*_: object) -> Iterable[bytes]:
    """Leave something in this process for whoever comes next; return how much has been left."""
    _marks.append(1)
    return [str(len(_marks)).encode()]


def scribble(untrusted: memoryview, _: Parameters, __: Report) -> Iterable[bytes]:
    """Write over what was given, having made its pages writable."""
    address = _address_of(untrusted)
    page = address & ~4095
    call(10, page, untrusted.nbytes + address - page, mmap.PROT_READ | mmap.PROT_WRITE)
    ctypes.memset(address, 0, untrusted.nbytes)
    return [b"scribbled" if not any(untrusted) else b"in vain"]


def _address_of(view: memoryview) -> int:
    """Return where the bytes of a view that must not be written lie."""

    class Buffer(ctypes.Structure):
        """The head of Py_buffer: where it lies; the rest is of no matter here."""

        _fields_ = (("buf", ctypes.c_void_p), ("rest", ctypes.c_char * 200))

    found = Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(view), ctypes.byref(found), 0)
    return int(found.buf or 0)

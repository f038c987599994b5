"""A program for the cell of the containment test: it tries what a prisoner must not.

What it does is named by its word; "escaped" in its result has got out.  Imported by the cell.
"""

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

EXECUTES = ()
ADDS: Mapping[Path, str] = {}

libc = ctypes.CDLL(None, use_errno=True)
INSIDE = {"bin", "dev", "etc", "lib", "lib64", "scratch", "usr", "var"}


def call(number: int, *arguments: int) -> None:
    if libc.syscall(ctypes.c_long(number), *(ctypes.c_long(word) for word in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "call failed")


def only_itself_in_sight() -> None:
    for folder in ("/proc", "/sys", "/home", "/root", "/srv", "/run", "/boot", "/opt"):
        if Path(folder).exists():
            return
    if set(os.listdir("/")) - INSIDE:  # noqa: PTH208 - as an attacker would
        return
    raise OSError("nothing to be seen")


def as_many_threads_as_there_are() -> None:
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def as_much_as_there_is() -> None:
    with Path("/scratch/full").open("wb") as file:
        for _ in range(1024):
            file.write(bytes(1 << 20))


def code_from_a_file_of_its_own() -> None:
    with Path("/scratch/code").open("w+b") as file:
        file.write(bytes(4096))
        file.flush()
        mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)


# x86-64 numbers; on another machine these are other calls, which must fail all the same.
ATTEMPTS: Mapping[str, Callable[[], object]] = {
    "read the password file": lambda: Path("/etc/shadow").read_bytes(),
    "read the users": lambda: Path("/etc/passwd").read_bytes(),
    "read the name of the host": lambda: Path("/etc/hostname").read_bytes(),
    "see the host": only_itself_in_sight,
    "read the environment of process 1": lambda: Path("/proc/1/environ").read_bytes(),
    "write beside its settings": lambda: Path("/etc/fonts/escaped").write_bytes(b"x"),
    "write beside its programs": lambda: Path("/usr/lib/escaped").write_bytes(b"x"),
    "write to the root folder": lambda: Path("/escaped").write_bytes(b"x"),
    "open a network socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a datagram socket": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "open a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "look up an address": lambda: socket.getaddrinfo(b"example.com", 80),
    "fork": os.fork,
    "fork without a word": lambda: call(57),
    "execute a program": lambda: os.execv("/bin/sh", ["sh"]),  # noqa: S606 - must fail
    "start a program": lambda: subprocess.run(["/usr/bin/id"], check=True),
    "make a memory file": lambda: os.memfd_create("x"),
    "end the keeper": lambda: os.kill(1, signal.SIGKILL),
    "end everyone": lambda: os.kill(-1, signal.SIGKILL),
    "trace the keeper": lambda: call(101, 16, 1, 0, 0),
    "read the keeper's memory": lambda: call(310, 1, 0, 0, 0, 0, 0),
    "become root": lambda: os.setuid(0),
    "change the root folder": lambda: os.chroot("/"),
    "mount": lambda: call(165, 0, 0, 0, 0, 0),
    "make a user namespace": lambda: call(272, 0x10000000),
    "enter a namespace": lambda: call(308, 0, 0),
    "load a BPF program": lambda: call(321, 0, 0, 0),
    "start io_uring": lambda: call(425, 1, 0),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999)),
    "memory to be written and executed": lambda: mmap.mmap(
        -1, 4096, prot=mmap.PROT_EXEC | mmap.PROT_READ | mmap.PROT_WRITE
    ),
    "load code of its own": code_from_a_file_of_its_own,
    "take six gigabytes": lambda: bytearray(6 << 30),
    "fill the memory with files": as_much_as_there_is,
    "make a device": lambda: os.mknod("/scratch/device", 0o60600, 0x801),
    "start threads without end": as_many_threads_as_there_are,
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0),
}


def leave_a_link() -> None:
    Path("/scratch/result").symlink_to("/usr/bin/env")


def leave_a_lot() -> None:
    with Path("/scratch/result").open("wb") as file:
        file.truncate(64 << 20)


def never_end() -> None:
    while True:
        time.sleep(0.01)


def burn() -> None:
    while True:
        pass


LEAVINGS: Mapping[str, Callable[[], object]] = {
    "a link": leave_a_link,
    "a folder": lambda: Path("/scratch/result").mkdir(),
    "nothing": lambda: None,
    "an empty file": lambda: Path("/scratch/result").write_bytes(b""),
    "a lot": leave_a_lot,
    "never": never_end,
    "burn": burn,
    "a crash": lambda: ctypes.string_at(0),
    "what it was given": lambda: Path("/scratch/result").write_bytes(
        Path("/scratch/source").read_bytes()
    ),
}


def ready(_home: Path) -> Callable[[str], None]:
    return act


def act(word: str) -> None:
    if word in LEAVINGS:
        LEAVINGS[word]()
        return
    try:
        ATTEMPTS[word]()
    except (OSError, MemoryError, RuntimeError, ValueError, subprocess.SubprocessError) as failure:
        Path("/scratch/full").unlink(missing_ok=True)
        Path("/scratch/result").write_text(f"failed: {failure!r}")
    else:
        Path("/scratch/result").write_text("escaped")
    os._exit(0)

"""A daemon that was taken over, trying everything: `python -m tests.confinement.attempts SPEC`.

Each attempt is made in a process of its own, which first confines itself as the daemon named in
SPEC does, with that daemon's own reach, or not at all.  Printed is what became of each: "done",
"refused" or "killed".
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from confinement.daemon import Reach, confine_daemon
from relay.transform import service as transform
from relay.verify import service as verify
from zone import service as zone
from zone.api.serve import BoundSockets

SECRET = b"the sibling's secret"

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Target:
    """A site, a sibling of the same user with a secret at an address, and who may be dialled."""

    site: Path
    sibling: int
    address: int
    port: int
    abstract: str
    datagrams: Path

    @property
    def near(self) -> Path:
        return self.site / "relay/import/transform"

    @property
    def far(self) -> Path:
        return self.site / "relay/import/verify"


def call(number: int, *arguments: int) -> int:
    """Make a system call of x86_64; on another machine these are other calls, and fail likewise."""
    words = [ctypes.c_long(word) for word in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), "call")
    return result


def dial(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as sock:
        sock.settimeout(5)
        sock.connect(address)  # type: ignore[arg-type]  # as each family has it


def take_socket(path: Path) -> None:
    """Put a socket of our own in the place of another's."""
    mine = path.with_name("mine.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(mine))
    mine.rename(path)


def turn_datagrams(target: Target) -> None:
    """Send through one of a pair of sockets to somebody else than the other."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendto(b"x", str(target.datagrams))


def read_memory(target: Target) -> None:
    """Read the sibling's memory with process_vm_readv."""
    buffer = ctypes.create_string_buffer(len(SECRET))
    local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), len(SECRET))
    remote = (ctypes.c_size_t * 2)(target.address, len(SECRET))
    call(310, target.sibling, ctypes.addressof(local), 1, ctypes.addressof(remote), 1, 0)
    assert buffer.raw == SECRET


def read_memory_file(target: Target) -> None:
    with Path(f"/proc/{target.sibling}/mem").open("rb", buffering=0) as memory:
        memory.seek(target.address)
        assert memory.read(len(SECRET)) == SECRET


def trace(target: Target) -> None:
    call(101, 16, target.sibling, 0, 0)  # PTRACE_ATTACH
    os.waitpid(target.sibling, 0x4000_0000)  # __WALL
    call(101, 17, target.sibling, 0, 0)  # PTRACE_DETACH


def signal_by_descriptor(target: Target) -> None:
    """Have the kernel signal the sibling when a pipe has something to read."""
    import fcntl

    reading, writing = os.pipe()
    fcntl.fcntl(reading, 8, target.sibling)  # F_SETOWN
    fcntl.fcntl(reading, 10, signal.SIGCONT)  # F_SETSIG
    os.close(writing)


def execute_from_memory(_: Target) -> None:
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.close()


def be_a_shell(_: Target) -> None:
    os.execv("/bin/sh", ["sh", "-c", "exit 0"])  # noqa: S606 - must not come to that


def fork(_: Target) -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def limit_sibling(target: Target) -> None:
    resource.prlimit(target.sibling, resource.RLIMIT_CORE, (0, 0))


def release_key(target: Target) -> None:
    assert (target.far / "keys/import-release.key").read_text()


def write_log(target: Target) -> None:
    (target.far / "log/checkpoint").write_text("forged")


def ask_for_key(_: Target) -> None:
    call(250, 0, -4, 0, 0, 0)  # KEYCTL_GET_KEYRING_ID, of the user's keyring


FILES: Mapping[str, Callable[[Target], object]] = {
    "read the release key": release_key,
    "read the key of its own that it has read": lambda t: (
        t.near / "keys/import-receipt.key"
    ).read_text(),
    "read a zone's key": lambda t: (t.site / "lgwan/keys/lgwan-source.key").read_text(),
    "read the other stage's store": lambda t: (t.far / "verify.db").read_bytes(),
    "read a zone's store": lambda t: (t.site / "internet/zone.db").read_bytes(),
    "read the password file": lambda _: Path("/etc/passwd").read_bytes(),
    "read another's environment": lambda t: Path(f"/proc/{t.sibling}/environ").read_bytes(),
    "write into the other stage's log": write_log,
    "change the rules": lambda t: (t.site / "relay/import/rules/policy.toml").write_text(""),
    "change its settings": lambda t: (t.near / "transform.toml").write_text(""),
    "put a key beside its own": lambda t: (t.near / "keys/new.key").write_text(""),
    "write a file in /tmp": lambda t: (t.site.parent / "stray").write_text(""),
}
PROCESSES: Mapping[str, Callable[[Target], object]] = {
    "trace a sibling": trace,
    "read a sibling's memory": read_memory,
    "read a sibling's memory as a file": read_memory_file,
    "signal a sibling": lambda t: os.kill(t.sibling, signal.SIGCONT),
    "signal a sibling by a descriptor": signal_by_descriptor,
    "limit a sibling": limit_sibling,
    "start a process": fork,
    "become a shell": be_a_shell,
    "make memory for code": execute_from_memory,
    "let itself be traced again": lambda _: call(157, 4, 1, 0, 0),  # PR_SET_DUMPABLE
    "make a user namespace": lambda _: call(272, 0x1000_0000),
    "ask for the user's keyring": ask_for_key,
}
TAKING: Mapping[str, Callable[[Target], object]] = {
    "take the other stage's socket": lambda t: take_socket(t.far / "run/admin.sock"),
    "turn a pair of sockets to another": turn_datagrams,
    "open a raw socket": lambda _: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
}
# What a zone may: it dials the relay, and programs of its host.
DIALLING: Mapping[str, Callable[[Target], object]] = {
    "dial the other stage": lambda t: dial(
        socket.AF_UNIX, socket.SOCK_STREAM, str(t.far / "run/admin.sock")
    ),
    "dial an abstract socket": lambda t: dial(socket.AF_UNIX, socket.SOCK_STREAM, t.abstract),
    "dial a port": lambda t: dial(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", t.port)),
    "send a datagram": lambda t: dial(socket.AF_UNIX, socket.SOCK_DGRAM, str(t.datagrams)),
}
ATTEMPTS = {**FILES, **PROCESSES, **DIALLING, **TAKING}


def reach(daemon: str, site: Path) -> Reach:
    """Return what the daemon itself asks for."""
    with socket.socket() as api, socket.socket() as admin:
        made = (site / "internet/run/api.sock", site / "internet/run/admin.sock")
        bound = BoundSockets(api, admin, made)
        return {
            "transform": lambda: transform.reach_of(site / "relay/import/transform"),
            "verify": lambda: verify.reach_of(site / "relay/import/verify"),
            "internet": lambda: zone.reach_of(site / "internet", bound),
        }[daemon]()


def outcome(attempt: str, target: Target, kept: Reach | None) -> str:
    """Make one attempt in a process of its own; say what became of it."""
    child = os.fork()
    if child == 0:
        try_it(attempt, target, kept)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {0: "done", 1: "refused", -signal.SIGSYS: "killed"}.get(code, f"ended with {code}")


def try_it(attempt: str, target: Target, kept: Reach | None) -> NoReturn:
    code = 2
    try:
        if kept is not None:
            confine_daemon(kept)
        ATTEMPTS[attempt](target)
        code = 0
    except OSError:
        code = 1
    finally:
        os._exit(code)


def main(spec: dict[str, object]) -> None:
    """Make all attempts, and print what became of them."""
    site, daemon = Path(str(spec["site"])), str(spec["daemon"])
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as admin,
    ):
        abstract.bind("")
        abstract.listen()
        datagrams.bind(str(site / "datagrams"))
        admin.bind(str(site / "relay/import/verify/run/admin.sock"))
        admin.listen()
        secret = ctypes.create_string_buffer(SECRET)
        if (sibling := os.fork()) == 0:
            while True:
                signal.pause()
        target = Target(
            site,
            sibling,
            ctypes.addressof(secret),
            port.getsockname()[1],
            abstract.getsockname().decode(),
            site / "datagrams",
        )
        kept = reach(daemon, site) if daemon else None
        print(json.dumps({each: outcome(each, target, kept) for each in ATTEMPTS}))
        os.kill(sibling, signal.SIGKILL)
        os.waitpid(sibling, 0)


assert struct.calcsize("P") == ctypes.sizeof(ctypes.c_size_t)  # of the vectors in `read_memory`

if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

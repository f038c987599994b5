"""A site whose nodes have Unix users of their own, as docs/unix-users.md tells an operator."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sekisho.clock import now_ms
from sekisho.doctor import facts, host
from sekisho.doctor.examine import CHECKS
from sekisho.local_socket import ask_node
from sekisho.running import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
INTERNET, RELAY, LGWAN = 61_001, 61_002, 61_003
WEB, STRANGER = 33, 65_534  # www-data and nobody, whose groups Debian knows
# Groups: the relay and the internet zone, the relay and LGWAN, and who may open LGWAN's api.sock.
OUTSIDE, INSIDE, FRONTENDS = 61_010, 61_011, 33
MEMBERS = {
    INTERNET: [OUTSIDE],
    RELAY: [OUTSIDE, INSIDE],
    LGWAN: [INSIDE, FRONTENDS],
    WEB: list[int](),
    STRANGER: list[int](),
}

ASK = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
try:
    s.connect(sys.argv[1])
    s.sendall(sys.argv[2].encode())
    print(s.recv(65536).decode())
except OSError as trouble:
    print(type(trouble).__name__)
"""


def become(uid: int) -> Callable[[], None]:
    """Return what makes a process that is about to start that of a Unix user."""

    def change() -> None:
        die_with_parent()
        os.setgroups(MEMBERS[uid])
        os.setgid(uid)
        os.setuid(uid)

    return change


def environment(**more: str) -> dict[str, str]:
    folders = [str(ROOT), str(ROOT / "client"), *(p for p in sys.path if "site-packages" in p)]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(folders), "HOME": "/", **more}


def interpreter() -> str:
    """Return a Python that any Unix user may run, with what the tests run with."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for path in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        probe = [path, "-c", "import sekisho.main, zone.service"]
        with tempfile.TemporaryFile() as log:
            try:
                done = subprocess.run(
                    probe,
                    preexec_fn=become(STRANGER),
                    env=environment(),
                    cwd="/",
                    stderr=log,
                    check=False,
                )
            except OSError:
                continue
        if done.returncode == 0:
            return path
    pytest.skip("no Python here that another Unix user may run")


@dataclass
class Installation:
    """A site of which each node has a Unix user of its own."""

    site: Path
    sockets: Path
    python: str

    @property
    def api(self) -> Path:
        return self.sockets / "lgwan/api.sock"

    def admin(self, zone: str, method: str, path: str, form: object = None) -> Any:
        return ask_node(self.site / zone / "run/admin.sock", method, path, form)

    def ask(self, uid: int, token: str, who: str, path: str = "/v1/me") -> str:
        """Ask as a Unix user; return what comes back."""
        text = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Sekisho-Act-As: {who}\r\nConnection: close\r\n\r\n"
        )
        done = subprocess.run(
            [self.python, "-c", ASK, str(self.api), text],
            preexec_fn=become(uid),
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout.strip()


def faults(site: Path) -> set[str]:
    """Return what doctor says of a site; what it says of this host is not the site's."""
    nodes = facts.gather(site)
    checks = [check for check in CHECKS if check is not host.check]
    return {found.code for check in checks for found in check(site, nodes, now_ms())}


def put(path: Path, settings: dict[str, str]) -> None:
    """Edit a settings file: in place of a line that sets a name, or is commented out, another."""
    lines = path.read_text().splitlines()
    for name, value in settings.items():
        at = next(
            number
            for number, line in enumerate(lines)
            if line.lstrip("# ").startswith(f"{name} = ")
        )
        lines[at] = f"{name} = {value}"
    path.write_text("\n".join(lines) + "\n")


def settle(site: Path, sockets: Path) -> None:
    """Do what docs/unix-users.md tells an operator to do."""
    for name, uid in (("internet", INTERNET), ("relay", RELAY), ("lgwan", LGWAN)):
        (sockets / name).mkdir(parents=True)
        os.chown(sockets / name, uid, uid)
    for zone, lanes, group in (
        ("internet", ("import/transform", "export/verify"), OUTSIDE),
        ("lgwan", ("export/transform", "import/verify"), INSIDE),
    ):
        uid = {"internet": INTERNET, "lgwan": LGWAN}[zone]
        addresses = []
        for node in lanes:
            address = f'"unix:{sockets}/relay/{node.replace("/", "-")}.sock"'
            addresses.append(address)
            name = f"{node.partition('/')[2]}.toml"
            put(
                site / "relay" / node / name,
                {"link": address, "link_uids": f"[{uid}]", "link_group": f'"{group}"'},
            )
        put(
            site / zone / "zone.toml",
            {
                "leaving": addresses[0],
                "arriving": addresses[1],
                "uids": f"[{RELAY}]",
                "api": f'"{sockets}/{zone}/api.sock"',
            },
        )
    put(site / "lgwan/zone.toml", {"group": f'"{FRONTENDS}"'})
    for name, uid in (("internet", INTERNET), ("relay", RELAY), ("lgwan", LGWAN)):
        subprocess.run(["chown", "-R", f"{uid}:{uid}", site / name], check=True)
    site.chmod(0o711)


@contextmanager
def at_work(here: Installation) -> Iterator[None]:
    """Run all nodes, each as its own Unix user, until they say that they are ready."""
    commands = [
        (RELAY, ["relay", "import"]),
        (RELAY, ["relay", "export"]),
        (INTERNET, ["internet"]),
        (LGWAN, ["lgwan"]),
    ]
    with ExitStack() as stack:
        bell = stack.enter_context(closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
        (here.sockets / "bell").unlink(missing_ok=True)
        bell.bind(str(here.sockets / "bell"))
        (here.sockets / "bell").chmod(0o666)
        bell.settimeout(60)
        for uid, words in commands:
            log = stack.enter_context((here.sockets / f"{'-'.join(words)}.log").open("wb"))
            process = subprocess.Popen(
                [here.python, "-m", "sekisho.main", *words, str(here.site)],
                preexec_fn=become(uid),
                env=environment(NOTIFY_SOCKET=str(here.sockets / "bell")),
                cwd="/",
                stderr=log,
            )
            stack.callback(process.wait, 60)
            stack.callback(process.terminate)
        for _ in commands:
            try:
                assert bell.recv(100) == b"READY=1"
            except TimeoutError:
                logs = [path.read_text() for path in here.sockets.glob("*.log")]
                raise AssertionError("\n".join(logs)) from None
        yield

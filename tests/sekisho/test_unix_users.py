"""Nodes and frontends as Unix users of their own, as docs/unix-users.md says.

Real setuid processes on real sockets: what the file system and the kernel let through is what
counts.  Needs root, to become somebody else.
"""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
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
from tests.sekisho.conftest import Run

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


@pytest.fixture
def installation(sekisho: Run) -> Iterator[Installation]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to run nodes as other Unix users")
    python = interpreter()
    folder = Path(tempfile.mkdtemp(prefix="sku-"))
    try:
        folder.chmod(0o755)
        assert sekisho("init", folder / "s").code == 0
        settle(folder / "s", folder / "r")
        yield Installation(folder / "s", folder / "r", python)
    finally:
        shutil.rmtree(folder)


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


def faults(site: Path) -> set[str]:
    nodes = facts.gather(site)
    checks = [check for check in CHECKS if check is not host.check]
    return {found.code for check in checks for found in check(site, nodes, now_ms())}


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to hold")


def test_nodes_and_frontends_of_their_own_users_talk_across(installation: Installation) -> None:
    """What one zone says is known in the other; doctor finds nothing to undo."""
    here = installation
    assert faults(here.site) == set()
    with at_work(here):
        assert faults(here.site) == set()
        staff = {"name": "山田", "user_kind": "staff", "zones": ["lgwan", "internet"]}
        who = here.admin("lgwan", "POST", "/v1/users", staff)["id"]
        until(lambda: here.admin("internet", "GET", "/v1/users")["items"])
        form = {"name": "web", "uids": [WEB], "act_as": [who]}
        token = here.admin("lgwan", "POST", "/v1/frontends", form)["token"]
        assert "200 OK" in here.ask(WEB, token, who)
        assert faults(here.site) == set()
        # The group is one wall, and who connects is asked behind it.
        assert here.ask(STRANGER, token, who) == "PermissionError"
        here.api.chmod(0o666)
        assert here.ask(STRANGER, token, who) in ("", "ConnectionResetError", "BrokenPipeError")
        assert "401 Unauthorized" in here.ask(WEB, token + "x", who)
        for zone in ("internet", "lgwan"):
            admin = here.site / zone / "run/admin.sock"
            assert stat.S_IMODE(admin.stat().st_mode) == 0o600
    assert not here.api.exists()


def test_what_doctor_says_of_own_users_is_mended_by_what_it_says(
    installation: Installation, sekisho: Run
) -> None:
    """`chmod 700` on a node's folder takes nothing from the frontends; a wrong owner is named."""
    here = installation
    (here.site / "lgwan").chmod(0o755)
    os.chown(here.site / "internet/zone.db", 0, 0)
    ran = sekisho("doctor", here.site, "--json")
    said = {one["code"]: one["mend"] for one in ran.json["findings"]}
    mends = [said[code] for code in ("folder-open", "owner-differs")]
    for mend in mends:
        subprocess.run(mend.split(), check=True)
    assert faults(here.site) == set()
    with at_work(here):
        staff = {"name": "山田", "user_kind": "staff", "zones": ["lgwan"]}
        who = here.admin("lgwan", "POST", "/v1/users", staff)["id"]
        form = {"name": "web", "uids": [WEB], "act_as": [who]}
        token = here.admin("lgwan", "POST", "/v1/frontends", form)["token"]
        assert "200 OK" in here.ask(WEB, token, who)
        # One whose user is not in the group is named, and let in as doctor says.
        form = {"name": "bot", "uids": [STRANGER], "act_as": [who]}
        bot = here.admin("lgwan", "POST", "/v1/frontends", form)["token"]
        assert faults(here.site) == {"frontend-shut-out"}
        assert here.ask(STRANGER, bot, who) == "PermissionError"
    put(here.site / "lgwan/zone.toml", {"mode": '"666"'})
    assert faults(here.site) == set()
    with at_work(here):
        assert "200 OK" in here.ask(STRANGER, bot, who)


def test_a_socket_in_a_closed_folder_is_no_socket_for_another_user(
    installation: Installation,
) -> None:
    """The default is inside the node's folder, which is closed: doctor says so."""
    here = installation
    put(here.site / "lgwan/zone.toml", {"api": '"run/api.sock"'})
    with at_work(here):
        form = {"name": "web", "uids": [WEB]}
        here.admin("lgwan", "POST", "/v1/frontends", form)
        assert faults(here.site) == {"frontend-shut-out"}


def test_systemd_hands_the_socket_over(site: Path, tmp_path: Path) -> None:
    """What the socket's unit has made stays as it is, also when the daemon has ended."""
    folder = Path(tempfile.mkdtemp(prefix="sks-"))
    path, bell_path = folder / "api.sock", folder / "bell"
    program = (
        "import os, sys\n"
        "fd = int(sys.argv[1]); os.dup2(fd, 3); os.set_inheritable(3, True)\n"
        "os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'sekisho.main', 'lgwan', sys.argv[2]])\n"
    )
    with (
        closing(socket.socket(socket.AF_UNIX)) as listening,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as bell,
        (tmp_path / "log").open("wb") as log,
    ):
        bell.bind(str(bell_path))
        bell.settimeout(60)
        listening.bind(str(path))
        path.chmod(0o666)
        listening.listen(100)
        words = {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "api", "NOTIFY_SOCKET": str(bell_path)}
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(listening.fileno()), str(site)],
            pass_fds=[listening.fileno()],
            env={**os.environ, **words},
            cwd=ROOT,
            stderr=log,
        )
        try:
            assert bell.recv(100) == b"READY=1", (tmp_path / "log").read_text()
            form = {"name": "web", "uids": [os.geteuid()]}
            made = ask_node(site / "lgwan/run/admin.sock", "POST", "/v1/frontends", form)
            headers = {"Authorization": f"Bearer {made['token']}"}
            assert ask_node(path, "GET", "/v1/server", headers=headers)["zone"] == "lgwan"
            assert not (site / "lgwan/run/api.sock").exists()
        finally:
            process.terminate()
            ended = process.wait(60)
        assert ended == 0
        assert path.exists()
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
    shutil.rmtree(folder)


@pytest.mark.parametrize("names", ["admin", "", "api:api"])
def test_a_socket_that_nobody_would_listen_at_is_refused(names: str, tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from runtime.activation import receive_sockets\n"
        "from runtime.settings import SettingsFault\n"
        "os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "try: receive_sockets(frozenset({'api'}))\n"
        "except SettingsFault as fault: print(fault)\n"
    )
    with (
        closing(socket.socket(socket.AF_UNIX)) as one,
        closing(socket.socket(socket.AF_UNIX)) as two,
    ):
        for number, sock in enumerate((one, two)):
            sock.bind(str(tmp_path / f"{number}"))
            sock.listen(1)

        def hand_over() -> None:
            for number, sock in enumerate((one, two)):
                os.dup2(sock.fileno(), 3 + number)

        count = len(names.split(":"))
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "LISTEN_FDS": str(count), "LISTEN_FDNAMES": names},
            preexec_fn=hand_over,
            close_fds=False,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    assert "FileDescriptorName=api" in done.stdout

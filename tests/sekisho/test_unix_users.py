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
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sekisho.local_socket import ask_node
from tests.sekisho.conftest import Run
from tests.sekisho.unix_users import (
    ROOT,
    STRANGER,
    WEB,
    Installation,
    at_work,
    faults,
    interpreter,
    put,
    settle,
)


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


# What systemd does behind its fork: the socket is number 3, and the process knows that it is meant.
HANDING_OVER = (
    "import os, sys\n"
    "fd = int(sys.argv[1]); os.dup2(fd, 3); os.set_inheritable(3, True)\n"
    "os.environ['LISTEN_PID'] = str(os.getpid())\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'sekisho.main', 'lgwan', sys.argv[2]])\n"
)


def test_systemd_hands_the_socket_over(site: Path, tmp_path: Path) -> None:
    """What the socket's unit has made stays as it is, also when the daemon has ended."""
    folder = Path(tempfile.mkdtemp(prefix="sks-"))
    path, bell_path = folder / "api.sock", folder / "bell"
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
            [sys.executable, "-c", HANDING_OVER, str(listening.fileno()), str(site)],
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

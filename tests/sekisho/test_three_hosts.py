"""Three hosts, from `init` to a conversation over TLS that an auditor can verify."""

import socket
import time
from contextlib import closing
from pathlib import Path

from tests.sekisho.conftest import Run
from tests.sekisho.daemons import running
from wire.keyring import confirmation_number, read_card

HOSTS = ("internet", "relay", "lgwan")


def four_free_ports() -> int:
    """The first of four ports in a row at which nobody listens."""
    for first in range(20_001, 30_000, 4):
        try:
            for port in range(first, first + 4):
                with closing(socket.create_server(("127.0.0.1", port))):
                    pass
        except OSError:
            continue
        return first
    raise AssertionError("no four free ports in a row")


def init_and_exchange(sekisho: Run, folder: Path) -> None:
    port = str(four_free_ports())
    for host in HOSTS:
        where = ["--listen-internet", "127.0.0.1", "--listen-lgwan", "127.0.0.1"]
        if host != "relay":
            where = ["--relay", "127.0.0.1"]
        assert sekisho("init", folder / host, "--host", host, "--port", port, *where).code == 0
    for host in HOSTS:
        assert sekisho("doctor", folder / host).code == 1  # nobody is trusted yet
        for other in set(HOSTS) - {host}:
            for card in (folder / other / "cards").iterdir():
                number = confirmation_number(read_card(card.read_bytes()))
                assert sekisho("keys", "add", folder / host, card, "--number", number).code == 0
        assert sekisho("doctor", folder / host).code == 0


def are_connected(sekisho: Run, folder: Path) -> bool:
    said = sekisho("status", folder / "lgwan", "--json").json["lgwan"]["status"]
    return all(lane["connected"] for lane in said["lanes"].values())


def test_three_hosts_that_exchanged_cards_hold_one_conversation(
    sekisho: Run, short_path: Path
) -> None:
    init_and_exchange(sekisho, short_path)
    commands = [
        ("relay", "import", short_path / "relay"),
        ("relay", "export", short_path / "relay"),
        ("internet", short_path / "internet"),
        ("lgwan", short_path / "lgwan"),
    ]
    with running(short_path, commands):
        deadline = time.monotonic() + 30
        while not are_connected(sekisho, short_path):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        user = sekisho(
            "user", "add", short_path / "lgwan", "山田太郎", "--zone", "lgwan"
        ).out.strip()
        people: list[str] = []
        while people != [user]:
            ran = sekisho("user", "list", short_path / "internet", "--zone", "internet", "--json")
            people = [each["id"] for each in ran.json]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        while sekisho("audit", "verify", short_path / "relay", "export").code != 0:
            # Both zones have to have signed, which they do within a second or two.
            assert time.monotonic() < deadline
            time.sleep(0.05)

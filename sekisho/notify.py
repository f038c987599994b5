"""Telling systemd the state of a daemon (sd_notify(3)); without systemd, nothing."""

import os
import socket
from contextlib import suppress


def notify_manager(state: str) -> None:
    """Send `state`, such as READY=1, to the service manager that started us, if it listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    # Who does not listen any more is no reason for a daemon to end in another way.
    with (
        suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
    ):
        sock.connect(address)
        sock.sendall(state.encode())


def watchdog_interval_s() -> float | None:
    """Return after how many seconds to say WATCHDOG=1: half of what we are allowed."""
    allowed = os.environ.get("WATCHDOG_USEC")
    meant_for = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not allowed or meant_for != str(os.getpid()):
        return None
    return int(allowed) / 1_000_000 / 2

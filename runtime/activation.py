"""Sockets that systemd has opened for a daemon (sd_listen_fds(3), systemd.socket(5)).

systemd binds the socket file as root, with the owner, group and mode of its unit, and hands the
listening socket over.  So the daemon needs no right on the folder, and whoever connects while
it restarts waits instead of being refused.
"""

import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runtime.settings import SettingsFault

FIRST_DESCRIPTOR: Final = 3
_WORDS: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


@dataclass(slots=True)
class HandedOver:
    """The sockets that were handed over, by the name of their unit (`FileDescriptorName`)."""

    sockets: dict[str, socket.socket] = field(default_factory=dict)

    def take(self, name: str) -> socket.socket | None:
        """Return the socket of that name, once, or None."""
        return self.sockets.pop(name, None)


def receive_sockets(
    known: frozenset[str], environment: MutableMapping[str, str] = os.environ
) -> HandedOver:
    """Return what systemd has handed to this process, and forget it in the environment.

    Raises `SettingsFault` for what is no listening Unix socket, or has a name that is not in
    `known`: a socket at which nobody listens would have its callers wait for ever.
    """
    pid, count, names = (environment.pop(word, "") for word in _WORDS)
    if pid != str(os.getpid()):
        return HandedOver()
    called, found = names.split(":"), HandedOver()
    for number in range(int(count or 0)):
        name = called[number] if number < len(called) else ""
        sock = socket.socket(fileno=FIRST_DESCRIPTOR + number)
        sock.set_inheritable(False)
        if name not in known or name in found.sockets or not _is_listening(sock):
            raise SettingsFault(
                f"systemd hands over {name or 'a socket without a name'}: expected"
                f" FileDescriptorName={' or '.join(sorted(known))}, once, ListenStream=/a/path"
            )
        found.sockets[name] = sock
    return found


def sockets_handed_over(environment: MutableMapping[str, str] = os.environ) -> frozenset[Path]:
    """Return the socket files that systemd has handed to this process: they stay when it ends."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return frozenset()
    found = set[Path]()
    for number in range(int(environment.get("LISTEN_FDS", 0))):
        with socket.socket(fileno=os.dup(FIRST_DESCRIPTOR + number)) as sock:
            if sock.family is socket.AF_UNIX:
                found.add(Path(os.fsdecode(sock.getsockname())))
    return frozenset(found)


def _is_listening(sock: socket.socket) -> bool:
    return (
        sock.family is socket.AF_UNIX
        and sock.type is socket.SOCK_STREAM
        and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
    )

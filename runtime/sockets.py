"""Sockets of this host: bound with just the permissions they need, and who is at the other end."""

import os
import socket
import struct
from contextlib import suppress
from pathlib import Path

from wire.reasons import Unavailable

# A line that is cut without a word: the peer is asked after ten seconds of silence, and given
# up fifteen seconds later; so is one who does not confirm what was sent.
_LIVELINESS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 25_000),
)


def bind_socket(path: Path, mode: int, gid: int | None = None) -> socket.socket:
    """Return a socket bound to `path` with just the permissions `mode`, for the group `gid`.

    Bound under a tight umask, since between bind and chmod anyone could connect; for another
    group than ours it is our own user's alone until the group is right.  Raises `Unavailable`
    where it cannot be made.
    """
    if len(os.fsencode(path)) > 107:  # sun_path has 108 bytes with its NUL
        raise Unavailable(f"the socket path {path} is longer than 107 bytes: choose a shorter one")
    with suppress(OSError):  # bind says what is wrong
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~(mode if gid is None else 0o600))
    try:
        sock.bind(str(path))
        if gid is not None:
            os.chown(path, -1, gid)
            path.chmod(mode)
    except OSError as trouble:
        sock.close()
        raise Unavailable(f"no socket can be made at {path}: {trouble.strerror}") from None
    finally:
        os.umask(before)
    return sock


def peer_credentials(sock: socket.socket) -> tuple[int, int, int]:
    """Return (pid, uid, gid) of the process at the other end of a Unix socket."""
    form = struct.Struct("3i")
    pid, uid, gid = form.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
    return pid, uid, gid


def notice_cuts(sock: socket.socket) -> None:
    """Have the kernel end a TCP connection whose other end is silent: else it stays for hours."""
    if sock.family != socket.AF_UNIX:
        for option in _LIVELINESS:
            sock.setsockopt(*option)

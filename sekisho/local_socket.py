"""Asking a node on this host: HTTP on its Unix sockets, as any frontend does it.

The standard library's client, so that a question costs no import of a server.
"""

import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from wire.reasons import Reason, Refused, Unavailable

TIMEOUT_S: Final = 30.0
# The longest answer of an admin socket: ten thousand holds of a kilobyte.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024

# RFC 9457
PROBLEM_FIELDS: Final = ("code", "title", "detail")


class UnixHTTPConnection(http.client.HTTPConnection):
    """An HTTP connection to a socket file."""

    def __init__(self, path: Path, timeout: float | None = TIMEOUT_S) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect.  Raises `Unavailable` if nobody listens."""
        self.sock = connect(self._path)
        self.sock.settimeout(self.timeout)


def ask_node(
    path: Path, method: str, target: str, body: object = None, *, headers: Mapping[str, str] = {}
) -> Any:
    """Return the JSON that the node at the socket `path` answers; bytes are sent as they are.

    Raises `Refused` for an answer that says no, `Unavailable` for none or one to ask again.
    """
    encoded = body if isinstance(body, bytes | None) else _written(body)
    sent = {"Content-Type": "application/json", **headers} if encoded else dict(headers)
    untrusted = _exchange(path, method, target, encoded, sent)
    return _json(path, untrusted) if untrusted else None


def fetch(path: Path, target: str) -> bytes:
    """Return what the node at the socket `path` answers, as it is.  Raises as `ask` does."""
    return _exchange(path, "GET", target, None, {})


def _exchange(
    path: Path, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
) -> bytes:
    with closing(UnixHTTPConnection(path)) as connection:
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            response = connection.getresponse()
            untrusted = response.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as trouble:
            raise Unavailable(
                f"{path} did not answer: {str(trouble) or type(trouble).__name__}"
            ) from None
    if response.status >= 400:
        raise _trouble(response.status, untrusted)
    return untrusted


def _written(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def ask_line(path: Path) -> Any:
    """Return the one line of JSON that a verify stage says to whoever connects."""
    with closing(connect(path)) as sock:
        sock.settimeout(TIMEOUT_S)
        try:
            with sock.makefile("rb") as file:
                untrusted = file.readline(MAX_ANSWER_BYTES)
        except OSError as trouble:
            raise Unavailable(f"{path} did not answer: {trouble}") from None
    return _json(path, untrusted)


def connect(path: Path) -> socket.socket:
    """Return a socket connected to `path`.  Raises `Unavailable` if nobody listens."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(str(path))
    except OSError as trouble:
        sock.close()
        reason = trouble.strerror or str(trouble)  # too long a path has no errno
        raise Unavailable(f"nothing answers at {path} ({reason}): is it running?") from None
    return sock


def _json(path: Path, untrusted: bytes) -> Any:
    try:
        return json.loads(untrusted)
    except ValueError:
        raise Refused(Reason.MALFORMED, f"{path} did not answer in JSON") from None


def _trouble(status: int, untrusted: bytes) -> Refused | Unavailable:
    """Return what a problem document (RFC 9457) says, as the exception it stands for."""
    try:
        problem = json.loads(untrusted)
    except ValueError:
        problem = None
    words = []
    if isinstance(problem, dict):
        words = [str(problem[name]) for name in PROBLEM_FIELDS if problem.get(name)]
    says = f"status {status}, {': '.join(words)}" if words else f"status {status}"
    if status >= 500 or status == 429:
        return Unavailable(says)
    code = str(problem.get("code")) if isinstance(problem, dict) else ""
    return Refused(Reason(code) if code in {*Reason} else Reason.INVALID, says)

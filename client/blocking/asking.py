"""A session with a zone's local socket API, for programs that are not asynchronous.

With the standard library alone; one connection, so one client for one thread.
"""

import http.client
import json
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from client.errors import Problem, Unreachable

ATTEMPTS = 5
FIRST_PAUSE_S = 0.1
PIECE_BYTES = 256 * 1024
# Longer than a long poll waits.
TIMEOUT_S = 90.0


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


class Asking:
    """A session of one user with a zone, through one frontend.

    Every method raises `Problem` if the server says no, and `Unreachable` if it
    does not answer.  Times are milliseconds since 1970.
    """

    def __init__(self, socket_path: str | Path, token: str, act_as: str | None = None) -> None:
        """`token` is the frontend's, `act_as` the user's id."""
        self._connection = _UnixConnection(str(socket_path))
        self.headers = {"Authorization": f"Bearer {token}"}
        if act_as is not None:
            self.headers["Sekisho-Act-As"] = act_as

    def __enter__(self) -> Self:
        """Connect at the first question."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, *,
        json: object | None = None,  # noqa: A002, RUF100 - as the asynchronous client has it
        data: bytes | None = None, query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None, key: str | None = None,
    ) -> Any:  # fmt: skip
        """Return the JSON answer, None if there is none."""
        sent = self.headers | dict(headers or {})
        if json is not None:
            data = _written(json)
            sent["Content-Type"] = "application/json"
        if method == "POST":
            sent["Idempotency-Key"] = key or secrets.token_hex(16)
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._send(method, path, query, data, sent)
                return _read(response, response.read())
            except Unreachable:
                if attempt == ATTEMPTS:
                    raise
            except Problem as problem:
                if problem.status != 503 or attempt == ATTEMPTS:
                    raise
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the loop returns or raises")

    def _pieces(self, path: str, query: Mapping[str, str | int] | None = None) -> Iterator[bytes]:
        """Yield the bytes at `path` as they come."""
        response = self._send("GET", path, query, None, self.headers)
        if response.status != 200:
            _read(response, response.read())
        while piece := response.read(PIECE_BYTES):
            yield piece

    def _send(
        self, method: str, path: str, query: Mapping[str, str | int] | None, data: bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:  # fmt: skip
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            self._connection.request(method, target, body=data, headers=dict(headers))
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as trouble:
            self._connection.close()
            raise Unreachable(str(trouble) or type(trouble).__name__) from None


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _read(response: http.client.HTTPResponse, untrusted: bytes) -> Any:
    """Return the JSON of an answer, None if it has none, or raise `Problem`."""
    if response.headers.get_content_type() == "application/problem+json":
        raise Problem(json.loads(untrusted))
    if response.status >= 400:
        raise Problem({"code": "internal", "status": response.status, "title": response.reason})
    return json.loads(untrusted) if untrusted else None

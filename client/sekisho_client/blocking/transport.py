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
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from sekisho_client.decoding import decode, decode_items, decode_member, parse
from sekisho_client.errors import Problem, ProblemDocument, Unreachable

T = TypeVar("T")
Query = Mapping[str, str | int]

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


class Transport:
    """A session of one user with a zone, through one frontend.

    Every method raises `Problem` if the server says no, `Unreachable` if it does not
    answer, and `Unexpected` if what it answers is not what its API says.
    """

    def __init__(self, socket_path: str | Path, token: str, act_as: str | None = None) -> None:
        """`token` is the frontend's, `act_as` the user's id."""
        self._connection = _UnixConnection(str(socket_path))
        self._headers = {"Authorization": f"Bearer {token}"}
        if act_as is not None:
            self._headers["Sekisho-Act-As"] = act_as

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

    def _get(self, shape: type[T], path: str, query: Query | None = None) -> T:
        """Return the answer to a question."""
        return decode(self._request("GET", path, query=query), shape)

    def _list(self, shape: type[T], path: str, query: Query | None = None) -> list[T]:
        """Return the `items` of an answer."""
        return decode_items(self._request("GET", path, query=query), shape)

    def _send(
        self, shape: type[T], method: str, path: str, body: object, *, key: str | None = None
    ) -> T:
        """Return the answer to a request with a JSON `body`."""
        return decode(self._request(method, path, json=body, key=key), shape)

    def _make(self, path: str, body: object, key: str | None = None) -> str:
        """Have something made, and return its id."""
        answer = self._request("POST", path, json=body, key=key)
        return decode_member(answer, "id", str)

    def _request(
        self,
        method: str,
        path: str,
        *,
        json: object | None = None,  # noqa: A002, RUF100 - as the asynchronous client has it
        data: bytes | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Any:
        """Return the JSON of the answer, None if it has none."""
        sent = self._headers | dict(headers or {})
        if json is not None:
            data = _written(json)
            sent["Content-Type"] = "application/json"
        if method == "POST":
            sent["Idempotency-Key"] = key or secrets.token_hex(16)
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._exchange(method, path, query, data, sent)
                return _read_answer(response, response.read())
            except Unreachable:
                if attempt == ATTEMPTS:
                    raise
            except Problem as problem:
                if problem.status != 503 or attempt == ATTEMPTS:
                    raise
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the loop returns or raises")

    def _pieces(self, path: str, query: Query | None = None) -> Iterator[bytes]:
        """Yield the bytes at `path` as they come."""
        response = self._exchange("GET", path, query, None, self._headers)
        if response.status != 200:
            _read_answer(response, response.read())
        while piece := response.read(PIECE_BYTES):
            yield piece

    def _exchange(
        self,
        method: str,
        path: str,
        query: Query | None,
        data: bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            self._connection.request(method, target, body=data, headers=dict(headers))
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as trouble:
            self._connection.close()
            raise Unreachable(str(trouble) or type(trouble).__name__) from None


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _read_answer(response: http.client.HTTPResponse, untrusted: bytes) -> Any:
    """Return the JSON of an answer, None if it has none, or raise `Problem`."""
    if response.headers.get_content_type() == "application/problem+json":
        raise Problem(decode(parse(untrusted), ProblemDocument))
    if response.status >= 400:
        title = response.reason
        raise Problem(ProblemDocument(code="internal", status=response.status, title=title))
    return parse(untrusted) if untrusted else None

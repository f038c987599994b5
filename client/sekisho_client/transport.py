"""A session with a zone's local socket API: requests over the Unix socket, answers as types.

A POST carries an Idempotency-Key, so asking again after a broken connection does
nothing twice.
"""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from sekisho_client.decoding import decode, decode_items, decode_member, parse
from sekisho_client.errors import Problem, ProblemDocument, Unreachable

T = TypeVar("T")
Query = Mapping[str, str | int]

ATTEMPTS = 5
FIRST_PAUSE_S = 0.1
CONNECT_TIMEOUT_S = 10.0
PIECE_BYTES = 256 * 1024


class Transport:
    """A session of one user with a zone, through one frontend.

    Every method raises `Problem` if the server says no, `Unreachable` if it does not
    answer, and `Unexpected` if what it answers is not what its API says.
    """

    def __init__(self, socket_path: str | Path, token: str, act_as: str | None = None) -> None:
        """`token` is the frontend's, `act_as` the user's id."""
        self._socket_path = str(socket_path)
        self._headers = {"Authorization": f"Bearer {token}"}
        if act_as is not None:
            self._headers["Sekisho-Act-As"] = act_as
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            base_url="http://localhost",
            connector=aiohttp.UnixConnector(path=self._socket_path, limit=0),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session, for what this class has no method for."""
        if self._session is None:
            raise RuntimeError("use `async with Client(…)`")
        return self._session

    async def _get(self, shape: type[T], path: str, query: Query | None = None) -> T:
        """Return the answer to a question."""
        return decode(await self._request("GET", path, query=query), shape)

    async def _list(self, shape: type[T], path: str, query: Query | None = None) -> list[T]:
        """Return the `items` of an answer."""
        return decode_items(await self._request("GET", path, query=query), shape)

    async def _send(
        self, shape: type[T], method: str, path: str, body: object, *, key: str | None = None
    ) -> T:
        """Return the answer to a request with a JSON `body`."""
        return decode(await self._request(method, path, json=body, key=key), shape)

    async def _make(self, path: str, body: object, key: str | None = None) -> str:
        """Have something made, and return its id."""
        answer = await self._request("POST", path, json=body, key=key)
        return decode_member(answer, "id", str)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        json: object | None = None,
        data: bytes | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Any:
        """Return the JSON of the answer, None if it has none."""
        sent = dict(headers or {})
        if method == "POST":
            sent["Idempotency-Key"] = key or secrets.token_hex(16)
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            # What is read of a `BytesIO` is gone: each attempt has one of its own.
            content = None if data is None else io.BytesIO(data)
            try:
                async with self.session.request(
                    method, path, json=json, data=content, params=query, headers=sent
                ) as response:
                    return await read_answer(response)
            except aiohttp.ClientConnectionError as trouble:
                if attempt == ATTEMPTS:
                    raise Unreachable(str(trouble)) from None
            except Problem as problem:
                if problem.status != 503 or attempt == ATTEMPTS:
                    raise
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("the loop returns or raises")

    async def _pieces(self, path: str, query: Query | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes at `path` as they come."""
        async with self.session.get(path, params=query) as response:
            if response.status != 200:
                await read_answer(response)
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                yield piece


async def read_answer(response: aiohttp.ClientResponse) -> Any:
    """Return the JSON of an answer, None if it has none, or raise `Problem`."""
    untrusted = await response.read()
    if response.content_type == "application/problem+json":
        raise Problem(decode(parse(untrusted), ProblemDocument))
    if response.status >= 400:
        title = response.reason or ""
        raise Problem(ProblemDocument(code="internal", status=response.status, title=title))
    return parse(untrusted) if untrusted else None

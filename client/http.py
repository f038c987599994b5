"""Requests over the Unix socket: one session, problems as exceptions, posts asked again.

A POST carries an Idempotency-Key, so asking again after a broken connection does
nothing twice.
"""

import asyncio
import io
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp

from client.errors import Problem, Unreachable

ATTEMPTS = 5
FIRST_PAUSE_S = 0.1
CONNECT_TIMEOUT_S = 10.0


def open_session(socket_path: str, token: str, act_as: str | None) -> aiohttp.ClientSession:
    """Return a session on the socket at `socket_path`."""
    headers = {"Authorization": f"Bearer {token}"}
    if act_as is not None:
        headers["Sekisho-Act-As"] = act_as
    return aiohttp.ClientSession(
        base_url="http://localhost",
        connector=aiohttp.UnixConnector(path=socket_path, limit=0),
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
    )


async def ask(
    session: aiohttp.ClientSession, method: str, path: str, *,
    json: object | None = None, data: bytes | None = None,
    query: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Any:  # fmt: skip
    """Return the JSON answer, None if there is none.  Raises `Problem` or `Unreachable`."""
    sent = dict(headers or {})
    if method == "POST":
        sent["Idempotency-Key"] = key or secrets.token_hex(16)
    pause = FIRST_PAUSE_S
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with session.request(
                method,
                path,
                json=json,
                data=None if data is None else io.BytesIO(data),
                params=query,
                headers=sent,
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


async def read_answer(response: aiohttp.ClientResponse) -> Any:
    """Return the JSON of an answer, None if it has none, or raise `Problem`."""
    if response.content_type == "application/problem+json":
        raise Problem(await response.json(content_type=None))
    if response.status >= 400:
        raise Problem(
            {"code": "internal", "status": response.status, "title": response.reason or ""}
        )
    return None if response.status == 204 else await response.json()

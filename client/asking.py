"""A session with a zone's local socket API."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from client.http import ask, open_session, read_answer

PIECE_BYTES = 256 * 1024


class Asking:
    """A session of one user with a zone, through one frontend.

    Every method raises `Problem` if the server says no, and `Unreachable` if it
    does not answer.  Times are milliseconds since 1970.
    """

    def __init__(self, socket_path: str | Path, token: str, act_as: str | None = None) -> None:
        """`token` is the frontend's, `act_as` the user's id."""
        self._socket_path = str(socket_path)
        self._token = token
        self._act_as = act_as
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = open_session(self._socket_path, self._token, self._act_as)
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

    async def _ask(self, method: str, path: str, **how: Any) -> Any:
        return await ask(self.session, method, path, **how)

    async def _pieces(
        self, path: str, query: Mapping[str, str | int] | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes at `path` as they come."""
        async with self.session.get(path, params=query) as response:
            if response.status != 200:
                await read_answer(response)
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                yield piece

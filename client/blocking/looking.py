# Made of client/looking.py by tests/client/make_blocking.py; change that one.
"""Where to start, what comes next, and what was said."""

from typing import cast

from client.blocking.asking import Asking
from client.views import EventBatch, Results, Snapshot


class Looking(Asking):
    """Search, snapshot and the log."""

    def search(
        self, q: str = "", *, room: str | None = None, author: str | None = None,
        next: str | None = None, **more: str | int,  # noqa: A002 - its name in the API
    ) -> Results:  # fmt: skip
        """Return what was said that has the words `q`, newest first, and names of files.

        `more` may be `since`, `until`, `has="file"`, `type` and `limit`.
        """
        given: dict[str, str | int | None] = {
            "q": q, "room": room, "author": author, "next": next, **more
        }  # fmt: skip
        query: dict[str, str | int] = {k: v for k, v in given.items() if v is not None}
        return cast(Results, self._ask("GET", "/v1/search", query=query))

    def snapshot(self) -> Snapshot:
        """Return all that one needs to start with."""
        return cast(Snapshot, self._ask("GET", "/v1/snapshot"))

    def poll(self, since: str, *, wait: int = 30) -> EventBatch:
        """Return events behind a cursor, waiting up to `wait` seconds for one."""
        query: dict[str, str | int] = {"since": since, "wait": wait}
        return cast(EventBatch, self._ask("GET", "/v1/events", query=query))

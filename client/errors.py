"""The two ways for a call not to work."""

from typing import Any


class Problem(Exception):
    """The server said no (RFC 9457).  `code` is stable; `title` is for people."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Take the problem document apart."""
        super().__init__(f"{document['code']}: {document.get('detail') or document['title']}")
        self.code: str = document["code"]
        self.status: int = document["status"]
        self.title: str = document["title"]
        self.detail: str | None = document.get("detail")
        self.errors: list[dict[str, str]] = document.get("errors", [])
        self.retry_after: int | None = document.get("retry_after")


class Unreachable(Exception):
    """The server does not answer.  What was asked may or may not have been done: ask again."""

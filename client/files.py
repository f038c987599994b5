"""Files, up and down."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Literal, cast
from urllib.parse import quote

from client.asking import Asking
from client.views import (
    File,
)


class Files(Asking):
    """Files."""

    async def upload(
        self, name: str, content: bytes, *, media: str = "application/octet-stream",
        password: str = "", key: str | None = None,
    ) -> File:  # fmt: skip
        """Upload a file, to be named in a message.  `password` lets the relay open it."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": media}
        if password:
            headers["Sekisho-File-Password"] = quote(password, safe="")
        answer = await self._ask(
            "POST", "/v1/files", query={"name": name}, data=content, headers=headers, key=key
        )
        return cast(File, answer)

    async def file(self, file: str) -> File:
        """Return where a file stands."""
        return cast(File, await self._ask("GET", f"/v1/files/{file}"))

    async def download(self, file: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes."""
        async for piece in self._pieces(f"/v1/files/{file}/content"):
            yield piece

    async def thumbnail(self, file: str, size: Literal[256, 1024] = 256) -> bytes:
        """Return a picture, or the first page of a PDF, as a small JPEG."""
        pieces = self._pieces(f"/v1/files/{file}/thumbnail", {"size": size})
        return b"".join([piece async for piece in pieces])

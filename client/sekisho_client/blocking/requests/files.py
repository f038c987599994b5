# Made of sekisho_client/requests/files.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of files: up and down."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

from sekisho_client.blocking.transport import Transport
from sekisho_client.decoding import decode
from sekisho_client.messages import File, RoomFiles


class FileRequests(Transport):
    """Files."""

    def upload(
        self,
        name: str,
        content: bytes,
        *,
        media: str = "application/octet-stream",
        password: str = "",
        key: str | None = None,
    ) -> File:
        """Upload a file, to be named in a message.  `password` lets the relay open it."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": media}
        if password:
            headers["Sekisho-File-Password"] = quote(password, safe="")
        answer = self._request(
            "POST", "/v1/files", query={"name": name}, data=content, headers=headers, key=key
        )
        return decode(answer, File)

    def room_files(self, room: str, *, limit: int = 50, after: str | None = None) -> RoomFiles:
        """Return a page of a room's files, the latest first, or what follows a page's `next`."""
        query: dict[str, str | int] = {"limit": limit} | ({} if after is None else {"next": after})
        return self._get(RoomFiles, f"/v1/rooms/{room}/files", query)

    def file(self, file: str) -> File:
        """Return where a file stands."""
        return self._get(File, f"/v1/files/{file}")

    def download(self, file: str) -> Iterator[bytes]:
        """Yield a file's bytes."""
        yield from self._pieces(f"/v1/files/{file}/content")

    def thumbnail(self, file: str, size: Literal[256, 1024] = 256) -> bytes:
        """Return a picture, or the first page of a PDF, as a small JPEG."""
        pieces = self._pieces(f"/v1/files/{file}/thumbnail", {"size": size})
        return b"".join(list(pieces))

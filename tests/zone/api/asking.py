"""Asking over a Unix socket without the client: whole requests, halves of them, odd ones."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multidict import CIMultiDict


@dataclass
class Answer:
    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a request as bytes."""
    lines = {"Host": "localhost", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value != "-")
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def ask(
    socket: Path, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    """Send a request and return what comes back."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(request(method, path, {"Connection": "close", **headers}, body))
        return parse(await reader.read())
    finally:
        writer.close()


def parse(raw: bytes) -> Answer:
    """Take an answer apart."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = CIMultiDict[str]()
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name] = value
    return Answer(int(first.split()[1]), headers, body)


def signed_in(token: str, uid: str, **more: str) -> dict[str, str]:
    """Return the headers of a frontend that asks for a user."""
    return {"Authorization": f"Bearer {token}", "Sekisho-Act-As": uid, **more}

"""Bytes that come in: what a file may be called, how much room there is, how fast they come.

Shared by the two ways to upload: in one piece (zone/api/resources/files.py) and in any number
of them (zone/api/resources/uploads.py).
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import unquote

from aiohttp import web

from wire.fields import MAX_PASSWORD
from wire.ids import FILE
from wire.reasons import Reason, Refused, Unavailable
from zone.api.http.route import Header
from zone.copy import files, uploads
from zone.copy.views import FileView
from zone.settings import RequestLimits
from zone.store.writing import Writing

# One write per megabyte: hashing it takes 3 ms, on a thread of its own.
PIECE_BYTES = 1024 * 1024
# 64 kbit/s, the slowest line a municipality is known to keep as a spare, and a start.
SLOWEST_BYTES_S, PATIENCE_S = 8 * 1024, 10.0

HEADERS: Mapping[str, Header] = {
    "Sekisho-File-Password": Header(
        "What opens the file: UTF-8, percent-encoded, up to 255 characters. "
        "The relay alone gets it; it is forgotten once the file's outcome is known"
    ),
}

_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")


def file_name(untrusted: str) -> str:
    """Return a file's name, or refuse one that is a path or cannot be shown."""
    if not untrusted.isprintable() or "/" in untrusted or "\\" in untrusted:
        raise Refused(Reason.INVALID, "a file's name is printable and no path")
    return untrusted


def file_media(untrusted: str) -> str:
    """Return what a file is said to be, or that nobody knows."""
    return untrusted if _MEDIA.fullmatch(untrusted) else "application/octet-stream"


def password_of(request: web.Request) -> str | None:
    """Return what is to open the file: UTF-8, percent-encoded, since a header is ASCII."""
    encoded = request.headers.get("Sekisho-File-Password", "")
    try:
        password = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise Refused(Reason.INVALID, "Sekisho-File-Password: not UTF-8") from None
    if len(password) > MAX_PASSWORD or not password.isprintable():
        raise Refused(Reason.INVALID, "Sekisho-File-Password: too long, or not to be typed")
    return password or None


def demand_space(db: sqlite3.Connection, limits: RequestLimits, size: int) -> None:
    """Refuse a file of `size` bytes that is too large, or for which there is no room."""
    if size > limits.file_bytes:
        raise Refused(Reason.TOO_LARGE, f"a file of more than {limits.file_bytes} bytes")
    if files.total_bytes(db) + uploads.reserved_bytes(db) + size > limits.blob_bytes:
        raise Unavailable("no space is left for files")


def stored(
    writing: Writing,
    *,
    uploader: str,
    name: str,
    media: str,
    size: int,
    sha256: str,
    password: str | None,
) -> FileView:
    """Keep the row of a file whose bytes are here.  It is the uploader's until they post it."""
    fid = writing.mint(FILE, writing.now)
    files.put(
        writing.db,
        fid=fid,
        uploader=uploader,
        name=name,
        media=media,
        size=size,
        sha256=sha256,
        password=password,
        at=writing.now,
    )
    return files.of_name(writing.db, fid)


async def pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body in large pieces, as long as it comes at a bearable pace."""
    started_at, received, gathered = time.monotonic(), 0, bytearray()
    while not request.content.at_eof():
        due_at = started_at + PATIENCE_S + received / SLOWEST_BYTES_S
        try:
            async with asyncio.timeout(due_at - time.monotonic()):
                chunk = await request.content.readany()
        except TimeoutError:
            raise Refused(Reason.TOO_SLOW, "the file did not come in time") from None
        received += len(chunk)
        gathered += chunk
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)

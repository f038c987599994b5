"""Bytes that go out: whole or in part, and not at all to whoever has them (RFC 9110).

Never opened here.  A file's bytes do not change, so its SHA-256 is its ETag.
"""

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import structlog
from aiohttp import web

from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest
from zone.api.http.open_requests import Objection, OpenRequest, RightEnded
from zone.api.http.problems import WithStatus
from zone.api.http.route import Header

PIECE_BYTES = 256 * 1024
# 4 KiB/s for a piece: a phone at the edge of its cell.  Who takes longer has gone away.
SEND_TIMEOUT_S = 60.0

logger = structlog.get_logger()

# What may be asked of the bytes of a file, and what is said of them.
ASKED: Mapping[str, Header] = {
    "Range": Header("One part, in bytes from 0, the last one included: bytes=0-1023 (RFC 9110)"),
    "If-Range": Header('The part only of this ETag, else the whole: "…"'),
    "If-None-Match": Header("304 if the bytes are of one of these ETags"),
    "If-Match": Header("412 unless the bytes are of one of these ETags"),
}
ANSWERED: Mapping[str, Header] = {
    "ETag": Header("Names these bytes: they never change under it", '^"[0-9a-f]{64}(-[0-9]+)?"$'),
    "Accept-Ranges": Header("Parts can be asked for", "^bytes$"),
    "Content-Range": Header("Which part it is, of how many bytes", "^bytes [0-9]+-[0-9]+/[0-9]+$"),
    "Content-Disposition": Header("That it is to be kept and not shown, and its name"),
}

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def send(
    asked: ApiRequest,
    path: Path,
    tag: str,
    headers: Mapping[str, str],
    also: Objection = lambda: None,
) -> web.StreamResponse:
    """Answer with the bytes in `path`, or the part of them that is asked for.

    They end where the asker's right ends, or there is an objection `also`: the connection is cut
    before all is there, and whoever asks again is told why.
    """
    request = asked.http
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        raise Refused(Reason.CONFLICT, "the file is not here any more") from None
    with file:
        size = os.fstat(file.fileno()).st_size
        head = {**headers, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
        if _has_it(request, tag):
            return web.Response(status=304, headers=head)
        part = _part(request, tag, size)
        if part is not None:
            head["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        response = web.StreamResponse(status=200 if part is None else 206, headers=head)
        wanted = range(size) if part is None else part
        response.content_length = len(wanted)
        await response.prepare(request)
        if request.method != "HEAD":
            try:
                with asked.while_entitled(also=also) as hold:
                    await _write(request, response, file, wanted, hold)
            except RightEnded as end:
                logger.info("download.ended", reason=end.reason, frontend=asked.frontend.id)
                _cut_off(request)
    return response


def _has_it(request: web.Request, tag: str) -> bool:
    """Return whether the asker has these very bytes; refuse an asker who wants only others."""
    if request.if_match is not None and not any(
        one.value in (tag, "*") and not one.is_weak for one in request.if_match
    ):
        raise WithStatus(412, Reason.CONFLICT, "the file is another than If-Match names")
    return any(one.value in (tag, "*") for one in request.if_none_match or ())


def _part(request: web.Request, tag: str, size: int) -> range | None:
    """Return the one part that is asked for; None for the whole, which answers all else."""
    said = _RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or said is None or said[0] == "bytes=-":
        return None
    if request.headers.get("If-Range", f'"{tag}"') != f'"{tag}"':
        return None
    first, last = said[1], said[2]
    if not first:
        part = range(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None
    else:
        part = range(int(first), min(int(last) + 1, size) if last else size)
    if not part:
        unmet = {"Content-Range": f"bytes */{size}"}
        raise WithStatus(416, Reason.INVALID, f"the file has {size} bytes", headers=unmet)
    return part


async def _write(
    request: web.Request,
    response: web.StreamResponse,
    file: BinaryIO,
    wanted: range,
    hold: OpenRequest,
) -> None:
    for at in wanted[::PIECE_BYTES]:
        count = min(PIECE_BYTES, wanted.stop - at)
        piece = await asyncio.to_thread(os.pread, file.fileno(), count, at)
        hold.demand()
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await response.write(piece)
        except TimeoutError:
            _cut_off(request)
            return


def _cut_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def attachment_header(name: str, media: str) -> dict[str, str]:
    """Return what keeps a browser from opening a file (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return {
        "Content-Type": media or "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
        + quote(name, safe=""),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }

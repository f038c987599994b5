"""Routes of uploads in pieces: tus 1.0 (https://tus.io/protocols/resumable-upload).

Core, creation, creation-with-upload, checksum, expiration, termination.  What is
here of an upload, and when it is a file, is in zone/copy/uploads.py.
"""

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from wire.reasons import Reason, Refused, Unavailable
from zone.api.http import receiving
from zone.api.http.api_request import ApiRequest, read_body
from zone.api.http.gate import answer_trouble
from zone.api.http.problems import WithStatus
from zone.api.http.tus import (
    CHECKSUMS,
    EXTENSIONS,
    PIECE_TYPE,
    VERSION,
    checksum_of,
    demand_version,
    length_of,
    metadata_of,
    offset_of,
)
from zone.conversation.actor import Actor
from zone.copy import uploads
from zone.copy.uploads import UPLOAD, Part, Upload
from zone.store.writing import Writing

# What a power cut or a SIGKILL may cost a client: so much it sends again.
SETTLE_BYTES = 4 * 1024 * 1024

BUSY: web.AppKey[set[str]] = web.AppKey("uploads that are being written to", set)


class UploadView(Struct, frozen=True):
    """An upload: `offset` of `size` bytes are here; `file` is what it became, once it is whole."""

    id: str
    name: str
    media: str
    size: int
    offset: int
    expires_at: int
    file: str | None


Endpoint = Callable[[ApiRequest], Awaitable[web.Response]]


def _tus(endpoint: Endpoint) -> Endpoint:
    """Have an endpoint speak tus: its version in every answer, problems included."""

    @functools.wraps(endpoint)
    async def speak(request: ApiRequest) -> web.Response:
        try:
            if request.http.method != "OPTIONS":
                demand_version(request.http)
            response = await endpoint(request)
        except (Refused, Unavailable) as trouble:
            response = answer_trouble(request.http, trouble)
        response.headers["Tus-Resumable"] = VERSION
        return response

    return speak


@_tus
async def get_upload_options(request: ApiRequest) -> web.Response:
    """Return what of tus is spoken here."""
    return web.Response(
        status=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(request.context.settings.limits.file_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


@_tus
async def create_upload(request: ApiRequest) -> web.Response:
    """Begin an upload, and take in what comes with it."""
    http, limits = request.http, request.context.settings.limits
    said = metadata_of(http)
    size, password = length_of(http), receiving.password_of(http)
    name, media = receiving.file_name(said.filename), receiving.file_media(said.filetype)

    def work(actor: Actor) -> UploadView:
        writing = actor.writing
        receiving.demand_space(writing.db, limits, size)
        upload = Upload(
            writing.mint(UPLOAD, writing.now),
            actor.who.uid,
            name,
            media,
            size,
            0,
            said.text,
            password,
            None,
            writing.now,
        )
        uploads.put(writing.db, upload, limit=limits.user_uploads)
        return _view(upload)

    response = await request.write_once(work, status=201, question=f"{size} {said.text}".encode())
    created = read_body(_body_of(response), UploadView)
    upload = await _find(request, created.id)
    if upload.offset == 0 and (size == 0 or http.content_type == PIECE_TYPE):
        upload = await _take_in(request, upload)
    response.headers.update(_headers(upload) | {"Location": f"/v1/uploads/{upload.id}"})
    return response


def _body_of(response: web.Response) -> bytes:
    body = response.body
    return body if isinstance(body, bytes) else b""


@_tus
async def head_upload(request: ApiRequest) -> web.Response:
    """Return how much of an upload is here, and which file it became."""
    upload = await _seen(request)
    if upload.offset == upload.size and upload.fid is None:
        with _alone(request, upload):
            upload = await _finish(request, upload)
    headers = _headers(upload) | {"Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return web.Response(headers=headers)


@_tus
async def patch_upload(request: ApiRequest) -> web.Response:
    """Take in the next bytes of an upload."""
    if request.http.content_type != PIECE_TYPE:
        raise WithStatus(415, Reason.UNSUPPORTED, f"Content-Type: {PIECE_TYPE}")
    offset, upload = offset_of(request.http), await _seen(request)
    if offset != upload.offset:
        raise Refused(Reason.CONFLICT, f"the next byte is number {upload.offset}")
    if upload.fid is None:
        upload = await _take_in(request, upload)
    return web.Response(status=204, headers=_headers(upload))


@_tus
async def delete_upload(request: ApiRequest) -> web.Response:
    """Give an upload up.  A file that it became stays."""
    upload = await _seen(request)

    def work(writing: Writing) -> None:
        uploads.remove(writing.db, upload.id)
        writing.orphans.append(uploads.part_name(upload.id))

    with _alone(request, upload):
        await request.context.store.write(work)
    return web.Response(status=204)


async def post_upload(request: ApiRequest) -> web.Response:
    """Do what X-HTTP-Method-Override says, for clients that know neither PATCH nor DELETE."""
    meant = request.http.headers.get("X-HTTP-Method-Override", "").upper()
    if meant not in _OVERRIDES:
        raise Refused(Reason.UNSUPPORTED, "X-HTTP-Method-Override: PATCH or DELETE")
    return await _OVERRIDES[meant](request)


_OVERRIDES = {"PATCH": patch_upload, "DELETE": delete_upload}


async def _seen(request: ApiRequest) -> Upload:
    """Return the upload that the path names, if it is the caller's own and not past its time."""
    upload = await _find(request, request.id(UPLOAD, "upload"))
    if upload.uploader != request.who.uid or upload.expires_at < request.context.clock():
        raise Refused(Reason.NOT_FOUND)
    return upload


async def _find(request: ApiRequest, name: str) -> Upload:
    store = request.context.store
    upload = await store.read(lambda db: uploads.find(db, name))
    if upload is None:
        raise Refused(Reason.NOT_FOUND)
    return upload if upload.fid else uploads.on_disk(store.blobs, upload)


@contextmanager
def _alone(request: ApiRequest, upload: Upload) -> Iterator[None]:
    """Let nobody else write to an upload.  A client that was cut off may come back too early."""
    busy = request.http.app[BUSY]
    if upload.id in busy:
        raise Unavailable("another request is writing to this upload")
    busy.add(upload.id)
    try:
        yield
    finally:
        busy.discard(upload.id)


async def _take_in(request: ApiRequest, upload: Upload) -> Upload:
    """Write the body behind what is here; if it is whole then, make it a file."""
    with _alone(request, upload):
        part = await asyncio.to_thread(Part, request.context.store.blobs, upload)
        try:
            await _write(request, upload, part)
        finally:
            await asyncio.to_thread(part.close)
        upload = replace(upload, offset=part.settled)
        return await _finish(request, upload) if upload.offset == upload.size else upload


async def _write(request: ApiRequest, upload: Upload, part: Part) -> None:
    """Write the body to `part`: with a checksum all of it or nothing, else as far as it comes."""
    claimed = checksum_of(request.http)
    found = hashlib.new(claimed.algorithm, usedforsecurity=False) if claimed else None
    try:
        with request.while_entitled() as hold:
            async for piece in receiving.pieces(request.http):
                hold.demand()
                await asyncio.to_thread(part.write, piece)
                if found:
                    found.update(piece)
                elif part.offset - part.settled >= SETTLE_BYTES:
                    await _settle(request, upload, part)
    except BaseException:
        if not claimed:  # whoever was cut off goes on from here
            await _settle(request, upload, part)
        raise
    if claimed and found and found.digest() != claimed.digest:
        raise WithStatus(460, Reason.WRONG_HASH, "the body is not what Upload-Checksum says")
    await _settle(request, upload, part)


async def _settle(request: ApiRequest, upload: Upload, part: Part) -> None:
    offset = await asyncio.to_thread(part.settle)
    await request.context.store.write(lambda w: uploads.advance(w.db, upload.id, offset))


async def _finish(request: ApiRequest, upload: Upload) -> Upload:
    """Make a whole upload a file."""
    store = request.context.store
    sha256 = await asyncio.to_thread(uploads.hash_of, store.blobs, upload)

    def work(writing: Writing) -> Upload:
        made = receiving.stored(
            writing,
            uploader=upload.uploader,
            name=upload.name,
            media=upload.media,
            size=upload.size,
            sha256=sha256,
            password=upload.password,
        )
        uploads.finish(writing.db, upload.id, made.id)
        writing.orphans.append(uploads.part_name(upload.id))
        return replace(upload, fid=made.id)

    store.keeping[sha256] += 1
    try:
        await asyncio.to_thread(uploads.keep, store.blobs, upload, sha256)
        return await store.write(work)
    finally:
        store.keeping[sha256] -= 1


def _view(upload: Upload) -> UploadView:
    return UploadView(
        upload.id,
        upload.name,
        upload.media,
        upload.size,
        upload.offset,
        upload.expires_at,
        upload.fid,
    )


def _headers(upload: Upload) -> dict[str, str]:
    """Return where an upload stands, as tus says it."""
    expires = formatdate(upload.expires_at / 1000, usegmt=True)
    headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": expires}
    return headers | ({"Sekisho-File": upload.fid} if upload.fid else {})

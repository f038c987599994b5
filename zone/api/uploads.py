"""Routes of uploads in pieces: tus 1.0 (https://tus.io/protocols/resumable-upload).

Core, creation, creation-with-upload, checksum, expiration, termination.  What is
here of an upload, and when it is a file, is in zone/uploads.py.
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
from zone import uploads
from zone.api import receiving
from zone.api.call import Call, read_form
from zone.api.gate import answer_trouble
from zone.api.problems import WithStatus
from zone.api.tus import (
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
from zone.conversation.acting import Acting
from zone.uploads import UPLOAD, Part, Upload
from zone.writing import Writing

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


Endpoint = Callable[[Call], Awaitable[web.Response]]


def _tus(endpoint: Endpoint) -> Endpoint:
    """Have an endpoint speak tus: its version in every answer, problems included."""

    @functools.wraps(endpoint)
    async def speak(call: Call) -> web.Response:
        try:
            if call.request.method != "OPTIONS":
                demand_version(call.request)
            response = await endpoint(call)
        except (Refused, Unavailable) as trouble:
            response = answer_trouble(call.request, trouble)
        response.headers["Tus-Resumable"] = VERSION
        return response

    return speak


@_tus
async def get_upload_options(call: Call) -> web.Response:
    """Return what of tus is spoken here."""
    return web.Response(
        status=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(call.context.settings.limits.file_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


@_tus
async def create_upload(call: Call) -> web.Response:
    """Begin an upload, and take in what comes with it."""
    request, limits = call.request, call.context.settings.limits
    said = metadata_of(request)
    size, password = length_of(request), receiving.password_of(request)
    name, media = receiving.file_name(said.filename), receiving.file_media(said.filetype)

    def work(acting: Acting) -> UploadView:
        writing = acting.writing
        receiving.demand_space(writing.db, limits, size)
        upload = Upload(
            writing.mint(UPLOAD, writing.now), acting.who.uid, name, media, size, 0, said.text,
            password, None, writing.now,
        )  # fmt: skip
        uploads.put(writing.db, upload, limit=limits.user_uploads)
        return _view(upload)

    response = await call.write_once(work, status=201, question=f"{size} {said.text}".encode())
    created = read_form(_body_of(response), UploadView)
    upload = await _find(call, created.id)
    if upload.offset == 0 and (size == 0 or request.content_type == PIECE_TYPE):
        upload = await _take_in(call, upload)
    response.headers.update(_headers(upload) | {"Location": f"/v1/uploads/{upload.id}"})
    return response


def _body_of(response: web.Response) -> bytes:
    body = response.body
    return body if isinstance(body, bytes) else b""


@_tus
async def head_upload(call: Call) -> web.Response:
    """Return how much of an upload is here, and which file it became."""
    upload = await _seen(call)
    if upload.offset == upload.size and upload.fid is None:
        with _alone(call, upload):
            upload = await _finish(call, upload)
    headers = _headers(upload) | {"Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return web.Response(headers=headers)


@_tus
async def patch_upload(call: Call) -> web.Response:
    """Take in the next bytes of an upload."""
    if call.request.content_type != PIECE_TYPE:
        raise WithStatus(415, Reason.UNSUPPORTED, f"Content-Type: {PIECE_TYPE}")
    offset, upload = offset_of(call.request), await _seen(call)
    if offset != upload.offset:
        raise Refused(Reason.CONFLICT, f"the next byte is number {upload.offset}")
    if upload.fid is None:
        upload = await _take_in(call, upload)
    return web.Response(status=204, headers=_headers(upload))


@_tus
async def delete_upload(call: Call) -> web.Response:
    """Give an upload up.  A file that it became stays."""
    upload = await _seen(call)

    def work(writing: Writing) -> None:
        uploads.remove(writing.db, upload.id)
        writing.orphans.append(uploads.part_name(upload.id))

    with _alone(call, upload):
        await call.context.store.write(work)
    return web.Response(status=204)


async def post_upload(call: Call) -> web.Response:
    """Do what X-HTTP-Method-Override says, for clients that know neither PATCH nor DELETE."""
    meant = call.request.headers.get("X-HTTP-Method-Override", "").upper()
    if meant not in _OVERRIDES:
        raise Refused(Reason.UNSUPPORTED, "X-HTTP-Method-Override: PATCH or DELETE")
    return await _OVERRIDES[meant](call)


_OVERRIDES = {"PATCH": patch_upload, "DELETE": delete_upload}


async def _seen(call: Call) -> Upload:
    """Return the upload that the path names, if it is the caller's own and not past its time."""
    upload = await _find(call, call.id(UPLOAD, "upload"))
    if upload.uploader != call.who.uid or upload.expires_at < call.context.clock():
        raise Refused(Reason.NOT_FOUND)
    return upload


async def _find(call: Call, name: str) -> Upload:
    store = call.context.store
    upload = await store.read(lambda db: uploads.find(db, name))
    if upload is None:
        raise Refused(Reason.NOT_FOUND)
    return upload if upload.fid else uploads.on_disk(store.blobs, upload)


@contextmanager
def _alone(call: Call, upload: Upload) -> Iterator[None]:
    """Let nobody else write to an upload.  A client that was cut off may come back too early."""
    busy = call.request.app[BUSY]
    if upload.id in busy:
        raise Unavailable("another request is writing to this upload")
    busy.add(upload.id)
    try:
        yield
    finally:
        busy.discard(upload.id)


async def _take_in(call: Call, upload: Upload) -> Upload:
    """Write the body behind what is here; if it is whole then, make it a file."""
    with _alone(call, upload):
        part = await asyncio.to_thread(Part, call.context.store.blobs, upload)
        try:
            await _write(call, upload, part)
        finally:
            await asyncio.to_thread(part.close)
        upload = replace(upload, offset=part.settled)
        return await _finish(call, upload) if upload.offset == upload.size else upload


async def _write(call: Call, upload: Upload, part: Part) -> None:
    """Write the body to `part`: with a checksum all of it or nothing, else as far as it comes."""
    claimed = checksum_of(call.request)
    found = hashlib.new(claimed.algorithm, usedforsecurity=False) if claimed else None
    try:
        async for piece in receiving.pieces(call.request):
            await asyncio.to_thread(part.write, piece)
            if found:
                found.update(piece)
            elif part.offset - part.settled >= SETTLE_BYTES:
                await _settle(call, upload, part)
    except BaseException:
        if not claimed:  # whoever was cut off goes on from here
            await _settle(call, upload, part)
        raise
    if claimed and found and found.digest() != claimed.digest:
        raise WithStatus(460, Reason.WRONG_HASH, "the body is not what Upload-Checksum says")
    await _settle(call, upload, part)


async def _settle(call: Call, upload: Upload, part: Part) -> None:
    offset = await asyncio.to_thread(part.settle)
    await call.context.store.write(lambda w: uploads.advance(w.db, upload.id, offset))


async def _finish(call: Call, upload: Upload) -> Upload:
    """Make a whole upload a file."""
    store = call.context.store
    sha256 = await asyncio.to_thread(uploads.hash_of, store.blobs, upload)

    def work(writing: Writing) -> Upload:
        made = receiving.stored(
            writing, uploader=upload.uploader, name=upload.name, media=upload.media,
            size=upload.size, sha256=sha256, password=upload.password,
        )  # fmt: skip
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
        upload.id, upload.name, upload.media, upload.size, upload.offset, upload.expires_at,
        upload.fid,
    )  # fmt: skip


def _headers(upload: Upload) -> dict[str, str]:
    """Return where an upload stands, as tus says it."""
    expires = formatdate(upload.expires_at / 1000, usegmt=True)
    headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": expires}
    return headers | ({"Sekisho-File": upload.fid} if upload.fid else {})

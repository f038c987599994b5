"""Routes of files: up in one piece with its digest, and down again.  Never opened here."""

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping

from aiohttp import web

from wire.ids import FILE
from wire.reasons import Reason, Refused
from zone.api.http import downloads, receiving
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.http.downloads import attachment_header
from zone.api.http.route import Header
from zone.api.resources.request_bodies import RoomFilesQuery, ThumbnailQuery, UploadQuery
from zone.api.resources.rooms import seen_room
from zone.conversation import timeline
from zone.conversation.actor import Actor
from zone.conversation.timeline import FileFound
from zone.copy import blobs, files
from zone.copy.room_files import FilesSpan, files_of_room
from zone.copy.thumbnails import MEDIA, Thumbnails
from zone.copy.views import FileView
from zone.store.notifications import tell_file
from zone.store.store import ZoneStore
from zone.store.writing import Writing

THUMBNAILS: web.AppKey[Thumbnails] = web.AppKey("thumbnails", Thumbnails)

UPLOAD_HEADERS: Mapping[str, Header] = {
    "Content-Digest": Header("SHA-256 of the body (RFC 9530): sha-256=:…:", required=True),
    **receiving.HEADERS,
}

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
# States in which the bytes are not here.  In the others they are: the original where it was
# uploaded, else what was rebuilt.
_ON_THEIR_WAY = frozenset({"cleaning", "arriving", "withdrawn"})


async def upload_file(request: ApiRequest) -> web.Response:
    """Take in a file for a message to come.  It is the uploader's until they post it."""
    http, limits = request.http, request.context.settings.limits
    name = receiving.file_name(request.query(UploadQuery).name)
    media = receiving.file_media(http.content_type)
    digest, password = _content_digest(http), receiving.password_of(http)
    size = http.content_length or 0
    await request.context.store.read(lambda db: receiving.demand_space(db, limits, size))
    draft = await _receive(request, digest)
    sha256, keeping = digest.hex(), request.context.store.keeping

    def work(actor: Actor) -> FileView:
        return receiving.stored(
            actor.writing,
            uploader=actor.who.uid,
            name=name,
            media=media,
            size=draft.size,
            sha256=sha256,
            password=password,
        )

    # Without the password: a hash of it would be kept, and tell who has a list of likely ones.
    question = digest + f"{name}\n{media}".encode()
    # The bytes come first and the row behind them: meanwhile nobody may think them orphaned.
    keeping[sha256] += 1
    try:
        await asyncio.to_thread(draft.keep)
        return await request.write_once(work, status=201, question=question, place="/v1/files")
    finally:
        keeping[sha256] -= 1


def _content_digest(request: web.Request) -> bytes:
    """Return the SHA-256 that the request claims (RFC 9530)."""
    found = _DIGEST.search(request.headers.get("Content-Digest", ""))
    try:
        return base64.b64decode(found[1], validate=True) if found else _refuse_digest()
    except binascii.Error:
        return _refuse_digest()


def _refuse_digest() -> bytes:
    raise Refused(Reason.INVALID, "Content-Digest: sha-256=:…: is missing (RFC 9530)")


async def _receive(request: ApiRequest, digest: bytes) -> blobs.BlobDraft:
    """Write the body to the disk and return it, once it is what the request says it is."""
    draft = blobs.BlobDraft(
        request.context.store.blobs, limit=request.context.settings.limits.file_bytes
    )
    try:
        with request.while_entitled() as hold:
            async for piece in receiving.pieces(request.http):
                hold.demand()
                await asyncio.to_thread(draft.write, piece)
        if draft.sha256 != digest:
            raise Refused(Reason.WRONG_HASH, "the body is not what Content-Digest says")
    except BaseException:
        draft.discard()
        raise
    return draft


async def get_file(request: ApiRequest) -> web.Response:
    """Return the state of a file, and what was taken out of it."""
    return json_response((await seen_file(request)).view)


async def list_room_files(request: ApiRequest) -> web.Response:
    """Return a page of the files that were said in a room, the latest first."""
    query, room = request.query(RoomFilesQuery), seen_room(request).id
    directory, now = request.context.store.directory, request.context.clock()
    since = directory.since(request.who.uid, room, now=now) or 0
    span = FilesSpan(query.limit, since, query.next)
    return json_response(await request.context.store.read(lambda db: files_of_room(db, room, span)))


async def seen_file(request: ApiRequest) -> FileFound:
    """Return a file that is the asker's own, or that of a message they see."""
    fid = request.id(FILE, "file")
    found = await request.context.store.read(lambda db: timeline.file(db, fid))
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    if (objection := _hidden(request, found)) is not None:
        raise objection
    return found


def _hidden(request: ApiRequest, found: FileFound) -> Refused | None:
    """Return why a file is not for the asker, as things stand, or None."""
    if found.place is None:
        is_seen = found.uploader == request.who.uid
    else:
        room = found.place.room  # a broadcast has none, and no files
        is_seen = room is not None and request.sees(room, found.place.at)
    return None if is_seen else Refused(Reason.NOT_FOUND)


async def get_content(request: ApiRequest) -> web.StreamResponse:
    """Return a file's bytes, or part of them, to be kept and not shown."""
    found = await seen_file(request)
    view = found.view
    path = blobs.path_of(request.context.store.blobs, sha256_of(view))
    return await downloads.send(
        request,
        path,
        path.name,
        attachment_header(view.name, view.media),
        lambda: _hidden(request, found),
    )


def sha256_of(view: FileView) -> str:
    """Return under which hash a file's bytes are here, or refuse."""
    if view.sha256 is None or view.state in _ON_THEIR_WAY:
        raise Refused(Reason.CONFLICT, f"there is nothing to download: the file is {view.state}")
    return view.sha256


async def keep_size(store: ZoneStore, sha256: str, pixels: tuple[int, int]) -> None:
    """Keep what a picture was measured to have while its thumbnail was drawn, and tell of it."""

    def work(writing: Writing) -> None:
        for message, fid in files.measured(writing.db, sha256, pixels):
            tell_file(writing, message, fid)

    await store.write(work)


async def get_thumbnail(request: ApiRequest) -> web.StreamResponse:
    """Return the thumbnail of a file.  A file without looks has none."""
    size, found = request.query(ThumbnailQuery).size, await seen_file(request)
    path = await request.http.app[THUMBNAILS].get(sha256_of(found.view), size)
    name = f"{found.view.name}.{size}.jpg"
    return await downloads.send(
        request,
        path,
        f"{found.view.sha256}-{size}",
        attachment_header(name, MEDIA),
        lambda: _hidden(request, found),
    )

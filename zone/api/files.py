"""Routes of files: up in one piece with its digest, down in ranges, never opened here."""

import asyncio
import base64
import binascii
import re
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, unquote

from aiohttp import web

from wire.bounds import MAX_PASSWORD
from wire.events import Name
from wire.ids import FILE
from wire.reasons import Reason, Refused, Unavailable
from zone import blobs
from zone import files as rows
from zone.api.call import Call, answer
from zone.api.forms import UploadQuery
from zone.conversation.acting import Acting
from zone.conversation.looking import FileFound, file
from zone.views import FileView

# One write per megabyte: hashing it takes 3 ms, on a thread of its own.
PIECE_BYTES = 1024 * 1024
# 64 kbit/s, the slowest line a municipality is known to keep as a spare, and a start.
SLOWEST_BYTES_S, PATIENCE_S = 8 * 1024, 10.0

UPLOAD_HEADERS: Mapping[str, str] = {
    "Content-Digest": "SHA-256 of the body (RFC 9530): sha-256=:…:",
    "Sekisho-File-Password": "What opens the file: UTF-8, percent-encoded, up to 255 characters. "
    "The relay alone gets it; it is forgotten once the file's outcome is known",
}

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")
# States in which the bytes are here: the original where it was uploaded, else what was drawn anew.
_ON_THEIR_WAY = frozenset({"cleaning", "arriving", "withdrawn"})


async def upload_file(call: Call) -> web.Response:
    """Take in a file for a message to come.  It is the uploader's until he posts it."""
    name = _file_name(call.query(UploadQuery).name)
    digest, password = _content_digest(call.request), _password(call.request)
    media = call.request.content_type
    media = media if _MEDIA.fullmatch(media) else "application/octet-stream"
    await _demand_space(call)
    draft = await _receive(call, digest)
    sha256, size, keeping = digest.hex(), draft.size, call.context.store.keeping

    def work(acting: Acting) -> FileView:
        writing = acting.writing
        fid = writing.mint(FILE, writing.now)
        rows.put(
            writing.db, fid=fid, uploader=acting.who.uid, name=name, media=media, size=size,
            sha256=sha256, password=password, at=writing.now,
        )  # fmt: skip
        return FileView(id=fid, name=name, media=media, size=size, state="stored", sha256=sha256)

    # Without the password: a hash of it would be kept, and tell who has a list of likely ones.
    question = digest + f"{name}\n{media}".encode()
    # The bytes come first and the row behind them: meanwhile nobody may think them orphaned.
    keeping[sha256] += 1
    try:
        await asyncio.to_thread(draft.keep)
        return await call.write_once(work, status=201, question=question)
    finally:
        keeping[sha256] -= 1


def _file_name(untrusted: Name) -> str:
    """Return a file's name, or refuse one that is a path or cannot be shown."""
    if not untrusted.isprintable() or "/" in untrusted or "\\" in untrusted:
        raise Refused(Reason.INVALID, "a file's name is printable and no path")
    return untrusted


def _password(request: web.Request) -> str | None:
    """Return what is to open the file: UTF-8, percent-encoded, since a header is ASCII."""
    encoded = request.headers.get("Sekisho-File-Password", "")
    try:
        password = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise Refused(Reason.INVALID, "Sekisho-File-Password: not UTF-8") from None
    if len(password) > MAX_PASSWORD or not password.isprintable():
        raise Refused(Reason.INVALID, "Sekisho-File-Password: too long, or not to be typed")
    return password or None


def _content_digest(request: web.Request) -> bytes:
    """Return the SHA-256 that the request claims (RFC 9530)."""
    found = _DIGEST.search(request.headers.get("Content-Digest", ""))
    try:
        return base64.b64decode(found[1], validate=True) if found else _refuse_digest()
    except binascii.Error:
        return _refuse_digest()


def _refuse_digest() -> bytes:
    raise Refused(Reason.INVALID, "Content-Digest: sha-256=:…: is missing (RFC 9530)")


async def _demand_space(call: Call) -> None:
    limits, size = call.context.settings.limits, call.request.content_length or 0
    if size > limits.file_bytes:
        raise Refused(Reason.TOO_LARGE, f"a file of more than {limits.file_bytes} bytes")
    kept = await call.context.store.read(rows.total_bytes)
    if kept + size > limits.blob_bytes:
        raise Unavailable("no space is left for files")


async def _receive(call: Call, digest: bytes) -> blobs.Draft:
    """Write the body to the disk and return it, once it is what the request says it is."""
    draft = blobs.Draft(call.context.store.blobs, limit=call.context.settings.limits.file_bytes)
    try:
        async for piece in _pieces(call.request):
            await asyncio.to_thread(draft.write, piece)
        if draft.sha256 != digest:
            raise Refused(Reason.WRONG_HASH, "the body is not what Content-Digest says")
    except BaseException:
        draft.discard()
        raise
    return draft


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
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


async def get_file(call: Call) -> web.Response:
    """Return where a file stands, and what was taken out of it."""
    return answer((await _seen_file(call)).view)


async def _seen_file(call: Call) -> FileFound:
    """Return a file that is the asker's own, or that of a message he sees."""
    fid = call.id(FILE, "file")
    found = await call.context.store.read(lambda db: file(db, fid))
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    if found.place is None:
        is_seen = found.uploader == call.who.uid
    else:
        is_seen = call.sees(found.place.room, found.place.at)
    if not is_seen:
        raise Refused(Reason.NOT_FOUND)
    return found


async def get_content(call: Call) -> web.StreamResponse:
    """Return a file's bytes, to be kept and not shown."""
    view = (await _seen_file(call)).view
    if view.sha256 is None or view.state in _ON_THEIR_WAY:
        raise Refused(Reason.CONFLICT, f"there is nothing to download: the file is {view.state}")
    path = blobs.path_of(call.context.store.blobs, view.sha256)
    return web.FileResponse(path, headers=_download_headers(view))


def _download_headers(view: FileView) -> dict[str, str]:
    """Return what keeps a browser from opening a file (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", view.name)
    return {
        "Content-Type": view.media or "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
        + quote(view.name, safe=""),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }

"""What tus 1.0 says in headers (https://tus.io/protocols/resumable-upload)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.fields import Name
from wire.reasons import Reason, Refused
from zone.api.http.problems import WithStatus
from zone.api.http.receiving import HEADERS as FILE_HEADERS
from zone.api.http.route import Header

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
PIECE_TYPE = "application/offset+octet-stream"

# tus asks for SHA-1 of everybody.  It guards against broken lines, not against people.
CHECKSUMS: Mapping[str, int] = {"sha1": 20, "sha256": 32}

# A name of 100 characters takes 533, a media type less; clients add words of their own.
MAX_METADATA = 4096

NUMBER = "[0-9]{1,15}"

# What may be said to each route, for the contract.
SPOKEN = Header("The version of tus that is spoken", f"^{re.escape(VERSION)}$", required=True)
HEADERS: Mapping[str, Header] = {"Tus-Resumable": SPOKEN}
CREATION_HEADERS: Mapping[str, Header] = {
    **HEADERS,
    "Upload-Length": Header("Size of the file in bytes", f"^{NUMBER}$", required=True),
    "Upload-Metadata": Header(
        "filename BASE64, filetype BASE64", required=True, example="filename YS50eHQ="
    ),
    "Upload-Checksum": Header("sha1 BASE64 or sha256 BASE64, of the body if there is one"),
    **FILE_HEADERS,
}
_OFFSET = Header("How many bytes are here, and so which comes next", f"^{NUMBER}$")
PIECE_HEADERS: Mapping[str, Header] = {
    **HEADERS,
    "Upload-Offset": replace(_OFFSET, required=True),
    "Upload-Checksum": Header("sha1 BASE64 or sha256 BASE64, of the body"),
}
OVERRIDE_HEADERS: Mapping[str, Header] = {
    **PIECE_HEADERS,
    "Upload-Offset": _OFFSET,
    "X-HTTP-Method-Override": Header("Which method is meant", "^(PATCH|DELETE)$", required=True),
}
# What every route says in turn, and those that tell how far an upload is.
ANSWERED: Mapping[str, Header] = {"Tus-Resumable": SPOKEN}
STANDING: Mapping[str, Header] = {
    **ANSWERED,
    "Upload-Offset": _OFFSET,
    "Upload-Expires": Header("Until when what is here is kept (RFC 9110 date)"),
    "Sekisho-File": Header("The file that it became, once it is whole"),
}
CREATED: Mapping[str, Header] = {
    **STANDING,
    "Location": Header("Where to send the rest", required=True),
}

_NUMBER = re.compile(NUMBER)
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?")


class Metadata(Struct, frozen=True):
    """What is said of a file: the words all tus clients use.  `text` is the header itself."""

    filename: Name
    filetype: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a body is claimed to hash to."""

    algorithm: str
    digest: bytes


def demand_version(request: web.Request) -> None:
    """Refuse whoever speaks another version."""
    if request.headers.get("Tus-Resumable") != VERSION:
        headers = {"Tus-Version": VERSION}
        raise WithStatus(412, Reason.UNSUPPORTED, f"Tus-Resumable: {VERSION}", headers=headers)


def length_of(request: web.Request) -> int:
    """Return how large the file is to be."""
    return _number(request, "Upload-Length")


def offset_of(request: web.Request) -> int:
    """Return which byte the body begins with."""
    return _number(request, "Upload-Offset")


def _number(request: web.Request, name: str) -> int:
    untrusted = request.headers.get(name, "")
    if not _NUMBER.fullmatch(untrusted):
        raise Refused(Reason.INVALID, f"{name}: a number of bytes")
    return int(untrusted)


def metadata_of(request: web.Request) -> Metadata:
    """Return what Upload-Metadata says: pairs of a word and a text in base64."""
    untrusted = request.headers.get("Upload-Metadata", "")
    if len(untrusted) > MAX_METADATA:
        raise Refused(Reason.TOO_LARGE, f"Upload-Metadata: more than {MAX_METADATA} characters")
    said = {"text": untrusted}
    for pair in filter(None, untrusted.split(",")):
        found = _PAIR.fullmatch(pair.strip())
        if found is None:
            raise Refused(Reason.INVALID, "Upload-Metadata: word base64, …")
        if found[1] in ("filename", "filetype"):
            said[found[1]] = _text(found[2] or "")
    try:
        return msgspec.convert(said, Metadata)
    except msgspec.ValidationError:
        raise Refused(Reason.INVALID, "Upload-Metadata: filename is missing or too long") from None


def _text(untrusted: str) -> str:
    try:
        return base64.b64decode(untrusted, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(Reason.INVALID, "Upload-Metadata: base64 of UTF-8") from None


def checksum_of(request: web.Request) -> Checksum | None:
    """Return what Upload-Checksum says of the body, if it is there."""
    untrusted = request.headers.get("Upload-Checksum")
    if untrusted is None:
        return None
    algorithm, _, encoded = untrusted.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != CHECKSUMS.get(algorithm):
        raise WithStatus(400, Reason.INVALID, f"Upload-Checksum: {' or '.join(CHECKSUMS)}, base64")
    return Checksum(algorithm, digest)

"""The hash that stands for what is held: a consent names it, and is to nothing else.  Pure."""

import hashlib

import msgspec

from wire.events import Event

_OF_EVENT, _OF_FILE = b"sekisho consent to event v1\n", b"sekisho consent to file v1\n"
_encode = msgspec.json.Encoder().encode


def content_of_event(event: Event) -> str:
    """Return the hash that stands for an event in normal form, as it would be released.

    Hashes and passwords of its files are not in it: a file is decided upon by itself.
    """
    bare = msgspec.structs.replace(
        event,
        files=[msgspec.structs.replace(f, sha256=None, password=None) for f in event.files],
        release=None,
    )
    return hashlib.sha256(_OF_EVENT + _encode(bare)).hexdigest()


def content_of_file(fid: str, message: str, sha256: str, size: int) -> str:
    """Return the hash that stands for a file as it came in, `size` bytes of the hash `sha256`.

    `message` is the message or item whose file it is.
    """
    return hashlib.sha256(_OF_FILE + _encode([fid, message, sha256, size])).hexdigest()

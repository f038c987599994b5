"""An event: who did what, when, in which room, and the form it must have to cross."""

import hashlib
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wire.bodies import Body, FileReady, ItemPut, MessagePost, RoomPut
from wire.fields import (
    MAX_FILE_BYTES,
    MAX_FILES,
    Count,
    Digest,
    Id,
    Name,
    Password,
    Word,
    are_digests,
)
from wire.item_kinds import ITEMS, kind_of, missing_fields
from wire.order import is_place


class Author(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Who did it, through what, and how that is known.

    `person` is who spoke where several share the account `uid`.
    """

    uid: Id
    tenant: Id
    frontend: Id
    assurance: Literal["frontend", "operator"] = "frontend"
    person: Id | None = None


class FileRef(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A file of a message.  On the relay's hop it has no hash: it is not yet clean.

    `password` opens it, and goes to the relay only: on the relay's hop there is none.
    """

    fid: Id
    name: Name
    media: Annotated[str, Meta(max_length=100)]
    size: Annotated[int, Meta(ge=0, le=MAX_FILE_BYTES)]
    sha256: Digest | None
    password: Password | None = None


class Release(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """By what authority the relay let an event through.

    `leaf` is its index in the lane's audit log, `source_sha256` the hash of the
    payload it came in, `changes` what the relay changed in it.
    """

    leaf: Count
    source_sha256: Digest
    decision: Literal["pass", "altered", "held", "released", "refused"]
    changes: Annotated[list[Word], Meta(max_length=32)] = []


class Event(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One thing that was done.  `hlc` is its place on the clock of its zone (`wire.order`).

    `room` is null for what concerns no room, which is a profile.
    """

    id: Id
    hlc: Count
    at: Count
    room: Id | None
    author: Author
    body: Body
    files: Annotated[list[FileRef], Meta(max_length=MAX_FILES)] = []
    release: Release | None = None

    @property
    def kind(self) -> str:
        """The kind, as policy, audit log and docs name it."""
        return str(self.body.__struct_config__.tag)


_IDS = re.compile(r"(?:[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25} )*")


def ids_of(event: Event) -> list[str]:
    """Return every id that `event` names."""
    ids = [event.id, event.author.uid, event.author.tenant, event.author.frontend]
    if event.room is not None:
        ids.append(event.room)
    if event.author.person is not None:
        ids.append(event.author.person)
    ids += [file.fid for file in event.files]
    body = event.body
    for field in ("message", "user", "file", "subject", "reply_to", "thread", "item"):
        named = getattr(body, field, None)
        if named is not None:
            ids.append(named)
    return ids


def is_well_formed(event: Event) -> bool:
    """Return whether ids, hashes and items are of the form that types cannot express."""
    if _IDS.fullmatch(" ".join([*ids_of(event), ""])) is None:
        return False
    if isinstance(event.body, ItemPut) and not _is_whole(event, event.body):
        return False
    if isinstance(event.body, RoomPut) and not _has_base(event.body):
        return False
    digests = [file.sha256 for file in event.files if file.sha256 is not None]
    if isinstance(event.body, FileReady) and event.body.sha256 is not None:
        digests.append(event.body.sha256)
    if event.release is not None:
        digests.append(event.release.source_sha256)
    return are_digests(digests)


def _is_whole(event: Event, put: ItemPut) -> bool:
    """Return whether an item is named as its kind is, and is all there when it is new.

    Only a change is made from something.
    """
    if put.base is not None and (put.item is None or not is_place(put.base)):
        return False
    row = ITEMS[type(put.content)]
    if put.item is not None:
        return kind_of(put.item) is row
    return kind_of(event.id) is row and not missing_fields(put.content)


def _has_base(look: RoomPut) -> bool:
    """Return whether a room is opened from nothing, and a change is made from a wording, if any."""
    return look.base is None or (look.scope is None and is_place(look.base))


_OF_EVENT = b"sekisho consent to event v1\n"
_encode = msgspec.json.Encoder().encode


def owner_of_files(event: Event) -> str | None:
    """Return the id of the message or item that the files of `event` belong to, if any may."""
    match event.body:
        case MessagePost():
            return event.id
        case ItemPut(content, item) if ITEMS[type(content)].has_files:
            return item or event.id
    return None


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

"""What a person or a program did, in the closed list of kinds that may cross.

The kind is the tag of the body, so that one strict decoder reads an event and an
unknown kind, an unknown field or a wrong type fails in it (decision 0002).
"""

import re
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from wire.bounds import MAX_FILE_BYTES, MAX_FILES, MAX_NAME, MAX_PASSWORD, MAX_TEXT
from wire.ids import ID_LENGTH
from wire.order import MAX_COUNT

Id = Annotated[str, Meta(min_length=ID_LENGTH, max_length=ID_LENGTH)]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Line = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Digest = Annotated[str, Meta(min_length=64, max_length=64)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD)]

RoomKind = Literal["talk", "direct", "board", "call", "group"]
Scope = Literal["shared", "lgwan-only", "internet-only"]
Role = Literal["owner", "moderator", "member", "guest", "reader", "none"]
UserKind = Literal["staff", "guest", "bot"]
FileState = Literal["clean", "altered", "held", "refused"]


class _Body(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", gc=False):
    """A body; its tag says what was done."""


class MessagePost(_Body, frozen=True, tag="message.post"):
    """Somebody said something.  The event's id is the message's id."""

    text: Text
    reply_to: Id | None = None


class MessageEdit(_Body, frozen=True, tag="message.edit"):
    """Its author said it better."""

    message: Id
    text: Text


class MessageWithdraw(_Body, frozen=True, tag="message.withdraw"):
    """Its author or a moderator took it back, its files included."""

    message: Id
    reason: Line = ""


class ReactionSet(_Body, frozen=True, tag="reaction.set"):
    """A stamp was put on a message, or taken off."""

    message: Id
    stamp: Word
    on: bool


class ReadSet(_Body, frozen=True, tag="read.set"):
    """Somebody has read a room up to a message; `at` is that message's stamp."""

    message: Id
    at: Annotated[str, Meta(min_length=16, max_length=16)]


class RoomPut(_Body, frozen=True, tag="room.put"):
    """A room was opened or changed.  Fields that are null stay as they are."""

    name: Name | None = None
    topic: Line | None = None
    icon: Word | None = None
    colour: Word | None = None
    room_kind: RoomKind | None = None
    scope: Scope | None = None


class MemberSet(_Body, frozen=True, tag="member.set"):
    """Somebody is in a room in a role, or, in the role `none`, no longer."""

    user: Id
    role: Role
    until: Count | None = None


class ProfileSet(_Body, frozen=True, tag="profile.set"):
    """Who somebody is.  Fields that are null stay as they are."""

    user: Id
    name: Name | None = None
    kana: Line | None = None
    section: Line | None = None
    title: Line | None = None
    status: Line | None = None
    user_kind: UserKind | None = None
    zones: Annotated[list[Literal["lgwan", "internet"]], Meta(max_length=2)] | None = None


class FileReady(_Body, frozen=True, tag="file.ready"):
    """The relay's word on one file of a message: drawn anew, or why not.

    `removed` counts what was taken out, by kind.  Only the relay says this, and
    only on its own hop.
    """

    message: Id
    file: Id
    state: FileState
    revision: Annotated[int, Meta(ge=1, le=15)]
    name: Name
    media: Annotated[str, Meta(max_length=100)] = ""
    size: Annotated[int, Meta(ge=0, le=MAX_FILE_BYTES)] = 0
    sha256: Digest | None = None
    reason: Word | None = None
    removed: Annotated[list[tuple[Word, Count]], Meta(max_length=64)] = []


class RelayNotice(_Body, frozen=True, tag="relay.notice"):
    """The relay's word on an event that it keeps back: held, denied or expired."""

    subject: Id
    state: Literal["held", "denied", "expired"]
    revision: Annotated[int, Meta(ge=1, le=15)]
    what: Word
    rule: Word


Body = (
    MessagePost
    | MessageEdit
    | MessageWithdraw
    | ReactionSet
    | ReadSet
    | RoomPut
    | MemberSet
    | ProfileSet
    | FileReady
    | RelayNotice
)
RELAY_ONLY = (FileReady, RelayNotice)
KINDS: frozenset[str] = frozenset(str(body.__struct_config__.tag) for body in get_args(Body))


class Author(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Who did it, through what, and how that is known."""

    uid: Id
    tenant: Id
    frontend: Id
    assurance: Literal["frontend", "operator"] = "frontend"


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
    """One thing that was done.  `lc` is its Lamport count in its zone of origin.

    `room` is null for what concerns no room, which is a profile.
    """

    id: Id
    lc: Count
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


_DIGEST = re.compile(r"[0-9a-f]{64}")
# As `wire.order.stamp` writes the place of an event: counts end below 2^53.
_PLACE = re.compile(r"[01][0-9a-f]{13}[il]0")
_IDS = re.compile(r"(?:[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25} )*")


def ids_of(event: Event) -> list[str]:
    """Return every id that `event` names."""
    ids = [event.id, event.author.uid, event.author.tenant, event.author.frontend]
    if event.room is not None:
        ids.append(event.room)
    ids += [file.fid for file in event.files]
    body = event.body
    for field in ("message", "user", "file", "subject", "reply_to"):
        named = getattr(body, field, None)
        if named is not None:
            ids.append(named)
    return ids


def is_well_formed(event: Event) -> bool:
    """Return whether ids, hashes and text are of the form that types cannot express."""
    if _IDS.fullmatch(" ".join([*ids_of(event), ""])) is None:
        return False
    if isinstance(event.body, ReadSet) and _PLACE.fullmatch(event.body.at) is None:
        return False
    digests = [file.sha256 for file in event.files if file.sha256 is not None]
    if isinstance(event.body, FileReady) and event.body.sha256 is not None:
        digests.append(event.body.sha256)
    if event.release is not None:
        digests.append(event.release.source_sha256)
    return all(_DIGEST.fullmatch(digest) for digest in digests)

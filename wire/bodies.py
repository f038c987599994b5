"""What was done: the bodies of events, in the closed list of kinds that may cross.

The kind is the tag of the body, so that one strict decoder reads an event and an
unknown kind, an unknown field or a wrong type fails in it (decision 0002).
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from wire.answers import Answer
from wire.choices import Agreed, FileState, History, Role, RoomKind, Scope, UserKind
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.fields import (
    MAX_EVENTS,
    MAX_FILE_BYTES,
    MAX_MENTIONS,
    MAX_WITHOUT,
    Count,
    Digest,
    Id,
    Key,
    Line,
    Name,
    OtherReader,
    Ref,
    Refusal,
    Tally,
    Text,
    Word,
)
from wire.items import Content
from wire.message_parts import CallNotice, Forwarded, Location
from wire.reasons import Desk


class _Body(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", gc=False
):
    """A body; its tag says what was done.  What is at its default is left out."""


class MessagePost(_Body, frozen=True, tag="message.post"):
    """Somebody said something.  The event's id is the message's id.

    `sticker` is the name of a drawing, `set/name`: only its name crosses.
    """

    text: Text
    reply_to: Id | None = None
    thread: Id | None = None
    mentions: Annotated[list[Ref], Meta(max_length=MAX_MENTIONS)] = []
    sticker: Annotated[str, Meta(pattern="^[a-z0-9-]{1,20}/[a-z0-9-]{1,40}$")] | None = None
    forwarded: Forwarded | None = None
    location: Location | None = None
    call: CallNotice | None = None

    @property
    def is_plain(self) -> bool:
        """Whether all that somebody typed in it is its text."""
        return self.location is None and self.forwarded is None


class MessageEdit(_Body, frozen=True, tag="message.edit"):
    """Its author edited it."""

    message: Id
    text: Text


class MessageWithdraw(_Body, frozen=True, tag="message.withdraw"):
    """Its author or a moderator withdrew it, its files included."""

    message: Id
    reason: Line = ""


class ReactionSet(_Body, frozen=True, tag="reaction.set"):
    """Somebody put a reaction on a message, or took it off."""

    message: Id
    reaction: Word
    on: bool


class MessagePin(_Body, frozen=True, tag="message.pin"):
    """A message was pinned to its room, or unpinned."""

    message: Id
    on: bool


class ReadSet(_Body, frozen=True, tag="read.set"):
    """People have looked at a room, up to a message, and read what was there.

    That is what was said before in LGWAN up to count `lgwan` and on the internet up to count
    `internet`, less what was not there yet (`without`).  `at` is when the author looked; `users`
    are others who did: many who read the same are one event.
    """

    message: Id
    lgwan: Count
    internet: Count
    at: Count
    users: Annotated[list[OtherReader], Meta(max_length=MAX_EVENTS)] = []
    without: Annotated[list[Ref], Meta(max_length=MAX_WITHOUT)] = []


class RoomPut(_Body, frozen=True, tag="room.put"):
    """A room was opened or changed.  Fields that are null stay as they are.

    `base` is the stamp of what the room said of itself as the author of a change saw it.
    """

    name: Name | None = None
    topic: Line | None = None
    icon: Word | None = None
    colour: Word | None = None
    room_kind: RoomKind | None = None
    scope: Scope | None = None
    history: History | None = None
    retention_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    legal_hold: bool | None = None
    archived: bool | None = None
    base: Annotated[str, Meta(min_length=16, max_length=16)] | None = None


class RoomPurge(_Body, frozen=True, tag="room.purge"):
    """Everything posted in a room before a time is deleted in both zones, files included."""

    before: Count
    reason: Line = ""


class MemberSet(_Body, frozen=True, tag="member.set"):
    """Somebody is in a room in a role, or, with the role `none`, no longer in it."""

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
    status_emoji: Annotated[str, Meta(max_length=16)] | None = None
    status_until: Count | None = None
    tenant: Ref | None = None
    orgs: Annotated[list[Ref], Meta(max_length=20)] | None = None
    telephone: Annotated[str, Meta(max_length=30)] | None = None
    staff_number: Annotated[str, Meta(max_length=40)] | None = None
    duties: Annotated[list[Key], Meta(max_length=20)] | None = None
    sponsor: Ref | None = None
    expires: Count | None = None
    shared_by: Annotated[list[Ref], Meta(max_length=50)] | None = None


class TenantPut(_Body, frozen=True, tag="tenant.put"):
    """A municipality that uses this installation.  Fields that are null stay as they are."""

    tenant: Ref
    name: Name | None = None
    kana: Line | None = None
    code: Annotated[str, Meta(max_length=6)] | None = None


class TenantLink(_Body, frozen=True, tag="tenant.link"):
    """What a municipality offers another one: all of it, so that nothing is an offer taken back.

    It is agreed only where the other one offers the same.
    """

    tenant: Ref
    other: Ref
    offers: Annotated[list[Agreed], Meta(max_length=3)]


class OrgPut(_Body, frozen=True, tag="org.put"):
    """A department or section of a tenant, in a tree.  Fields that are null stay as they are."""

    org: Ref
    tenant: Ref | None = None
    name: Name | None = None
    parent: Annotated[str, Meta(pattern="^([a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25})?$")] | None = None
    rank: Count | None = None
    telephone: Annotated[str, Meta(max_length=30)] | None = None
    closed: bool | None = None


class ItemPut(_Body, frozen=True, tag="item.put"):
    """An item was made or changed.  The event's id is the item's id unless one is named.

    `base` is the stamp of the item as the author of a change saw it.
    """

    content: Content
    item: Id | None = None
    base: Annotated[str, Meta(min_length=16, max_length=16)] | None = None


class ItemRemove(_Body, frozen=True, tag="item.remove"):
    """An item was removed, its files included."""

    item: Id
    reason: Line = ""


class AnswerSet(_Body, frozen=True, tag="answer.set"):
    """What its author answers to an item."""

    item: Id
    answer: Answer


class FileReady(_Body, frozen=True, tag="file.ready"):
    """The relay says what became of one file of a message: rebuilt, or why not.

    `removed` counts what was taken out, by kind.  A `rule` holds or refuses it, for what it
    `found` so many times inside.  What is held expires at `until` (milliseconds since 1970), and
    `desk` decides.  Only the relay says this, and only on its own hop.
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
    removed: Annotated[list[tuple[Word, Tally]], Meta(max_length=64)] = []
    rule: Word | None = None
    until: Count = 0
    desk: Desk = "operator"
    found: Tally = 0


class RelayNotice(_Body, frozen=True, tag="relay.notice"):
    """The relay says what becomes of an event that it keeps back: held, denied or expired.

    `until` is when what is held expires (milliseconds since 1970), `desk` who decides.
    """

    subject: Id
    state: Literal["held", "denied", "expired"]
    revision: Annotated[int, Meta(ge=1, le=15)]
    what: Word
    rule: Word
    until: Count = 0
    desk: Desk = "operator"


class EventRefuse(_Body, frozen=True, tag="event.refuse"):
    """The daemon of a zone does not apply these events of the other zone.

    The verdict on them is the relay's no more, but the zone's: one event for the refusals
    of one envelope.  Nobody answers an `event.refuse`.
    """

    events: Annotated[list[Refusal], Meta(min_length=1, max_length=MAX_EVENTS)]


Body = (
    MessagePost
    | MessageEdit
    | MessageWithdraw
    | MessagePin
    | ReactionSet
    | ReadSet
    | RoomPut
    | RoomPurge
    | MemberSet
    | ProfileSet
    | TenantPut
    | TenantLink
    | OrgPut
    | ItemPut
    | ItemRemove
    | AnswerSet
    | EventRefuse
    | CopyDigest
    | ConsentGive
    | FileReady
    | RelayNotice
)
RELAY_ONLY = (FileReady, RelayNotice)
TO_RELAY = (ConsentGive,)  # which goes no further
KINDS: frozenset[str] = frozenset(str(body.__struct_config__.tag) for body in get_args(Body))
KINDS_TO_RELAY = frozenset(str(body.__struct_config__.tag) for body in TO_RELAY)

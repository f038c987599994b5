"""A record of the audit log: what one leaf of the tree says.

Never in it: text, names of files or of people, tokens, keys.  Who did something is a
commitment, SHA-256 of a salt and the id: without the salt, which can be deleted, it
says nothing of the person, and the tree stays as it is.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec import Struct

from relay.normal_form import Decision
from relay.verify.decisions import Decided, announced_by
from wire.bodies import (
    AnswerSet,
    FileReady,
    ItemPut,
    ItemRemove,
    MessageEdit,
    MessagePin,
    MessageWithdraw,
    ReactionSet,
    RelayNotice,
)
from wire.events import Event
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import Verdict


class Occurrence(StrEnum):
    """What a record is of."""

    EVENT_RELEASED = "event.released"
    EVENT_BARRED = "event.barred"
    LINK_REFUSED = "link.refused"
    LANE_HALTED = "lane.halted"
    LANE_RESUMED = "lane.resumed"
    HOLD_VIEWED = "hold.viewed"
    CONSENT_GIVEN = "consent.given"
    STAGE_STARTED = "stage.started"
    STAGE_STOPPED = "stage.stopped"
    POLICY_READ = "policy.read"
    KEYS_CHANGED = "keys.changed"
    EPOCH_BEGAN = "epoch.began"


class FileRecord(Struct, frozen=True, omit_defaults=True, gc=False):
    """What became of a file: what came in, through what, what went out."""

    fid: str
    state: str
    engine: str = ""
    ms: int = 0
    media_in: str = ""
    size_in: int = 0
    sha256_in: str = ""
    media_out: str = ""
    size_out: int = 0
    sha256_out: str | None = None
    removed: list[tuple[str, int]] = []


class Record(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """One leaf.  Times are milliseconds since 1970; `in_…` is the source's payload.

    `id` is the event that it is about: of a notice that something is held, denied or expired
    the one that was kept back, and `notice` is the id of what the far zone was told instead.
    `about` is the message or item that the event changes, `attached` are its files.
    `approvers` are who has released or denied it, and `consents` the hashes of what they signed.
    `frontend` is the program through which `actor` did it.  `node` is whose start or stop
    this is, or whose keys.
    `epoch` and `seq` are the event's in its source's chain, `out_seq` and `out_sha256`
    its number in the release chain and the hash of the payload it left in.
    `times` is how often what was refused came since the last record of that reason.
    """

    v: int
    log: str
    idx: int
    ev: Occurrence
    t: int
    host: str
    proc: str
    ver: str
    lane: Lane
    sender: str | None = msgspec.field(name="from", default=None)
    epoch: int | None = None
    seq: int | None = None
    id: str | None = None
    notice: str | None = None
    about: str | None = None
    room: str | None = None
    kind: str | None = None
    node: str | None = None
    actor: str | None = None
    frontend: str | None = None
    approvers: list[str] = []
    consents: list[str] = []
    decision: str | None = None
    reason: Reason | None = None
    rule: str | None = None
    policy_sha256: str | None = None
    policy: str | None = None
    keyring_sha256: str | None = None
    in_sha256: str | None = None
    out_seq: int | None = None
    out_sha256: str | None = None
    attached: list[str] = []
    files: list[FileRecord] = []
    changes: list[str] = []
    times: int = 0


class Released(Struct, frozen=True, gc=False):
    """What the signer reads of a record: the authority by which an event leaves."""

    ev: str
    id: str | None = None
    notice: str | None = None
    decision: str | None = None
    policy_sha256: str | None = None
    in_sha256: str | None = None
    out_seq: int | None = None
    out_sha256: str | None = None


class Noted(Struct, frozen=True):
    """Something to put on record that is not about an item.  `operator` is who did it."""

    occurrence: Occurrence
    reason: Reason | None = None
    operator: str | None = None
    node: str | None = None
    epoch: int | None = None
    policy_sha256: str | None = None
    policy: str | None = None
    keyring_sha256: str | None = None
    times: int = 0


Notes = tuple[Noted, ...]

Ruling = Literal["pass", "altered", "held", "released", "refused"]

# What is told of a refused file, a denied or an expired event is a refusal.
_DECISIONS: Mapping[Decision, Ruling] = {
    "pass": "pass",
    "altered": "altered",
    "held": "held",
    "released": "released",
    "denied": "refused",
    "expired": "refused",
    "refused": "refused",
    "noted": "pass",  # has a record of its own, which names no decision
}

encode = msgspec.json.Encoder().encode
decode_released = msgspec.json.Decoder(Released).decode


_RELEASE = b'"ev":"event.released"'  # no value says this: quotes within one are escaped


def is_release(record: bytes) -> bool:
    """Return whether a record is of an event that went to the far zone."""
    return _RELEASE in record


def person_commitment(salt: bytes, uid: str) -> str:
    """Return what stands for a person in the audit log."""
    return hashlib.sha256(salt + uid.encode()).hexdigest()


def decision_of(decided: Decided) -> Ruling:
    """Return the decision as audit log and far zone read it."""
    return "refused" if decided.verdict is Verdict.REFUSED else _DECISIONS[decided.item.decision]


def subject_of(event: Event) -> tuple[str, str, str | None]:
    """Return the id and the kind under which an event is found, and the id of the notice of it."""
    body = event.body
    if isinstance(body, RelayNotice):
        return body.subject, body.what, event.id
    return event.id, str(body.__struct_config__.tag), None


def changed_by(event: Event) -> str | None:
    """Return the message or item that an event speaks of, where that is not the event itself."""
    match event.body:
        case MessageEdit(message) | MessageWithdraw(message) | MessagePin(message):
            return message
        case ReactionSet(message) | FileReady(message):
            return message
        case ItemPut(item=item) | ItemRemove(item) | AnswerSet(item):
            return item
        case _:
            return None


def files_of(decided: Decided) -> list[FileRecord]:
    """Return what the record of an item says of its file."""
    event = decided.event or decided.item.event
    if event is None or not isinstance(event.body, FileReady):
        return []
    came, goes = decided.item.file, event.body
    record = FileRecord(goes.file, goes.state, removed=goes.removed)
    if came is not None:
        record = msgspec.structs.replace(
            record,
            engine=came.engine,
            ms=came.ms,
            media_in=came.media_in,
            size_in=came.size_in,
            sha256_in=came.sha256_in,
        )
    if decided.event is not None and announced_by(decided.event) is not None:
        record = msgspec.structs.replace(
            record, media_out=goes.media, size_out=goes.size, sha256_out=goes.sha256
        )
    return [record]

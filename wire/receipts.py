"""Receipts: the only thing that flows back to the zone that sent.

A record has 256 bytes, whatever it says, and is made and signed by the relay, never
by the far zone.  Three forms: STATUS (how far the lane has come and what became
of a run of events), HEAD (the audit log's own signature on a tree) and PROOF (hashes
with which the zone, as a witness, checks that this tree grew out of the last one it
signed).  Layout: docs/envelope.md, "Receipts".
"""

import re
import struct
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wire.keys import SIGNATURE_BYTES, SigningKey, is_signed_by
from wire.lane import Lane
from wire.reasons import DESKS, Desk, Reason, Refused
from wire.removed import REMOVED, removed_bits, removed_words

RECEIPT_BYTES = 256
_CONTEXT = b"sekisho receipt v1\n"
_MAGIC = b"SKR1"

# magic, form, lane, flags, verdict, reason, file, parts | epoch, high, tick, first, last
_HEAD = struct.Struct(">4sBBBBBBBx QQQQQ")
_STATUS = struct.Struct(">32s16sQ Q32sBI")
_SIGNED = struct.Struct(">32s64s")
# The name of a rule: its first 32 characters.
_RULE = re.compile(rb"([a-z0-9._-]*)\0*")
_DESKS: tuple[Desk | None, ...] = (None, *DESKS)
_PROOF_HASHES = 4
_BODY_BYTES = RECEIPT_BYTES - SIGNATURE_BYTES - _HEAD.size

_LANES = (Lane.IMPORT, Lane.EXPORT)
# The place of a reason in this tuple is on the wire: append, never reorder.
REASONS: tuple[Reason | None, ...] = (
    None,
    Reason.KIND_NOT_ALLOWED,
    Reason.ROOM_NOT_ALLOWED,
    Reason.NO_AUTHORITY,
    Reason.TOO_LARGE,
    Reason.RATE_EXCEEDED,
    Reason.HELD_BY_RULE,
    Reason.DENIED,
    Reason.EXPIRED,
    Reason.UNCLEAN_TEXT,
    Reason.FILE_KIND,
    Reason.FILE_MISMATCH,
    Reason.FILE_BROKEN,
    Reason.FILE_ENCRYPTED,
    Reason.FILE_TOO_LARGE,
    Reason.FILE_TIME_OUT,
    Reason.FILE_NOT_CLEANED,
    Reason.FILE_CHECK,
    Reason.WITHDRAWN,
    Reason.OUT_OF_BOUNDS,
    Reason.CLOCK_AHEAD,
)


class Verdict(IntEnum):
    """What became of an event or of a file.  The values are on the wire."""

    NONE = 0  # nothing new: the record says only how far the lane has come
    DELIVERED = 1
    ALTERED = 2
    HELD = 3
    REFUSED = 4
    ARRIVED = 5  # a file's bytes are with the relay; its verdict is yet to come


class Flag(IntFlag):
    """What the sender should know of the lane."""

    NONE = 0
    HOLD = 1  # the queue is full: send no more until a record without this flag
    HALT = 2  # the lane has stopped and waits for an operator
    FAR_DOWN = 4  # the far zone has not been connected for a while, or the verify stage is not


ALL_FLAGS = Flag.HOLD | Flag.HALT | Flag.FAR_DOWN


class Layout(IntEnum):
    """The forms of a record."""

    STATUS = 1
    PROOF = 2
    HEAD = 3


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """How far the lane has come, and what became of the events `first` to `last`.

    `file` is 0 for the events themselves and n for their n-th file.  `tick` counts
    the records of this lane, so that a record played again is known.  `removed` says in
    words of `REMOVED`, sorted, what was taken out of each event of the run, or of the file.
    `rule` held or refused it, for what it `found` so many times in a file; what is held expires at
    `until`, and `desk` decides upon it.
    """

    lane: Lane
    epoch: int
    high: int
    chain: str
    tick: int
    flags: Flag = Flag.NONE
    verdict: Verdict = Verdict.NONE
    reason: Reason | None = None
    file: int = 0
    first: int = 0
    last: int = 0
    keyring: bytes = bytes(16)
    removed: tuple[str, ...] = ()
    rule: str = ""
    until: int = 0
    desk: Desk | None = None
    found: int = 0


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A tree of the audit log, with the log's own signature of the checkpoint that says so.

    The relay's signature on the receipt says only who carried it: the stage that speaks to
    the near zone does not hold the log's key.
    """

    lane: Lane
    epoch: int
    tick: int
    size: int
    root: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ProofPart:
    """Part `part` of `parts` of the proof that the log of `old` leaves became that of `new`."""

    lane: Lane
    epoch: int
    tick: int
    old: int
    new: int
    part: int
    parts: int
    hashes: tuple[bytes, ...]


Receipt = LaneStatus | SignedHead | ProofPart


def seal_receipt(receipt: Receipt, key: SigningKey) -> bytes:
    """Return the 256 bytes of `receipt`, signed."""
    record = _pack(receipt)
    return record + key.sign(_CONTEXT + record)


def unseal_receipt(untrusted: bytes, *, lane: Lane, key: Ed25519PublicKey) -> Receipt:
    """Return the receipt that `untrusted` holds, or raise `Refused`."""
    if len(untrusted) != RECEIPT_BYTES:
        raise Refused(Reason.BAD_SIZE, f"a receipt of {len(untrusted)} bytes")
    record, signature = untrusted[:-SIGNATURE_BYTES], untrusted[-SIGNATURE_BYTES:]
    if not is_signed_by(key, signature, _CONTEXT + record):
        raise Refused(Reason.BAD_SIGNATURE, "receipt")
    receipt = _unpack(record)
    if receipt.lane is not lane:
        raise Refused(Reason.WRONG_LINK, f"a receipt of the {receipt.lane} lane")
    if _pack(receipt) != record:
        raise Refused(Reason.NOT_CANONICAL, "receipt")
    return receipt


def split_proof(head: ProofPart, hashes: list[bytes]) -> list[ProofPart]:
    """Return the records that carry `hashes`; ticks count on from that of `head`."""
    groups = [tuple(hashes[i : i + _PROOF_HASHES]) for i in range(0, len(hashes), _PROOF_HASHES)]
    groups = groups or [()]
    return [
        replace(head, tick=head.tick + i, part=i, parts=len(groups), hashes=group)
        for i, group in enumerate(groups)
    ]


def _pack(receipt: Receipt) -> bytes:
    match receipt:
        case LaneStatus():
            head, body = _pack_status(receipt)
        case SignedHead():
            head, body = _pack_head(receipt)
        case ProofPart():
            head, body = _pack_proof(receipt)
    return head + body.ljust(_BODY_BYTES, b"\0")


def _pack_status(s: LaneStatus) -> tuple[bytes, bytes]:
    said = (s.flags, s.verdict, REASONS.index(s.reason), s.file, 0)
    counts = (s.epoch, s.high, s.tick, s.first, s.last)
    hold = (removed_bits(s.removed), s.until, s.rule.encode(), _DESKS.index(s.desk), s.found)
    return (
        _HEAD.pack(_MAGIC, Layout.STATUS, _LANES.index(s.lane), *said, *counts),
        _STATUS.pack(bytes.fromhex(s.chain), s.keyring, *hold),
    )


def _pack_head(h: SignedHead) -> tuple[bytes, bytes]:
    counts = (h.epoch, 0, h.tick, 0, h.size)
    return (
        _HEAD.pack(_MAGIC, Layout.HEAD, _LANES.index(h.lane), 0, 0, 0, 0, 0, *counts),
        _SIGNED.pack(h.root, h.signature),
    )


def _pack_proof(p: ProofPart) -> tuple[bytes, bytes]:
    said = (len(p.hashes), 0, 0, p.part, p.parts)
    counts = (p.epoch, 0, p.tick, p.old, p.new)
    return (
        _HEAD.pack(_MAGIC, Layout.PROOF, _LANES.index(p.lane), *said, *counts),
        b"".join(p.hashes),
    )


def _unpack(record: bytes) -> Receipt:
    magic, form, lane, flags, verdict, reason, file, parts, epoch, high, tick, first, last = (
        _HEAD.unpack_from(record)
    )
    body = record[_HEAD.size :]
    if magic != _MAGIC or lane >= len(_LANES):
        raise Refused(Reason.MALFORMED, "not a receipt of version 1")
    if form == Layout.PROOF and flags <= _PROOF_HASHES:
        hashes = tuple(body[32 * i : 32 * i + 32] for i in range(flags))
        return ProofPart(_LANES[lane], epoch, tick, first, last, file, parts, hashes)
    if form == Layout.HEAD:
        root, signature = _SIGNED.unpack_from(body)
        return SignedHead(_LANES[lane], epoch, tick, last, root, signature)
    is_known = reason < len(REASONS) and verdict <= max(Verdict) and flags <= ALL_FLAGS
    if form != Layout.STATUS or not is_known:
        raise Refused(Reason.MALFORMED, "a receipt says what no receipt says")
    chain, keyring, removed, until, ruled, desk, found = _STATUS.unpack_from(body)
    rule = _RULE.fullmatch(ruled)
    if removed >> len(REMOVED) or rule is None or desk >= len(_DESKS):
        raise Refused(Reason.MALFORMED, "a receipt says what no receipt says")
    return LaneStatus(
        lane=_LANES[lane],
        epoch=epoch,
        high=high,
        chain=chain.hex(),
        tick=tick,
        flags=Flag(flags),
        verdict=Verdict(verdict),
        reason=REASONS[reason],
        file=file,
        first=first,
        last=last,
        keyring=keyring,
        removed=removed_words(removed),
        rule=rule[1].decode(),
        until=until,
        desk=_DESKS[desk],
        found=found,
    )

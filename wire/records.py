"""The fixed-size records beside envelopes and receipts: who stands where.

HELLO is the first frame of a zone on a link.  ACKNOWLEDGEMENT goes from the far
zone to the verify stage, PROGRESS and TREE from the verify stage to the transform
stage.  Nothing in them can carry a word: numbers from closed ranges and hashes that the
receiver has itself.
"""

import struct
from dataclasses import dataclass
from typing import Any

from wire.audit.tlog import HASH_BYTES
from wire.audit.witness import MAX_PROOF_HASHES
from wire.fields import LAST_MS
from wire.lane import Lane
from wire.reasons import Reason, Refused
from wire.receipts import ALL_FLAGS, REASONS, Flag, Verdict

_LANES = (Lane.IMPORT, Lane.EXPORT)
_HELLO = struct.Struct(">4sBxxx QQQQ 32s")
_ACKNOWLEDGEMENT = struct.Struct(">4sBxxx QQ 32s")
_PROGRESS = struct.Struct(">4sBBBx QQ 32s")
_COSIGNATURE = struct.Struct(">4sBxxx Q")
_CLOCK = struct.Struct(">4sxxxx QQ")
_TREE = struct.Struct(">4sBBBx QQ 32s 64s")


@dataclass(frozen=True, slots=True)
class Hello:
    """Where a zone stands on a lane when it connects.

    `epoch, high, chain` are those of its own copy: of what it has sealed on the
    way out, of what it has taken in on the way in.  `tick` is the last receipt it
    has taken in, `tree_size` the audit log it last witnessed.
    """

    lane: Lane
    epoch: int
    high: int
    chain: str
    tick: int
    tree_size: int

    def encode(self) -> bytes:
        """Return the 72 bytes of the record."""
        return _HELLO.pack(
            b"SKH1",
            _LANES.index(self.lane),
            self.epoch,
            self.high,
            self.tick,
            self.tree_size,
            bytes.fromhex(self.chain),
        )

    @classmethod
    def decode(cls, untrusted: bytes) -> "Hello":
        """Return the record, or raise `Refused`."""
        lane, epoch, high, tick, tree_size, chain = _unpack(_HELLO, b"SKH1", untrusted)
        return cls(_lane(lane), epoch, high, chain.hex(), tick, tree_size)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the far zone has durably taken in: events up to `high`, or one file.

    `sha256` is the chain hash at `high`, or with `high` 0 the hash of the file.
    """

    lane: Lane
    epoch: int
    high: int
    sha256: str

    def encode(self) -> bytes:
        """Return the 56 bytes of the record."""
        lane = _LANES.index(self.lane)
        return _ACKNOWLEDGEMENT.pack(
            b"SKA1", lane, self.epoch, self.high, bytes.fromhex(self.sha256)
        )

    @classmethod
    def decode(cls, untrusted: bytes) -> "Acknowledgement":
        """Return the record, or raise `Refused`."""
        lane, epoch, high, sha256 = _unpack(_ACKNOWLEDGEMENT, b"SKA1", untrusted)
        return cls(_lane(lane), epoch, high, sha256.hex())


@dataclass(frozen=True, slots=True)
class Progress:
    """What the verify stage has to say of the items `first` to `last` of its inbox.

    With verdict NONE they are taken in, ARRIVED their file is, else it is their
    final verdict.  `sha256` is the chain hash at `last` when they are taken in.
    """

    lane: Lane
    verdict: Verdict
    reason: Reason | None
    first: int
    last: int
    sha256: str = "0" * 64

    def encode(self) -> bytes:
        """Return the 56 bytes of the record."""
        return _PROGRESS.pack(
            b"SKP1",
            _LANES.index(self.lane),
            self.verdict,
            REASONS.index(self.reason),
            self.first,
            self.last,
            bytes.fromhex(self.sha256),
        )

    @classmethod
    def decode(cls, untrusted: bytes) -> "Progress":
        """Return the record, or raise `Refused`."""
        lane, verdict, reason, first, last, sha256 = _unpack(_PROGRESS, b"SKP1", untrusted)
        if verdict > max(Verdict) or reason >= len(REASONS):
            raise Refused(Reason.MALFORMED, "a verdict or reason outside its list")
        return cls(_lane(lane), Verdict(verdict), REASONS[reason], first, last, sha256.hex())


@dataclass(frozen=True, slots=True)
class Tree:
    """What the near zone's receipts and its witness need to know of the audit log.

    `proof` leads from the tree of `old` leaves to that of `new` with this `root`.  The
    `signature` is the log's, of the checkpoint with that size and root: a witness signs
    nothing that the log has not.
    `flags` say whether the verify stage has halted or is full, and the far zone away.
    """

    lane: Lane
    flags: Flag
    old: int
    new: int
    root: bytes
    signature: bytes
    proof: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """Return the 120 bytes of the record, and 32 for each hash."""
        head = _TREE.pack(
            b"SKT1",
            _LANES.index(self.lane),
            self.flags,
            len(self.proof),
            self.old,
            self.new,
            self.root,
            self.signature,
        )
        return head + b"".join(self.proof)

    @classmethod
    def decode(cls, untrusted: bytes) -> "Tree":
        """Return the record, or raise `Refused`.  Nothing is proven yet."""
        head = untrusted[: _TREE.size]
        lane, flags, hashes, old, new, root, signature = _unpack(_TREE, b"SKT1", head)
        if flags > ALL_FLAGS or hashes > MAX_PROOF_HASHES or old > new:
            raise Refused(Reason.MALFORMED, "a tree says what no tree says")
        if len(untrusted) != _TREE.size + hashes * HASH_BYTES:
            raise Refused(Reason.BAD_SIZE, f"a tree of {len(untrusted)} bytes")
        cuts = range(_TREE.size, len(untrusted), HASH_BYTES)
        proof = tuple(untrusted[at : at + HASH_BYTES] for at in cuts)
        return cls(_lane(lane), Flag(flags), old, new, root, signature, proof)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """What a zone answers as a witness: its signature line on the tree of `size` leaves.

    The line is C2SP tlog-cosignature's, of the checkpoint with that size and root.
    """

    lane: Lane
    size: int
    line: str

    def encode(self) -> bytes:
        """Return the 16 bytes of the head, and the line in UTF-8."""
        return _COSIGNATURE.pack(b"SKC1", _LANES.index(self.lane), self.size) + self.line.encode()

    @classmethod
    def decode(cls, untrusted: bytes) -> "Cosignature":
        """Return the record, or raise `Refused`.  Nothing is verified yet."""
        lane, size = _unpack(_COSIGNATURE, b"SKC1", untrusted[: _COSIGNATURE.size])
        try:
            return cls(_lane(lane), size, untrusted[_COSIGNATURE.size :].decode())
        except UnicodeDecodeError:
            raise Refused(Reason.MALFORMED, "a cosignature is not UTF-8") from None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What time it was at the asking end, and, in the answer, what time it is at the other.

    Milliseconds since 1970, which calendars can write; `told` is 0 in a question.
    """

    asked: int
    told: int

    def encode(self) -> bytes:
        """Return the 24 bytes of the record."""
        return _CLOCK.pack(b"SKO1", self.asked, self.told)

    @classmethod
    def decode(cls, untrusted: bytes) -> "ClockReading":
        """Return the record, or raise `Refused`."""
        asked, told = _unpack(_CLOCK, b"SKO1", untrusted)
        if max(asked, told) > LAST_MS:
            raise Refused(Reason.MALFORMED, "a clock that no calendar can write")
        return cls(asked, told)


def _unpack(form: struct.Struct, magic: bytes, untrusted: bytes) -> tuple[Any, ...]:
    if len(untrusted) != form.size:
        raise Refused(Reason.BAD_SIZE, f"a record of {len(untrusted)} bytes, expected {form.size}")
    found, *fields = form.unpack(untrusted)
    if found != magic:
        raise Refused(Reason.MALFORMED, "another kind of record")
    if form.pack(found, *fields) != untrusted:  # the padding is no place for a message either
        raise Refused(Reason.NOT_CANONICAL, "record")
    return tuple(fields)


def _lane(code: int) -> Lane:
    if code >= len(_LANES):
        raise Refused(Reason.MALFORMED, f"lane {code}")
    return _LANES[code]

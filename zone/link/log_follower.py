"""This zone follows the audit log of the lane that leads here: every leaf, in its order.

    LEAVES ──▶ the compact tree grows by their hashes ──▶ CHECKPOINT: is it the tree of the log?
       └─ records of releases, kept until that is known ──────┘

A leaf counts once the tree that holds it carries the log's own signature and grew out of the one
that this zone has seen before (`zone.link.witness`).
"""

from typing import Final

import msgspec
from msgspec import Struct

from wire.audit.leaves import MAX_STEP, read_leaves
from wire.audit.tlog import Frontier, TreeHead, extend_frontier
from wire.lane import Lane
from wire.reasons import Reason, Refused

RELEASED: Final = "event.released"


class ReleaseRecord(Struct, frozen=True, gc=False):
    """What a zone reads of a record: which event was released, as what and from what.

    `idx` is its place in the log, `out_seq` and `out_sha256` the event's number in the release
    chain and the hash of the payload that it left in.
    """

    log: str
    lane: str
    ev: str
    idx: int
    id: str | None = None
    notice: str | None = None
    decision: str | None = None
    policy_sha256: str | None = None
    in_sha256: str | None = None
    out_seq: int | None = None
    out_sha256: str | None = None

    @property
    def event(self) -> str | None:
        """The event that left: of what the relay keeps back the notice of it."""
        return self.notice or self.id


_decode = msgspec.json.Decoder(ReleaseRecord).decode


class GrownLog(Struct, frozen=True):
    """What came since the tree that was seen last: the tree now, and records of releases."""

    frontier: Frontier
    records: dict[int, ReleaseRecord]


class TreeFollower:
    """The leaves of one session, from the tree that was seen last on."""

    def __init__(self, lane: Lane, seen: Frontier) -> None:
        """Go on from the tree `seen`."""
        self._lane = lane
        self._frontier = seen
        self._left = MAX_STEP
        self._records: dict[int, ReleaseRecord] = {}

    def take(self, untrusted: bytes) -> None:
        """Take in leaves that follow those before, or raise `Refused`."""
        first, leaves = read_leaves(untrusted)
        if first != self._frontier.size:
            raise Refused(Reason.GAP, f"leaf {first} does not follow {self._frontier.size}")
        self._left -= len(leaves)
        if self._left < 0:
            raise Refused(Reason.BAD_SIZE, f"more than {MAX_STEP} leaves before a checkpoint")
        for index, leaf in enumerate(leaves, start=first):
            if leaf.record is not None:
                record = _read(leaf.record)
                if (record.idx, record.lane, record.ev) == (index, self._lane, RELEASED):
                    self._records[index] = record
        self._frontier, _ = extend_frontier(self._frontier, [leaf.hash for leaf in leaves])

    def grown(self, head: TreeHead) -> GrownLog:
        """Return what came since the last checkpoint, and begin again; `head` is proven to be it.

        Raises `Refused` if the leaves that came are not those of that tree.
        """
        if self._frontier.head != head:
            raise Refused(
                Reason.AUDIT_INCONSISTENT, f"the leaves that came make no tree of {head.size}"
            )
        grown = GrownLog(self._frontier, self._records)
        self._left, self._records = MAX_STEP, {}
        return grown


def _read(untrusted: bytes) -> ReleaseRecord:
    try:
        return _decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.MALFORMED, "a leaf whose record is none") from None

"""The hand that holds the release key.

It signs a payload only if the audit log already holds, in the same transaction, the
decision to release each event of it in this very payload; and only once, in order,
under a policy that was read here, and while the lane is not halted.  Whoever wants
something released has to put it on record first.
"""

import sqlite3

from relay.verify.audit_record import Occurrence, decode_released
from relay.verify.policy_in_force import has_read
from relay.verify.store import demand_running, lane_position
from runtime import audit_log
from wire import payload as payloads
from wire.envelope import payload_digest, seal_envelope
from wire.events import Event
from wire.keys import SigningKey
from wire.lane import Link
from wire.payload import Payload
from wire.reasons import Reason, Refused


class PayloadDraft:
    """A payload that is to be signed, and the bytes and the hash that it has."""

    def __init__(self, payload: Payload) -> None:
        """Write `payload` in the one way there is."""
        self.payload = payload
        self.encoded = payloads.encode(payload)
        self.sha256 = payload_digest(self.encoded)


class ReleaseSigner:
    """Signs what leaves a lane."""

    def __init__(self, key: SigningKey, link: Link) -> None:
        """Sign with the release key of the lane of `link`."""
        if key.role != link.sender:
            raise Refused(Reason.WRONG_LINK, f"the key {key.role} on a link of {link.sender}")
        self._key = key
        self._link = link

    def sign(self, db: sqlite3.Connection, draft: PayloadDraft) -> bytes:
        """Return the envelope, and move the chain on; or raise `Refused`."""
        found, head, chain = lane_position(db), draft.payload.head, lane_position(db).chain
        # (1) The lane runs.
        demand_running(found)
        # (2) For this link, and next in its chain: a number is given out once.
        payloads.demand_link(draft.payload, self._link)
        if (head.epoch, head.seq, head.prev) != (chain.epoch, chain.high + 1, chain.head):
            raise Refused(Reason.FORK, f"event {head.seq} does not follow {chain.high}")
        # (3) Under a policy that was read here.
        if head.authority is None or not has_read(db, head.authority.policy_sha256):
            raise Refused(Reason.NO_AUTHORITY, "a policy that was not read here")
        # (4) Each event on record, as released in this payload.
        _demand_leaves(db, draft, head.authority.policy_sha256)
        # (5) Never again.
        db.execute("UPDATE lane SET high = ?, head = ?", (draft.payload.last, draft.sha256))
        return seal_envelope(draft.encoded, self._key)


def _demand_leaves(db: sqlite3.Connection, draft: PayloadDraft, policy_sha256: str) -> None:
    events = draft.payload.events
    leaves = [event.release.leaf for event in events if event.release is not None]
    if len(leaves) != len(events):
        raise Refused(Reason.NO_AUTHORITY, "an event without a release")
    records = audit_log.read(db, leaves[0], leaves[-1] - leaves[0] + 1)
    for seq, event in enumerate(events, start=draft.payload.head.seq):
        at = leaves[seq - draft.payload.head.seq] - leaves[0]
        if not 0 <= at < len(records) or not _is_leaf_of(
            records[at], event, seq, draft.sha256, policy_sha256
        ):
            raise Refused(Reason.NO_AUTHORITY, f"no record releases event {seq}")


def _is_leaf_of(record: bytes, event: Event, seq: int, sha256: str, policy_sha256: str) -> bool:
    leaf, release = decode_released(record), event.release
    return release is not None and (
        leaf.ev,
        leaf.notice or leaf.id,
        leaf.out_seq,
        leaf.out_sha256,
        leaf.decision,
        leaf.in_sha256,
        leaf.policy_sha256,
    ) == (
        Occurrence.EVENT_RELEASED,
        event.id,
        seq,
        sha256,
        release.decision,
        release.source_sha256,
        policy_sha256,
    )

"""The audit log of a relay that need not be honest: it writes and shows what it is told to."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tests.zone.conftest import SITE
from tests.zone.relay import POLICY, SOURCE, Relay, key_of
from wire.audit.checkpoint import seal_checkpoint
from wire.audit.leaves import SentLeaf, write_leaves
from wire.audit.note import Signer
from wire.audit.tlog import Frontier, TreeHead, consistency_proof, extend_frontier, leaf_hash
from wire.audit.witness import AddCheckpoint, encode_add_checkpoint
from wire.events import Event
from wire.frames import FrameType
from wire.keys import KeyRole
from wire.lane import log_origin


class Logbook:
    """The log of `relay`, of which its zone was shown the first leaves."""

    def __init__(self, relay: Relay) -> None:
        """Begin an empty log."""
        self.relay = relay
        self.leaves: list[SentLeaf] = []
        self.shown = 0

    def add(self, record: Mapping[str, Any] | None) -> None:
        """Write a leaf; None is one of which the zone is told the hash alone."""
        said = msgspec.json.encode({"v": 1, "idx": len(self.leaves), **(record or {})})
        self.leaves.append(SentLeaf(leaf_hash(said), said if record is not None else None))

    def records_of(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        """Return the records of the events that were sealed last."""
        chain = self.relay.chain
        return [
            {
                "log": "sekisho/test",
                "lane": self.relay.lane,
                "ev": "event.released",
                "id": event.id,
                "decision": "pass",
                "policy_sha256": POLICY,
                "in_sha256": SOURCE,
                "out_seq": seq,
                "out_sha256": chain.head,
            }
            for seq, event in enumerate(events, start=chain.high - len(events) + 1)
        ]

    async def release(self, *events: Event, leaf: int | None = None) -> list[dict[str, Any]]:
        """Release events that cite the next leaves, or those from `leaf` on; write none.

        Returns the records that an honest relay would have written.
        """
        first = len(self.leaves) if leaf is None else leaf
        sealed = self.relay.released(events, first_leaf=first)
        came = sum(kind is FrameType.ACKNOWLEDGEMENT for kind, _ in self.relay.came)
        await self.relay.send(FrameType.ENVELOPE, sealed)
        await self.relay.got(FrameType.ACKNOWLEDGEMENT, came + 1)
        return self.records_of(events)

    async def release_on_record(self, *events: Event) -> None:
        """Release events as an honest relay does."""
        for record in await self.release(*events):
            self.add(record)

    @property
    def head(self) -> TreeHead:
        """The tree as it is."""
        return extend_frontier(Frontier(), [leaf.hash for leaf in self.leaves])[0].head

    async def show(self) -> None:
        """Show what was not shown yet, and wait until the zone vouches for it."""
        signed = sum(kind is FrameType.COSIGNATURE for kind, _ in self.relay.came)
        await self.send_leaves(self.leaves[self.shown :])
        await self.send_checkpoint(self.head)
        await self.relay.got(FrameType.COSIGNATURE, signed + 1)
        self.shown = len(self.leaves)

    async def send_leaves(self, leaves: Sequence[SentLeaf]) -> None:
        """Send leaves as those behind what was shown."""
        for body in write_leaves(self.shown, leaves):
            await self.relay.send(FrameType.LEAVES, body)

    async def send_checkpoint(self, head: TreeHead) -> None:
        """Ask for a signature on a head, with the proof that this log has for one of its size."""
        hashes = [leaf.hash for leaf in self.leaves]
        proof = consistency_proof(
            lambda _, first, number: hashes[first : first + number], self.shown, head.size
        )
        log = Signer(log_origin(SITE, self.relay.lane), key_of(KeyRole.IMPORT_AUDIT).private)
        request = AddCheckpoint(self.shown, tuple(proof), seal_checkpoint(head, log))
        await self.relay.send(FrameType.CHECKPOINT, encode_add_checkpoint(request))

"""The speaker: everything that is said to the near zone, in receipts of fixed size.

It says what is durable and nothing else.  Records with a verdict are numbered and come
again after a broken link; a record without one only says how far the lane has come.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from relay.transform import pacer, verdicts
from relay.transform.ledger import ToldVerdict
from relay.transform.store import TransformStore
from runtime import failpoints
from runtime.links import Connection
from runtime.presence import BEYOND_AFTER_S, Presence
from wire.frames import FrameType
from wire.keyring import Keyring
from wire.keys import SigningKey
from wire.lane import Lane
from wire.receipts import (
    Flag,
    LaneStatus,
    ProofPart,
    Receipt,
    SignedHead,
    seal_receipt,
    split_proof,
)
from wire.records import Tree
from wire.removed import removed_words

# Beyond the bound at which the zone is asked to wait: what may be on the link by then,
# a window of 32 full envelopes, and as much again.
LATE_ITEMS = 2 * 32 * 256
# Receipts that a zone to which they were sent may not have in its store yet.  A socket
# holds some thousands; a zone that crashes asks for them again.
UNCERTAIN_TICKS = 100_000
PRUNE_EVERY_TICKS = 10_000

Say = Callable[[bytes], Awaitable[None]]


class ReceiptSender:
    """What the near zone is told, whichever connection it is on."""

    def __init__(
        self,
        store: TransformStore,
        lane: Lane,
        key: SigningKey,
        keyring: Keyring,
        *,
        max_waiting: int,
        full_at_bytes: int,
        pace_s: float = 0.0,
    ) -> None:
        """Sign with `key`.  Ask the zone to wait from these bounds on.

        Speak once in `pace_s` seconds, or (0) at once.
        """
        self._store = store
        self._lane = lane
        self._key = key
        self._keyring = keyring.digest()[:16]
        self._max_waiting = max_waiting
        self._full_at_bytes = full_at_bytes
        self._pace_s = pace_s
        self._is_waiting = False
        self._is_resting = False
        self._must_repeat = False
        self._lane_flags = Flag.NONE  # what the verify stage says of the lane
        self._proofs: list[Tree] = []
        self.cosignatures: asyncio.Queue[bytes] = asyncio.Queue(16)
        self.witnessed = 0  # the tree that the near zone knows, or will with what is under way
        self.next_proof_from = 0  # the tree from which the verify stage's next proof leads
        self.sessions = 0
        self.is_connected = False
        self.verify_stage = Presence(store.near_bell.set, store.now, gone_after_s=BEYOND_AFTER_S)
        self.verify_stage.restore(store.now())  # until it has come
        self.verify_stage.note(is_there=False)

    @property
    def is_crowded(self) -> bool:
        """Whether so much waits that no more may be taken, asked to wait or not."""
        return self._store.waiting > self._max_waiting + LATE_ITEMS

    def flags(self) -> Flag:
        """Return what the zone should know of the lane, as it is now."""
        store, flags = self._store, self._lane_flags
        # Asked to go on only when a fifth is free: else it would be asked at every event.
        bound = self._max_waiting * 4 // 5 if self._is_waiting else self._max_waiting
        self._is_waiting = store.waiting >= bound
        if self._is_waiting or self._is_resting or store.is_full:
            flags |= Flag.HOLD
        if store.source_bytes >= self._full_at_bytes:
            flags |= Flag.HOLD
        if store.position.halt is not None:
            flags |= Flag.HALT
        if self.verify_stage.since is not None:
            flags |= Flag.FAR_DOWN
        return flags

    def set_resting(self, *, on: bool) -> None:
        """Ask the zone to send nothing for a while, or to go on."""
        if self._is_resting != on:
            self._is_resting = on
            self._store.near_bell.set()

    def repeat(self) -> None:
        """Say once more how far the lane has come: something came twice, or too early."""
        self._must_repeat = True
        self._store.near_bell.set()

    def note_tree(self, tree: Tree) -> None:
        """Take in what the verify stage says of its audit log."""
        self._lane_flags = tree.flags
        self.next_proof_from = tree.new
        if self.is_connected and tree.old == self.witnessed and tree.new > tree.old:
            self.witnessed = tree.new
            self._proofs.append(tree)
        self._store.near_bell.set()

    @property
    def needs_other_proof(self) -> bool:
        """Whether the next proof would lead from a tree that the near zone does not know."""
        return self.is_connected and self.witnessed != self.next_proof_from

    async def pass_on_cosignature(self, body: bytes) -> None:
        """Keep a witness's signature for the verify stage, the newest of a few."""
        if self.cosignatures.full():
            self.cosignatures.get_nowait()
        self.cosignatures.put_nowait(body)
        self._store.stage_bell.set()

    async def state(self, connection: Connection) -> None:
        """Say how far the lane has come."""
        await _send(connection, self._seal(self._status(None)))

    async def speak(self, connection: Connection, tick: int, tree_size: int) -> None:
        """Tell a zone that knows all up to `tick`, and go on until cancelled."""
        self._proofs.clear()
        self.witnessed = tree_size
        self.is_connected = True
        self._store.stage_bell.set()
        try:
            if self._pace_s:
                await self._speak_at_pace(partial(_send, connection), tick)
            else:
                await self._speak(partial(_send, connection), tick)
        finally:
            self.is_connected = False

    async def _speak_at_pace(self, send: Say, tick: int) -> None:
        """Have all that is said go through a queue, and out of it at the pace."""
        queue = pacer.pace_queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak(queue.put, tick))
            group.create_task(
                pacer.write_at_pace(
                    queue, lambda: self._seal(self._status(None)), send, pace_s=self._pace_s
                )
            )

    async def _speak(self, say: Say, tick: int) -> None:
        store, sent, pruned = self._store, tick, tick
        said = None
        while True:
            store.near_bell.clear()
            told = await store.receipts_after(sent)
            for each in pacer.merge_runs(told) if self._pace_s else told:
                failpoints.reach("transform.receipt.sending")
                await say(self._seal(self._status(each)))
                failpoints.reach("transform.receipt.sent")
                sent = each.tick
            position = (store.position.high, self.flags())
            if self._must_repeat or (not told and position != said):
                self._must_repeat = False
                if not self._pace_s:  # else it is said at every tick
                    await say(self._seal(self._status(None)))
            said = position
            await self._prove(say)
            if sent - pruned >= UNCERTAIN_TICKS + PRUNE_EVERY_TICKS:
                pruned = sent - UNCERTAIN_TICKS
                await store.write(partial(verdicts.prune, tick=pruned))
            if not told:
                await store.near_bell.wait()

    async def _prove(self, say: Say) -> None:
        while self._proofs:
            tree = self._proofs.pop(0)
            # The zone has to know what the log has signed before it can weigh the proof.
            where = (self._lane, self._store.position.epoch, self._store.position.tick)
            signed = SignedHead(*where, tree.new, tree.root, tree.signature)
            await say(self._seal(signed))
            head = ProofPart(*where, tree.old, tree.new, 0, 0, ())
            for part in split_proof(head, list(tree.proof)):
                await say(self._seal(part))

    def _seal(self, receipt: Receipt) -> bytes:
        return seal_receipt(receipt, self._key)

    def _status(self, told: ToldVerdict | None) -> LaneStatus:
        position = self._store.position
        status = LaneStatus(
            self._lane,
            position.epoch,
            position.high,
            position.head,
            position.tick,
            self.flags(),
            keyring=self._keyring,
        )
        if told is None:
            return status
        return replace(
            status,
            tick=told.tick,
            verdict=told.verdict,
            reason=told.reason,
            file=told.file,
            first=told.first,
            last=told.last,
            removed=removed_words(told.removed),
            rule=told.rule,
            until=told.until,
            desk=told.desk,
            found=told.found,
        )


async def _send(connection: Connection, record: bytes) -> None:
    await connection.send(FrameType.RECEIPT, record)

"""This zone as a witness of both lanes' audit logs.

It remembers one tree head for each, signs only what carries the log's own signature and
grew out of it, and keeps what it saw before its signature leaves.

    lane in    the verify stage itself asks: CHECKPOINT, a signed note with its proof, behind
               all the leaves from which its tree is made (`zone.link.log_follower`)
    lane out   the transform stage passes on: the log's signature (`SignedHead`), then a proof

Two trees of one size that the log has signed, or from the verify stage itself a tree that
did not grow, are evidence: the lane is halted and says so.  Whatever else a messenger says
wrongly is its own word and not the log's: nothing is signed, and nothing is halted for it.
"""

import sqlite3

import structlog

from runtime.links import Connection
from wire.audit.checkpoint import checkpoint_text, seal_signed
from wire.audit.note import Signer, Verifier, cosign_note
from wire.audit.tlog import HASH_BYTES, Frontier, TreeHead
from wire.audit.witness import countersign_head, decode_add_checkpoint, observe_head
from wire.frames import FrameType
from wire.keyring import Keyring
from wire.keys import KeyRole, SigningKey
from wire.lane import Lane, log_origin
from wire.reasons import Reason, Refused
from wire.receipts import ProofPart, SignedHead
from wire.records import Cosignature
from zone.link import unrecorded
from zone.link.chains import halt_lane
from zone.link.log_follower import GrownLog, TreeFollower
from zone.store.store import ZoneStore
from zone.store.writing import Writing

MAX_PARTS = 64  # a proof has at most 63 hashes
MAX_SIGNED = 256  # heads that may pass before the proof of the first of them is whole

logger = structlog.get_logger()


class Witness:
    """The memory of one zone of two logs."""

    def __init__(self, store: ZoneStore, keyring: Keyring, key: SigningKey, site: str) -> None:
        """Remember in `store`, sign with `key`."""
        self._store = store
        self._keyring = keyring
        self._signer = Signer(f"{site}/{key.role}", key.private)
        self._site = site
        # Heads that the log has signed and their notes, by size, until they are proven.
        self._signed: dict[int, tuple[TreeHead, bytes]] = {}
        self._parts: dict[int, ProofPart] = {}

    async def size(self, lane: Lane) -> int:
        """Return the size of the tree last seen, 0 if none was."""
        head = await self._store.read(lambda db: _head(db, lane))
        return head.size if head else 0

    async def frontier(self, lane: Lane) -> Frontier:
        """Return the tree last seen of the lane that is followed."""
        return await self._store.read(lambda db: _frontier(db, lane))

    async def take_head(self, untrusted: SignedHead) -> None:
        """Take in a head that was passed on, if the log has signed it, or raise `Refused`."""
        lane, head = untrusted.lane, TreeHead(untrusted.size, untrusted.root)
        try:
            note = seal_signed(head, untrusted.signature, self._log(lane))
        except Refused:
            logger.error("witness.asked_to_lie", lane=lane, size=head.size)
            raise
        state = await self._store.read(lambda db: _head(db, lane))
        if state is not None and state.size == head.size and state.root != head.root:
            await self._halt(lane, Reason.AUDIT_INCONSISTENT)
            raise Refused(Reason.AUDIT_INCONSISTENT, f"the log has signed two trees of {head.size}")
        self._signed[head.size] = head, note
        while len(self._signed) > MAX_SIGNED:
            del self._signed[next(iter(self._signed))]

    async def take_part(self, connection: Connection, part: ProofPart) -> None:
        """Take in one record of a proof; with the last, check, remember and sign."""
        if part.part == 0:
            self._parts.clear()
        if part.parts > MAX_PARTS:
            raise Refused(Reason.MALFORMED, "a proof of more records than any tree needs")
        self._parts[part.part] = part
        # What the log has not signed is nothing to vouch for, whoever says it.
        signed = self._signed.get(part.new)
        if signed is None or any(i not in self._parts for i in range(part.parts)):
            return
        proof = [h for i in range(part.parts) for h in self._parts[i].hashes]
        state = await self._store.read(lambda db: _head(db, part.lane))
        if state is not None and state.size != part.old:
            return  # it is proven from another tree than ours: the next one will fit
        head, note = signed
        try:
            observe_head(state, head, proof)
        except Refused:
            logger.error("witness.not_proven", lane=part.lane, old=part.old, new=part.new)
            raise
        await self._remember(part.lane, head, note)
        self._signed = {size: kept for size, kept in self._signed.items() if size > head.size}
        text = checkpoint_text(log_origin(self._site, part.lane), head)
        line = cosign_note(text, self._signer, now_s=self._store.now() // 1000)
        record = Cosignature(part.lane, head.size, line)
        await connection.send(FrameType.COSIGNATURE, record.encode())

    async def take_checkpoint(
        self, connection: Connection, lane: Lane, untrusted: bytes, follower: TreeFollower
    ) -> None:
        """Take in a signed checkpoint with its proof, remember it and countersign it.

        What `follower` has of the tree is on record now.
        """
        request = decode_add_checkpoint(untrusted)
        state = await self._store.read(lambda db: _head(db, lane))
        try:
            head, line = countersign_head(
                state,
                request,
                log=self._log(lane),
                witness=self._signer,
                now_s=self._store.now() // 1000,
            )
        except Refused as refusal:
            if refusal.reason is not Reason.AUDIT_INCONSISTENT:
                return
            await self._halt(lane, refusal.reason)
            raise
        grown, before = _grown(follower, head), state.size if state else 0
        at, peaks = self._store.now(), b"".join(grown.frontier.peaks)
        row = (lane, head.size, head.root, at, request.checkpoint, peaks)

        def work(writing: Writing) -> None:
            _keep(writing.db, row)
            unrecorded.confirm(writing, before, grown)

        await self._store.write(work)
        await connection.send(FrameType.COSIGNATURE, Cosignature(lane, head.size, line).encode())

    async def _halt(self, lane: Lane, reason: Reason) -> None:
        await self._store.write(lambda w: halt_lane(w.db, lane, reason))

    def _log(self, lane: Lane) -> Verifier:
        role = KeyRole.IMPORT_AUDIT if lane is Lane.IMPORT else KeyRole.EXPORT_AUDIT
        key = self._keyring.public(role, now=self._store.now())
        return Verifier(log_origin(self._site, lane), key)

    async def _remember(self, lane: Lane, head: TreeHead, note: bytes) -> None:
        row = (lane, head.size, head.root, self._store.now(), note, None)
        await self._store.write(lambda w: _keep(w.db, row))


def _grown(follower: TreeFollower, head: TreeHead) -> GrownLog:
    try:
        return follower.grown(head)
    except Refused as refusal:
        logger.critical("log.leaves_wrong", size=head.size, detail=refusal.detail)
        raise


def _keep(db: sqlite3.Connection, row: tuple[object, ...]) -> None:
    db.execute(
        """
        INSERT INTO witness (lane, size, root, at, note, peaks) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (lane) DO UPDATE SET size = excluded.size, root = excluded.root,
               at = excluded.at, note = excluded.note, peaks = excluded.peaks
         WHERE excluded.size >= witness.size
        """,
        row,
    )


def _head(db: sqlite3.Connection, lane: Lane) -> TreeHead | None:
    row = db.execute("SELECT size, root FROM witness WHERE lane = ?", (lane,)).fetchone()
    return None if row is None else TreeHead(*row)


def _frontier(db: sqlite3.Connection, lane: Lane) -> Frontier:
    row = db.execute("SELECT size, peaks FROM witness WHERE lane = ?", (lane,)).fetchone()
    if row is None:
        return Frontier()
    size, peaks = row
    cuts = range(0, len(peaks), HASH_BYTES)
    return Frontier(size, tuple(peaks[at : at + HASH_BYTES] for at in cuts))

"""This zone as a witness of both lanes' audit logs.

It remembers one tree head for each, signs only what grew out of it, and keeps
what it saw before its signature leaves.  A log that did not grow out of what was
seen is evidence: the lane is halted and says so.
"""

import sqlite3

from runtime.links import Connection
from wire.audit.checkpoint import checkpoint_text
from wire.audit.note import Signer, Verifier, cosign_note
from wire.audit.tlog import TreeHead
from wire.audit.witness import countersign_head, decode_add_checkpoint, observe_head
from wire.frames import FrameType
from wire.keyring import Keyring
from wire.keys import KeyRole, SigningKey
from wire.lane import Lane, log_origin
from wire.reasons import Reason, Refused
from wire.receipts import LaneStatus, ProofPart
from wire.records import Cosignature
from zone.link.chains import halt_lane
from zone.store.store import ZoneStore

MAX_PARTS = 64  # a proof has at most 63 hashes
MAX_CLAIMS = 256  # receipts that may pass between a tree head and its proof


class Witness:
    """The memory of one zone of two logs."""

    def __init__(self, store: ZoneStore, keyring: Keyring, key: SigningKey, site: str) -> None:
        """Remember in `store`, sign with `key`."""
        self._store = store
        self._keyring = keyring
        self._signer = Signer(f"{site}/{key.role}", key.private)
        self._site = site
        self._claimed: dict[int, TreeHead] = {}
        self._parts: dict[int, ProofPart] = {}

    async def size(self, lane: Lane) -> int:
        """Return the size of the tree last seen, 0 if none was."""
        head = await self._store.read(lambda db: _head(db, lane))
        return head.size if head else 0

    def note(self, status: LaneStatus) -> None:
        """Remember what tree the relay last claimed in a receipt."""
        self._claimed[status.tree_size] = TreeHead(status.tree_size, status.tree_root)
        while len(self._claimed) > MAX_CLAIMS:
            del self._claimed[next(iter(self._claimed))]

    async def take_part(self, connection: Connection, part: ProofPart) -> None:
        """Take in one record of a proof; with the last, check, remember and sign."""
        if part.part == 0:
            self._parts.clear()
        if part.parts > MAX_PARTS:
            raise Refused(Reason.MALFORMED, "a proof of more records than any tree needs")
        self._parts[part.part] = part
        claimed = self._claimed.get(part.new)
        if len(self._parts) < part.parts or claimed is None:
            return
        proof = [h for i in range(part.parts) for h in self._parts[i].hashes]
        state = await self._store.read(lambda db: _head(db, part.lane))
        if state is not None and state.size != part.old:
            return  # it is proven from another tree than ours: the next one will fit
        await self._remember(part.lane, await self._grown(part.lane, state, claimed, proof), b"")
        text = checkpoint_text(log_origin(self._site, part.lane), claimed)
        line = cosign_note(text, self._signer, now_s=self._store.now() // 1000)
        record = Cosignature(part.lane, claimed.size, line)
        await connection.send(FrameType.COSIGNATURE, record.encode())

    async def _grown(
        self, lane: Lane, state: TreeHead | None, claimed: TreeHead, proof: list[bytes]
    ) -> TreeHead:
        try:
            return observe_head(state, claimed, proof)
        except Refused as refusal:
            await self._halt(lane, refusal.reason)
            raise

    async def take_checkpoint(self, connection: Connection, lane: Lane, untrusted: bytes) -> None:
        """Take in a signed checkpoint with its proof, remember it and countersign it."""
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
        await self._remember(lane, head, request.checkpoint)
        await connection.send(FrameType.COSIGNATURE, Cosignature(lane, head.size, line).encode())

    async def _halt(self, lane: Lane, reason: Reason) -> None:
        await self._store.write(lambda w: halt_lane(w.db, lane, reason))

    def _log(self, lane: Lane) -> Verifier:
        role = KeyRole.IMPORT_AUDIT if lane is Lane.IMPORT else KeyRole.EXPORT_AUDIT
        key = self._keyring.public(role, now=self._store.now())
        return Verifier(log_origin(self._site, lane), key)

    async def _remember(self, lane: Lane, head: TreeHead, note: bytes) -> None:
        at = self._store.now()
        await self._store.write(
            lambda w: w.db.execute(
                """
                INSERT INTO witness (lane, size, root, at, note) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (lane) DO UPDATE SET size = excluded.size, root = excluded.root,
                       at = excluded.at, note = excluded.note WHERE excluded.size >= witness.size
                """,
                (lane, head.size, head.root, at, note),
            )
        )


def _head(db: sqlite3.Connection, lane: Lane) -> TreeHead | None:
    row = db.execute("SELECT size, root FROM witness WHERE lane = ?", (lane,)).fetchone()
    return None if row is None else TreeHead(*row)

"""Publishing the audit log of a lane, and having both zones vouch for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from relay.verify.stage import Stage
from runtime import audit_log, audit_publish, failpoints
from wire.audit.checkpoint import seal_checkpoint, sign_head
from wire.audit.note import SignatureType, Signer, Verifier
from wire.audit.tlog import EMPTY_TREE, TreeHead
from wire.audit.witness import AddCheckpoint, encode_add_checkpoint
from wire.keyring import Keyring
from wire.keys import KeyRole
from wire.lane import Zone
from wire.reasons import Reason, Refused
from wire.records import Cosignature

# What an auditor sees is at most this old while the log grows.
PUBLISH_S = 1.0
# The word of a witness on the record that we stop: a round trip, if it is there.
LAST_WORD_S = 0.5
# A log of which auditors have seen another history must not grow.
_UNPUBLISHED = (Reason.ROLLBACK, Reason.AUDIT_INCONSISTENT)

logger = structlog.get_logger()


class Publisher:
    """The published form of a lane's audit log."""

    def __init__(
        self,
        stage: Stage,
        folder: Path,
        signer: Signer,
        keyring: Keyring,
        clock: Callable[[], int],
    ) -> None:
        """Publish the log in the store of `stage` to `folder`, signed by `signer`."""
        self._stage = stage
        self._folder = folder
        self._signer = signer
        self._keyring = keyring
        self._clock = clock
        self._signatures = 0  # of witnesses, since the start
        self._witnessed = 0  # the largest tree that one of them has signed since then
        self._cosigned = asyncio.Event()
        self._shown = -1  # how many of them the folder shows; it is written at least once
        self.published: TreeHead = EMPTY_TREE

    async def start(self, keyring_sha256: str) -> None:
        """Compare the store with what was published: an older store must not go on.

        Only a log that goes on has a record of the start, and of these keys.
        """
        try:
            head = audit_publish.published_head(self._folder, self._signer.verifier())
            await self._stage.database.read(lambda db: audit_log.check_published(db, head))
        except Refused as refusal:
            logger.critical("log.inconsistent", reason=refusal.reason, detail=refusal.detail)
            await self._stage.halt(refusal.reason)
            return
        self.published = head
        await self._stage.note_start(keyring_sha256)
        await self.publish()

    async def stop(self) -> None:
        """Put the stop on record and publish it; wait for witnesses, but not for long."""
        if self._stage.halted in _UNPUBLISHED:
            return
        await self._stage.note_stop()
        await self.publish()
        if self._stage.connections:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORD_S):
                    await self._vouched_for(self.published.size)

    async def _vouched_for(self, size: int) -> None:
        """Wait until some witness has signed a tree of `size`; `run` publishes it."""
        while self._witnessed < size:
            self._cosigned.clear()
            await self._cosigned.wait()

    async def run(self) -> None:
        """Publish once a second while the log grows; at the end, what is left."""
        try:
            while True:
                await asyncio.sleep(PUBLISH_S)
                await self.publish()
        finally:
            await self.publish()

    async def publish(self) -> None:
        """Bring the folder up to date.  Where it cannot be written, the lane takes nothing in."""
        stage = self._stage
        if stage.halted in _UNPUBLISHED:
            return
        try:
            while await self._publish_step():
                pass
        except OSError as trouble:
            if stage.log_is_writable:
                logger.error("log.unwritable", folder=str(self._folder), error=str(trouble))
            stage.log_is_writable = False
        except Refused as refusal:
            logger.critical("log.inconsistent", reason=refusal.reason, detail=refusal.detail)
            await stage.halt(refusal.reason)
        else:
            if not stage.log_is_writable:
                logger.info("log.writable", folder=str(self._folder))
            stage.log_is_writable = True

    async def _publish_step(self) -> bool:
        """Publish the next few bundles.  Return whether there may be more."""
        size, signatures = self.published.size, self._signatures
        step = await self._stage.database.read(lambda db: audit_publish.gather(db, size))
        if step.head.size == size and signatures == self._shown:
            return False
        await asyncio.to_thread(audit_publish.write, self._folder, step, self._signer)
        failpoints.reach("verify.log.published")
        self._shown = signatures
        has_grown = step.head.size > size
        self.published = step.head
        if has_grown:
            self._stage.sealed.set()
            self._stage.near.tell()
        return has_grown

    async def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new` leaves holds that of `old`."""
        proof = await self._stage.database.read(lambda db: audit_log.consistency(db, old, new))
        return tuple(proof)

    def sign(self, head: TreeHead) -> bytes:
        """Return the log's signature on a head that was published, for the near zone's witness."""
        return sign_head(head, self._signer)

    async def request(self, witnessed: int) -> bytes:
        """Return what a witness is asked that last saw a tree of `witnessed` leaves."""
        head = self.published
        proof = await self.prove(witnessed, head.size)
        note = seal_checkpoint(head, self._signer)
        return encode_add_checkpoint(AddCheckpoint(witnessed, proof, note))

    async def take_cosignature(self, zone: Zone, untrusted: bytes) -> int:
        """Keep what the witness of `zone` has signed, and return the size of that tree."""
        signed = Cosignature.decode(untrusted)
        if signed.lane is not self._stage.place.lane:
            raise Refused(Reason.WRONG_LINK, f"a cosignature for the {signed.lane} lane")
        role = KeyRole(f"witness-{zone}")
        witness = Verifier(
            f"{self._stage.place.site}/{role}",
            self._keyring.public(role, now=self._clock()),
            SignatureType.COSIGNATURE_V1,
        )
        await self._stage.write(
            lambda db: audit_log.keep_cosignature(
                db, signed.line, size=signed.size, origin=self._signer.name, witness=witness
            )
        )
        self._signatures += 1
        self._witnessed = max(self._witnessed, signed.size)
        self._cosigned.set()
        return signed.size

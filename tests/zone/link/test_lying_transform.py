"""A transform stage that speaks the real protocol, holds the lane's receipt key, and lies.

It can say in receipts what it likes.  The log's own signature it cannot make, and nothing that
it says wrongly stops an honest lane.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.zone.conftest import SITE, Place
from tests.zone.link.test_outbox import LANE, Way
from tests.zone.relay import key_of
from wire.audit.checkpoint import checkpoint_text, open_checkpoint, sign_head
from wire.audit.note import SignatureType, Signer, Verifier, encode_note, open_note
from wire.audit.tlog import (
    Frontier,
    HashReader,
    TreeHead,
    consistency_proof,
    extend_frontier,
    leaf_hash,
)
from wire.frames import FrameType
from wire.keys import KeyRole
from wire.lane import log_origin
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import ProofPart, Receipt, SignedHead, split_proof
from wire.records import Cosignature

INVENTED = 212
HONEST = [leaf_hash(b"honest %d" % n) for n in range(5)]
OTHERS = [leaf_hash(b"invented %d" % n) for n in range(INVENTED)]
LOG = Signer(log_origin(SITE, LANE), key_of(KeyRole.EXPORT_AUDIT).private)


def head_of(leaves: list[bytes]) -> TreeHead:
    return extend_frontier(Frontier(), leaves)[0].head


def reader(leaves: list[bytes]) -> HashReader:
    return lambda _level, first, number: leaves[first : first + number]


class Liar(Way):
    """The relay's end of a zone's lane out, in hands that have the receipt key."""

    async def show(
        self,
        leaves: list[bytes],
        *,
        since: int,
        signer: Signer = LOG,
        proof: list[bytes] | None = None,
    ) -> None:
        """Show the tree of `leaves`, signed by `signer`, and that it grew out of `since` leaves."""
        head = head_of(leaves)
        signature = sign_head(head, signer)
        hashes = consistency_proof(reader(leaves), since, head.size) if proof is None else proof
        parts = split_proof(ProofPart(LANE, 1, 0, since, head.size, 0, 0, ()), hashes)
        await self.tell(SignedHead(LANE, 1, 0, head.size, head.root, signature), *parts)

    async def tell(self, *receipts: Receipt) -> None:
        """Send receipts, as far as the zone listens."""
        with suppress(Unavailable):
            for each in receipts:
                await self.relay.tell(each)

    async def vouched(self, number: int = 1) -> int:
        """Wait for the zone's signature as a witness, verify it, and return for which size."""
        signed = Cosignature.decode(await self.relay.got(FrameType.COSIGNATURE, number))
        key = key_of(KeyRole.WITNESS_LGWAN)
        witness = Verifier(
            f"{SITE}/{key.role}", key.private.public_key(), SignatureType.COSIGNATURE_V1
        )
        head = head_of(HONEST[: signed.size])
        open_note(encode_note(checkpoint_text(LOG.name, head), [signed.line]), [witness])
        return signed.size

    async def remembered(self) -> tuple[int, bytes] | None:
        row: tuple[int, bytes] | None = await self.place.store.read(
            lambda db: db.execute("SELECT size, note FROM witness").fetchone()
        )
        return row

    async def halted(self) -> str | None:
        (reason,) = await self.place.store.read(
            lambda db: db.execute("SELECT halted FROM chain WHERE lane = ?", (LANE,)).fetchone()
        )
        return None if reason is None else str(reason)


@pytest.fixture
def liar(lgwan: Place, tmp_path: Path) -> Liar:
    return Liar(lgwan, tmp_path)


async def refusal_of(session: "asyncio.Task[Exception | None]") -> Reason:
    trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Refused)
    return trouble.reason


@pytest.mark.parametrize(
    "role", [KeyRole.EXPORT_RECEIPT, KeyRole.IMPORT_AUDIT, KeyRole.EXPORT_RELEASE]
)
async def test_an_invented_tree_is_not_signed_and_the_honest_lane_goes_on(
    liar: Liar, role: KeyRole
) -> None:
    async with liar.open() as session:
        await liar.relay.tell(await liar.receipt())
        await liar.show(OTHERS, since=0, signer=Signer(LOG.name, key_of(role).private))
        assert await refusal_of(session) is Reason.BAD_SIGNATURE
    assert await liar.remembered() is None
    assert await liar.halted() is None
    liar.relay.came.clear()
    async with liar.open():
        await liar.relay.tell(await liar.receipt())
        await liar.relay.got(FrameType.ENVELOPE)
        await liar.show(HONEST, since=0)
        assert await liar.vouched() == len(HONEST)


async def test_what_the_log_signed_is_remembered_with_its_signature(liar: Liar) -> None:
    async with liar.open():
        await liar.relay.tell(await liar.receipt())
        await liar.show(HONEST[:2], since=0)
        assert await liar.vouched() == 2
        await liar.show(HONEST, since=2)
        assert await liar.vouched(2) == len(HONEST)
    kept = await liar.remembered()
    assert kept is not None
    assert open_checkpoint(kept[1], LOG.verifier()).head == head_of(HONEST)


async def test_a_tree_that_is_not_proven_to_have_grown_is_not_signed_nor_halted_for(
    liar: Liar,
) -> None:
    """The log may have signed it honestly: it is the messenger who brings the wrong proof."""
    async with liar.open() as session:
        await liar.relay.tell(await liar.receipt())
        await liar.show(HONEST[:2], since=0)
        await liar.vouched()
        await liar.show(HONEST, since=2, proof=[bytes(32)] * 3)
        assert await refusal_of(session) is Reason.AUDIT_INCONSISTENT
    assert await liar.halted() is None
    liar.relay.came.clear()
    async with liar.open():
        await liar.relay.tell(await liar.receipt())
        await liar.show(HONEST, since=2)
        assert await liar.vouched() == len(HONEST)


async def test_an_old_tree_shown_again_is_neither_signed_nor_halted_for(liar: Liar) -> None:
    async with liar.open() as session:
        await liar.relay.tell(await liar.receipt())
        await liar.show(HONEST, since=0)
        await liar.vouched()
        head = head_of(HONEST[:2])
        signature = sign_head(head, LOG)
        await liar.tell(SignedHead(LANE, 1, 0, 2, head.root, signature))
        await liar.tell(ProofPart(LANE, 1, 0, len(HONEST), 2, 0, 1, ()))
        assert await refusal_of(session) is Reason.AUDIT_INCONSISTENT
    assert await liar.halted() is None
    kept = await liar.remembered()
    assert kept is not None
    assert kept[0] == len(HONEST)


async def test_two_trees_of_one_size_that_the_log_has_signed_halt_the_lane(liar: Liar) -> None:
    async with liar.open() as session:
        await liar.relay.tell(await liar.receipt())
        await liar.show(HONEST, since=0)
        await liar.vouched()
        await liar.show(OTHERS[: len(HONEST)], since=0)
        assert await refusal_of(session) is Reason.AUDIT_INCONSISTENT
    assert await liar.halted() == Reason.AUDIT_INCONSISTENT


async def test_proofs_with_holes_prove_nothing_and_stop_nothing(liar: Liar) -> None:
    async with liar.open():
        await liar.relay.tell(await liar.receipt())
        head = head_of(HONEST)
        signed = SignedHead(LANE, 1, 0, head.size, head.root, sign_head(head, LOG))
        await liar.tell(signed)
        for part in (0, 5, 200):
            await liar.tell(ProofPart(LANE, 1, 0, 0, head.size, part, 3, ()))
        await liar.show(HONEST, since=0)
        assert await liar.vouched() == len(HONEST)


async def test_heads_without_a_proof_fill_no_memory(liar: Liar) -> None:
    async with liar.open():
        await liar.relay.tell(await liar.receipt())
        for size in range(1, 301):
            head = head_of(OTHERS[:1] * size)
            signature = sign_head(head, LOG)
            await liar.tell(SignedHead(LANE, 1, 0, size, head.root, signature))
        await liar.show(HONEST, since=0)
        assert await liar.vouched() == len(HONEST)
        assert len(liar.witness._signed) <= 256

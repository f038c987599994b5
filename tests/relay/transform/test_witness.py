"""What a transform stage passes on to the witness in its zone: heads of the log, and proofs."""

from pathlib import Path

from tests.relay.transform.near import Near
from tests.relay.transform.site import LANE, eventually, post
from tests.relay.transform.world import world
from wire.frames import FrameType
from wire.receipts import Flag, ProofPart, SignedHead
from wire.records import Tree


def parts_of(near: Near) -> list[ProofPart]:
    return [receipt for receipt in near.receipts if isinstance(receipt, ProofPart)]


def heads_of(near: Near) -> list[SignedHead]:
    return [receipt for receipt in near.receipts if isinstance(receipt, SignedHead)]


async def test_the_witness_gets_a_proof_from_the_tree_it_knows(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)
        tree = Tree(LANE, Flag.NONE, 0, 7, b"r" * 32, b"s" * 64, (b"p" * 32,) * 5)
        await w.verify.connections[-1].send(FrameType.TREE, tree.encode())
        await eventually(lambda: len(parts_of(w.near)) == 2)
        parts = [(p.old, p.new, p.part, p.parts, len(p.hashes)) for p in parts_of(w.near)]
        assert parts == [(0, 7, 0, 2, 4), (0, 7, 1, 2, 1)]
        (head,) = heads_of(w.near)
        assert (head.size, head.root, head.signature) == (7, b"r" * 32, b"s" * 64)


async def test_the_verify_stage_is_asked_again_for_a_witness_that_stands_elsewhere(
    folder: Path,
) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)  # both links are up
        tree = Tree(LANE, Flag.NONE, 0, 7, b"r" * 32, b"s" * 64)
        await w.verify.connections[-1].send(FrameType.TREE, tree.encode())
        await eventually(lambda: [head.size for head in heads_of(w.near)] == [7])
        async with w.near.connected():
            await eventually(lambda: len(w.verify.hellos) == 2)
        assert [hello.tree_size for hello in w.verify.hellos] == [0, 0]

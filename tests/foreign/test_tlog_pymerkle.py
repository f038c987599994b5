"""The audit log's tree and its proofs of inclusion before `pymerkle`, which others wrote.

Its proofs of growth are of another form than RFC 9162's; Go's library checks ours.
"""

from collections.abc import Sequence

import pymerkle
import pytest

from wire.audit.tlog import Frontier, HashReader, extend_frontier, inclusion_proof, leaf_hash

RECORDS = [b"record %d" % number for number in range(300)]
LEAVES = [leaf_hash(record) for record in RECORDS]
SIZES = [1, 2, 3, 7, 8, 9, 100, 255, 256, 257, 300]


def reader(leaves: Sequence[bytes]) -> HashReader:
    above = extend_frontier(Frontier(), leaves)[1]
    return lambda level, first, n: (
        [each.hash for each in above][first : first + n] if level else leaves[first : first + n]
    )


READ = reader(LEAVES)


@pytest.fixture(scope="module")
def tree() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(RECORDS)
    return tree


@pytest.mark.parametrize("size", SIZES)
def test_both_find_the_same_root(tree: pymerkle.InmemoryTree, size: int) -> None:
    assert extend_frontier(Frontier(), LEAVES[:size])[0].head.root == tree.get_root(size)


@pytest.mark.parametrize("size", SIZES)
def test_it_accepts_our_proofs_of_inclusion(tree: pymerkle.InmemoryTree, size: int) -> None:
    for index in {0, size // 3, size - 1}:
        ours = tree.prove_inclusion(index + 1, size)
        ours.path = [LEAVES[index], *inclusion_proof(READ, index, size)]
        root = extend_frontier(Frontier(), LEAVES[:size])[0].head.root
        pymerkle.verify_inclusion(LEAVES[index], root, ours, index=index + 1, size=size)
        ours.path[-1] = LEAVES[-1]
        with pytest.raises(pymerkle.InvalidProof):
            pymerkle.verify_inclusion(LEAVES[index], root, ours)

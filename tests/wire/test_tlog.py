"""The tree against its definition (RFC 6962, 2.1), for every size and every proof that is small."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.audit.tlog import (
    EMPTY_ROOT,
    EMPTY_TREE,
    Frontier,
    HashReader,
    StoredHash,
    TreeHead,
    check_consistency,
    check_inclusion,
    consistency_proof,
    extend_frontier,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
)
from wire.reasons import Reason, Refused

LEAVES = [leaf_hash(b"%d" % number) for number in range(1100)]
SMALL = 34
# Around every place where a tile of 256 becomes full or is begun.
LARGE = [255, 256, 257, 300, 511, 512, 513, 1023, 1024, 1025, 1100]

# The leaves of the test tree of the Certificate Transparency reference code, and its roots.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
CT_LEAVES.append("606162636465666768696a6b6c6d6e6f")
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """Return MTH(leaves), word for word as the RFC has it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(defined_root(leaves[:k]), defined_root(leaves[k:]))


HEADS = {size: TreeHead(size, defined_root(LEAVES[:size])) for size in (*range(SMALL), *LARGE)}


def reader(leaves: Sequence[bytes]) -> HashReader:
    _, above = extend_frontier(Frontier(), leaves)
    stored = {(each.level, each.index): each.hash for each in above}

    def read(level: int, first: int, count: int) -> Sequence[bytes]:
        if level == 0:
            return leaves[first : first + count]
        found = (stored.get((level, index)) for index in range(first, first + count))
        return [each for each in found if each is not None]

    return read


READ = reader(LEAVES)


def refusal(check: Callable[[], None]) -> Reason:
    with pytest.raises(Refused) as caught:
        check()
    return caught.value.reason


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_code(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in CT_LEAVES[:size]]
    assert extend_frontier(Frontier(), leaves)[0].head.root.hex() == CT_ROOTS[size - 1]


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert Frontier().head == EMPTY_TREE
    assert sha256().digest() == EMPTY_ROOT


@pytest.mark.parametrize("size", [*range(SMALL), *LARGE])
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_its_definition(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier, _ = extend_frontier(frontier, [leaf])
    assert frontier.head == HEADS[size]


@given(st.lists(st.integers(0, 300), max_size=6))
def test_it_does_not_matter_in_what_batches_a_tree_grows(batches: list[int]) -> None:
    frontier, stored, at = Frontier(), list[StoredHash](), 0
    for count in batches:
        frontier, completed = extend_frontier(frontier, LEAVES[at : at + count])
        stored += completed
        at = min(at + count, len(LEAVES))
    assert (frontier, stored) == extend_frontier(Frontier(), LEAVES[:at])


def test_the_hashes_above_full_tiles_are_handed_out_once_each() -> None:
    _, completed = extend_frontier(Frontier(), LEAVES)
    assert completed == [
        StoredHash(1, index, defined_root(LEAVES[256 * index : 256 * (index + 1)]))
        for index in range(4)
    ]


def test_a_tile_of_tiles_is_completed_at_65536_leaves() -> None:
    leaves = [leaf_hash(b"the same")] * 65536
    frontier, completed = extend_frontier(Frontier(), leaves)
    assert completed[-1] == StoredHash(2, 0, frontier.head.root)
    assert len(completed) == 257


@pytest.mark.parametrize("size", [0, 1, 7, 256, 777])
def test_an_old_frontier_can_be_had_from_a_larger_tree(size: int) -> None:
    assert frontier_at(READ, size) == extend_frontier(Frontier(), LEAVES[:size])[0]


def test_a_frontier_cannot_have_a_peak_too_many() -> None:
    with pytest.raises(ValueError, match="peaks"):
        Frontier(2, (EMPTY_ROOT, EMPTY_ROOT))


@pytest.mark.parametrize("size", [*range(1, SMALL), *LARGE])
def test_every_leaf_can_be_proven(size: int) -> None:
    for index in range(size) if size < SMALL else (0, 1, size // 2, size - 2, size - 1):
        proof = inclusion_proof(READ, index, size)
        check_inclusion(LEAVES[index], index, HEADS[size], proof)


@pytest.mark.parametrize("size", range(1, SMALL))
def test_no_proof_of_a_leaf_holds_for_anything_else(size: int) -> None:
    head = HEADS[size]
    for index in range(size):
        leaf, proof = LEAVES[index], inclusion_proof(READ, index, size)
        claims = [
            (LEAVES[index + 1], index, head, proof),
            *((leaf, other, head, proof) for other in range(-1, size + 2) if other != index),
            (leaf, index, TreeHead(size, LEAVES[-1]), proof),
            (leaf, index, head, [*proof, LEAVES[-1]]),
            *((leaf, index, head, proof[:at] + proof[at + 1 :]) for at in range(len(proof))),
            *(
                (leaf, index, head, [*proof[:at], LEAVES[-1], *proof[at + 1 :]])
                for at in range(len(proof))
            ),
        ]
        for claim in claims:
            assert refusal(partial(check_inclusion, *claim)) is Reason.AUDIT_INCONSISTENT


@pytest.mark.parametrize("new", [*range(SMALL), *LARGE])
def test_every_tree_is_proven_to_hold_every_smaller_one(new: int) -> None:
    for old in HEADS:
        if old <= new:
            check_consistency(HEADS[old], HEADS[new], consistency_proof(READ, old, new))


@pytest.mark.parametrize("new", range(2, SMALL))
def test_no_proof_of_growth_holds_for_anything_else(new: int) -> None:
    stranger = LEAVES[-1]
    for old in range(1, new):
        proof = consistency_proof(READ, old, new)
        claims = [
            (TreeHead(old, stranger), HEADS[new], proof),
            (HEADS[old], TreeHead(new, stranger), proof),
            (HEADS[new], HEADS[old], proof),
            (HEADS[old], HEADS[old], proof),
            (EMPTY_TREE, HEADS[new], proof),
            (HEADS[old], HEADS[new], [*proof, stranger]),
            *((HEADS[old], HEADS[new], proof[:at]) for at in range(len(proof))),
            *(
                (HEADS[old], HEADS[new], [*proof[:at], stranger, *proof[at + 1 :]])
                for at in range(len(proof))
            ),
        ]
        for claim in claims:
            assert refusal(partial(check_consistency, *claim)) is Reason.AUDIT_INCONSISTENT


def test_two_trees_of_one_size_are_a_fork() -> None:
    fork = TreeHead(7, LEAVES[0])
    assert refusal(lambda: check_consistency(HEADS[7], fork, [])) is Reason.AUDIT_INCONSISTENT


def test_nothing_grows_out_of_an_empty_tree_with_leaves_root() -> None:
    bad = TreeHead(0, LEAVES[0])
    assert refusal(lambda: check_consistency(bad, HEADS[7], [])) is Reason.AUDIT_INCONSISTENT


def test_a_proof_does_not_hold_for_a_tree_of_another_height() -> None:
    """Hashing alone would find the right roots here; that the path is too long or short tells."""
    leaf_of_four = partial(
        check_inclusion, LEAVES[3], 1, TreeHead(2, HEADS[4].root), inclusion_proof(READ, 3, 4)
    )
    seven_to_eight = partial(
        check_consistency,
        TreeHead(3, HEADS[7].root),
        TreeHead(4, HEADS[8].root),
        consistency_proof(READ, 7, 8),
    )
    three_to_four = partial(
        check_consistency,
        HEADS[3],
        TreeHead(7, HEADS[4].root),
        consistency_proof(READ, 3, 4),
    )
    for check in (leaf_of_four, seven_to_eight, three_to_four):
        assert refusal(check) is Reason.AUDIT_INCONSISTENT


def test_a_hash_cannot_be_cut_in_two() -> None:
    left, right = inclusion_proof(READ, 0, 4)
    halves = [left[:16], left[16:], right]
    check = refusal(lambda: check_inclusion(LEAVES[0], 0, HEADS[4], halves))
    assert check is Reason.MALFORMED
    proof = [each[:31] for each in consistency_proof(READ, 3, 7)]
    assert refusal(lambda: check_consistency(HEADS[3], HEADS[7], proof)) is Reason.MALFORMED


def test_a_record_cannot_pass_for_a_node() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_missing_hashes_are_refused() -> None:
    read = reader(LEAVES[:500])
    with pytest.raises(Refused, match="level 0 lacks hashes"):
        inclusion_proof(read, 3, 501)
    with pytest.raises(Refused, match="level 1 lacks hashes 1 to 1"):
        inclusion_proof(read, 3, 512)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(READ, index, size)


def test_there_is_no_proof_that_a_tree_shrank() -> None:
    with pytest.raises(IndexError):
        consistency_proof(READ, 6, 5)

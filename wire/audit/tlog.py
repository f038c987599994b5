"""The Merkle tree behind the audit log: how it grows, what it proves (RFC 6962, 9162).

A tree of 6 leaves is two perfect subtrees, its *peaks*, largest first; they are all that has to
be kept for it to grow, and folding them from the right gives its root:

            root
           /    \\
        peak     peak        peaks have one entry for every 1 in the binary of the size
       /    \\    /  \\
      .      . 4    5
     / \\    / \\
    0   1  2   3

Pure: hashes are read through a `HashReader`.  Where hashes are kept, and in which files they
are published, is none of this module's business (`wire.audit.tiles`, `runtime.audit_log`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from wire.reasons import Reason, Refused

HASH_BYTES: Final = 32

# Only every 8th height of the tree is stored (C2SP tlog-tiles); the seven between are hashed again
# when a proof needs them.  Level 0 are the leaf hashes, one of level 1 covers 256 leaves.
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT

EMPTY_ROOT: Final = sha256(b"").digest()

# Called with (level, first index, count); returns that many hashes of 32 bytes, or fewer if it
# does not have them, which is then `Refused`.  Never asked for more than 256, all of one tile.
HashReader = Callable[[int, int, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree in 40 bytes: how many leaves, and the hash that stands for all of them."""

    size: int
    root: bytes


EMPTY_TREE: Final = TreeHead(0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class Frontier:
    """What must be remembered of a tree so that it can grow.

    `peaks` are the roots of its perfect subtrees of 32 bytes each, largest first.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} has not {len(self.peaks)} peaks")

    @property
    def head(self) -> TreeHead:
        return TreeHead(self.size, _fold(self.peaks))


@dataclass(frozen=True, slots=True)
class StoredHash:
    """A hash above the leaves that tiles are made of: `index` counts within `level` (from 1)."""

    level: int
    index: int
    hash: bytes


def leaf_hash(record: bytes) -> bytes:
    """Return the leaf hash of `record` (RFC 6962, 2.1): a record can never pass for a node."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def extend_frontier(
    frontier: Frontier, leaves: Iterable[bytes]
) -> tuple[Frontier, list[StoredHash]]:
    """Append leaf hashes; return the new frontier and the hashes that became complete.

    One hash a leaf on average: every leaf closes as many subtrees as its index ends in ones.
    """
    size, peaks = frontier.size, list(frontier.peaks)
    completed = []
    for leaf in leaves:
        node, height, index = leaf, 0, size
        while index & 1:
            node = node_hash(peaks.pop(), node)
            height, index = height + 1, index >> 1
            if height % TILE_HEIGHT == 0:
                completed.append(StoredHash(height // TILE_HEIGHT, index, node))
        peaks.append(node)
        size += 1
    return Frontier(size, tuple(peaks)), completed


def frontier_at(read: HashReader, size: int) -> Frontier:
    """Return the frontier of the first `size` leaves of a tree at least that large."""
    return Frontier(size, tuple(_peaks(read, 0, size)))


def inclusion_proof(read: HashReader, index: int, size: int) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962, 2.1.1, nearest sibling first.

    Raises `IndexError` where the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    first, end, path = 0, size, []
    while end - first > 1:
        middle = first + _left_width(end - first)
        if index < middle:
            path.append(_range_root(read, middle, end))
            end = middle
        else:
            path.append(_range_root(read, first, middle))
            first = middle
    return path[::-1]


def consistency_proof(read: HashReader, old_size: int, new_size: int) -> list[bytes]:
    """Return PROOF(old_size, D[new_size]) of RFC 6962, 2.1.2; empty from size 0.

    Raises `IndexError` where the old tree would be the larger one.
    """
    if not 0 <= old_size <= new_size:
        raise IndexError(f"a tree of {new_size} has not grown from {old_size}")
    if old_size == 0:
        return []
    first, end, path = 0, new_size, []
    while end != old_size:
        middle = first + _left_width(end - first)
        if old_size <= middle:
            path.append(_range_root(read, middle, end))
            end = middle
        else:
            path.append(_range_root(read, first, middle))
            first = middle
    if first:  # the verifier knows the old root, but not this part of it
        path.append(_range_root(read, first, end))
    return path[::-1]


def check_inclusion(
    leaf: bytes, index: int, head: TreeHead, untrusted_proof: Sequence[bytes]
) -> None:
    """Return if `leaf` is the hash of leaf `index`, or raise `Refused` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < head.size:
        raise _inconsistent(f"no leaf {index} in a tree of {head.size}")
    node, last, root = index, head.size - 1, leaf
    for sibling in _hashes_of(untrusted_proof):
        if last == 0:
            raise _inconsistent("inclusion proof is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    if last or root != head.root:
        raise _inconsistent(f"leaf {index} is not in the tree of {head.size} with the given root")


def check_consistency(old: TreeHead, new: TreeHead, untrusted_proof: Sequence[bytes]) -> None:
    """Return if `new` holds all of `old` unchanged, or raise `Refused` (RFC 9162, 2.1.4.2)."""
    proof = _hashes_of(untrusted_proof)
    if new.size < old.size:
        raise _inconsistent(f"tree shrank from {old.size} to {new.size}")
    if old.size in (0, new.size):
        # Nothing is left to prove, so nothing may be offered; the roots speak for themselves.
        if proof:
            raise _inconsistent("consistency proof where none is needed")
        if old.root != (EMPTY_ROOT if old.size == 0 else new.root):
            raise _inconsistent(f"two trees of {old.size} with different roots")
        return
    if _walk(old, new, proof) != (old.root, new.root):
        raise _inconsistent(f"tree of {new.size} does not hold the tree of {old.size}")


def _walk(old: TreeHead, new: TreeHead, proof: list[bytes]) -> tuple[bytes, bytes]:
    """Return the two roots that `proof` leads to.  The names `fn` and `sn` are the RFC's."""
    # A proof leaves out the old root where that is one of its own nodes.
    path = iter([old.root, *proof] if old.size & (old.size - 1) == 0 else proof)
    fn, sn = old.size - 1, new.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_root = new_root = next(path, b"")
    for sibling in path:
        if sn == 0:
            raise _inconsistent("consistency proof is too long")
        if fn & 1 or fn == sn:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_root = node_hash(new_root, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise _inconsistent("consistency proof is too short")
    return old_root, new_root


def _hashes_of(untrusted: Sequence[bytes]) -> list[bytes]:
    # Two short "hashes" that make a whole one together would verify as well as the right two.
    if any(len(untrusted_hash) != HASH_BYTES for untrusted_hash in untrusted):
        raise Refused(Reason.MALFORMED, "a proof is made of hashes of 32 bytes")
    return list(untrusted)


def _left_width(width: int) -> int:
    """Return the largest power of two below `width`: where RFC 6962 splits a tree."""
    return 1 << (width - 1).bit_length() - 1


def _range_root(read: HashReader, first: int, end: int) -> bytes:
    """Return MTH(D[first:end]) of a range that RFC 6962 splits off: it is aligned to its width."""
    return _fold(list(_peaks(read, first, end)))


def _peaks(read: HashReader, first: int, end: int) -> Iterator[bytes]:
    for height in reversed(range((end - first).bit_length())):
        if (end - first) >> height & 1:
            yield _subtree(read, height, first >> height)
            first += 1 << height


def _subtree(read: HashReader, height: int, index: int) -> bytes:
    """Return the root of the perfect subtree of 2^height leaves, from at most 128 stored hashes."""
    level, above = divmod(height, TILE_HEIGHT)
    first, count = index << above, 1 << above
    row = list(read(level, first, count))
    if len(row) != count:
        raise _inconsistent(f"level {level} lacks hashes {first} to {first + count - 1}")
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _inconsistent(detail: str) -> Refused:
    return Refused(Reason.AUDIT_INCONSISTENT, detail)

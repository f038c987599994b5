"""Verifying a published audit log with nothing but its folder and the keys of log and witnesses.

Every hash is recomputed from the entries, compared with every tile, and their root with the one
that the log signed.  Memory does not grow with the log: one bundle is held at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.audit_folder import (
    hash_reader,
    read_bundle,
    read_checkpoint,
    read_cosigned,
    read_tile,
)
from wire.audit.checkpoint import Checkpoint, open_checkpoint, read_unsigned
from wire.audit.note import Verifier
from wire.audit.tiles import Tile, tile_at
from wire.audit.tlog import (
    TILE_WIDTH,
    Frontier,
    StoredHash,
    TreeHead,
    check_consistency,
    consistency_proof,
    extend_frontier,
    frontier_at,
    leaf_hash,
)
from wire.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Witnessed:
    """At `at_s` (Unix seconds) a witness saw `size` records, and the log still has them."""

    witness: str
    size: int
    at_s: int


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """A log that was verified to its last byte.  There is none of a log that was not."""

    origin: str
    head: TreeHead
    witnessed: tuple[Witnessed, ...]


def verify_log(folder: Path, log: Verifier, witnesses: Sequence[Verifier] = ()) -> VerifiedLog:
    """Return what was verified, or raise `Refused` naming the first thing that is not as it was.

    Each of `witnesses` must have vouched for this log, at whatever size.
    """
    untrusted = read_checkpoint(folder)
    try:
        checkpoint = open_checkpoint(untrusted, log, witnesses)
    except Refused as refusal:
        raise _blame(folder, untrusted, log, refusal) from None
    _check_tree(folder, checkpoint.head)
    witnessed = tuple(_check_witness(folder, checkpoint, log, each) for each in witnesses)
    return VerifiedLog(checkpoint.origin, checkpoint.head, witnessed)


def check_grown(folder: Path, log: Verifier, remembered: TreeHead) -> TreeHead:
    """Return the folder's head if it grew out of `remembered`, or raise `Refused`.

    Finds what `verify_log` cannot: a log that was rolled back or rewritten and signed again.
    """
    now = open_checkpoint(read_checkpoint(folder), log).head
    _check_grown(folder, now, remembered)
    return now


def _check_grown(folder: Path, now: TreeHead, remembered: TreeHead) -> None:
    proof: list[bytes] = []
    if remembered.size <= now.size:
        proof = consistency_proof(hash_reader(folder, now.size), remembered.size, now.size)
    check_consistency(remembered, now, proof)


def _check_tree(folder: Path, signed: TreeHead) -> None:
    computed, difference = _compare(folder, signed.size)
    if computed.head == signed:
        if difference:
            raise _inconsistent(f"{difference}: the tile was altered, the entries are as signed")
        return
    if difference is None:
        raise _inconsistent(
            f"checkpoint line 3 (root) is not the root of the {signed.size} entries and tiles"
        )
    if frontier_at(hash_reader(folder, signed.size), signed.size).head == signed:
        raise _inconsistent(f"{difference}: the entry was altered, the tiles are as signed")
    raise _inconsistent(f"{difference}, and neither side leads to the signed root")


def _compare(folder: Path, size: int) -> tuple[Frontier, str | None]:
    """Return the tree that the entries make, and where the tiles first differ from it."""
    frontier, difference = Frontier(), None
    for index in range(-(-size // TILE_WIDTH)):
        tile = tile_at(0, index, size)
        leaves = [leaf_hash(record) for record in read_bundle(folder, tile)]
        difference = difference or _leaf_difference(tile, leaves, read_tile(folder, tile))
        frontier, completed = extend_frontier(frontier, leaves)
        for stored in completed:
            difference = difference or _node_difference(folder, size, stored)
    return frontier, difference


def _leaf_difference(tile: Tile, computed: list[bytes], stored: list[bytes]) -> str | None:
    if computed == stored:
        return None
    at = next(
        at for at, pair in enumerate(zip(computed, stored, strict=True)) if pair[0] != pair[1]
    )
    return f"entry {tile.first + at} ({tile.bundle_path}) does not match its hash in {tile.path}"


def _node_difference(folder: Path, size: int, computed: StoredHash) -> str | None:
    tile = tile_at(computed.level, computed.index // TILE_WIDTH, size)
    at = computed.index - tile.first
    if read_tile(folder, tile)[at] == computed.hash:
        return None
    return f"hash {at} of {tile.path} does not match the tile below it"


def seen_by(folder: Path, log: Verifier, witness: Verifier) -> Witnessed | None:
    """Return what a witness has signed last, if anything; not whether the log still has it."""
    try:
        seen = open_checkpoint(read_checkpoint(folder), log, [witness])
        if not _times(seen, witness):
            seen = open_checkpoint(read_cosigned(folder, witness.key_id), log, [witness])
        return Witnessed(witness.name, seen.head.size, max(_times(seen, witness), default=0))
    except Refused:
        return None


def _check_witness(
    folder: Path, checkpoint: Checkpoint, log: Verifier, witness: Verifier
) -> Witnessed:
    try:
        seen = checkpoint
        if not _times(seen, witness):
            seen = open_checkpoint(read_cosigned(folder, witness.key_id), log, [witness])
            _check_grown(folder, checkpoint.head, seen.head)
        return Witnessed(witness.name, seen.head.size, max(_times(seen, witness)))
    except Refused as refusal:
        raise Refused(refusal.reason, f"witness {witness.name}: {refusal.detail}") from None


def _times(checkpoint: Checkpoint, witness: Verifier) -> list[int]:
    return [
        each.at_s
        for each in checkpoint.cosignatures
        if each.verifier == witness and each.at_s is not None
    ]


def _blame(folder: Path, untrusted: bytes, log: Verifier, refusal: Refused) -> Refused:
    """Say which line of a checkpoint does not fit; its signature only says that one does not."""
    if refusal.reason is not Reason.BAD_SIGNATURE:
        return Refused(refusal.reason, f"checkpoint: {refusal.detail}")
    try:
        origin, head = read_unsigned(untrusted)
    except Refused as trouble:
        return Refused(refusal.reason, f"checkpoint: {trouble.detail}, and {refusal.detail}")
    try:
        fits = _compare(folder, head.size)[0].head == head
    except Refused:
        fits = False
    if origin != log.name:
        line = "line 1 (origin) was altered"
    elif not fits:
        line = "lines 2 and 3 (size, root) do not fit the entries"
    else:
        line = "a signature line was altered"
    return Refused(refusal.reason, f"checkpoint: {line}, and {refusal.detail}")


def _inconsistent(detail: str) -> Refused:
    return Refused(Reason.AUDIT_INCONSISTENT, detail)

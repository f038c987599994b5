"""A witness of the audit log: it remembers one tree head, and only ever signs what grew out of it.

Both zones are witnesses of the relay's logs.  As long as one of them is honest, the relay can
neither rewrite its log nor show two people two of them.  What travels is C2SP tlog-witness: the
relay sends an `AddCheckpoint`, the witness answers with a signature line.

Pure: the caller keeps the head that `observe` and `countersign` return, durably and *before* the
answer leaves.  A witness that forgets what it signed can be made to sign a fork.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wire.audit.checkpoint import checkpoint_text, open_checkpoint
from wire.audit.note import (
    MAX_NOTE_BYTES,
    Signer,
    Verifier,
    cosign_note,
    decode_base64,
    encode_base64,
)
from wire.audit.tlog import EMPTY_TREE, HASH_BYTES, TreeHead, check_consistency
from wire.reasons import Reason, Refused

# No proof is longer: a tree has fewer than 2^63 leaves (tlog-witness).
MAX_PROOF_HASHES: Final = 63

_OLD = re.compile("old (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """What a log asks a witness to sign; nothing in it has been checked.

    `proof` leads from the tree of `old_size` leaves to that of the signed note `checkpoint`.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def countersign_head(
    state: TreeHead | None,
    untrusted: AddCheckpoint,
    *,
    log: Verifier,
    witness: Signer,
    now_s: int,
) -> tuple[TreeHead, str]:
    """Return the head to remember and the cosignature line to answer with, or raise `Refused`.

    `AUDIT_INCONSISTENT` is evidence against the log: keep the note.  `CONFLICT` is not; the log
    did not know where this witness stands and asks again from `state`.  `now_s` is in Unix seconds.
    """
    head = open_checkpoint(untrusted.checkpoint, log).head
    stands_at = state.size if state else 0
    # A smaller tree is no question of proofs.  Links keep order: it is a rollback, not a late note.
    if untrusted.old_size != stands_at and head.size >= stands_at:
        raise Refused(Reason.CONFLICT, f"witness stands at {stands_at}")
    observed = observe_head(state, head, untrusted.proof)
    return observed, cosign_note(checkpoint_text(log.name, head), witness, now_s=now_s)


def observe_head(
    state: TreeHead | None, untrusted_head: TreeHead, untrusted_proof: Sequence[bytes]
) -> TreeHead:
    """Return the head to remember, or raise `Refused` if it did not grow out of `state`.

    A witness without a memory accepts whatever it sees first; the log's signature must have been
    checked before.
    """
    check_consistency(state or EMPTY_TREE, untrusted_head, untrusted_proof)
    return untrusted_head


def encode_add_checkpoint(request: AddCheckpoint) -> bytes:
    lines = [f"old {request.old_size}", *map(encode_base64, request.proof)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + request.checkpoint


def decode_add_checkpoint(untrusted: bytes) -> AddCheckpoint:
    """Return the request that `untrusted` encodes, or raise `Refused`."""
    if len(untrusted) > 2 * MAX_NOTE_BYTES:  # the checkpoint, and a proof of 3 kB
        raise Refused(Reason.BAD_SIZE, f"request of {len(untrusted)} bytes")
    head, _, checkpoint = untrusted.partition(b"\n\n")
    try:
        old, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Refused(Reason.MALFORMED, "request is not ASCII") from None
    size = _OLD.fullmatch(old)
    if size is None or len(proof) > MAX_PROOF_HASHES:
        raise Refused(Reason.MALFORMED, "not an old size and a proof")
    hashes = tuple(map(decode_base64, proof))
    if any(len(each) != HASH_BYTES for each in hashes):
        raise Refused(Reason.MALFORMED, "a proof is made of hashes of 32 bytes")
    return AddCheckpoint(int(size[1]), hashes, checkpoint)

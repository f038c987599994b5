"""What a witness signs, and what it never does."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from wire.audit.checkpoint import open_checkpoint, seal_checkpoint
from wire.audit.note import SignatureType, Signer
from wire.audit.tlog import Frontier, TreeHead, consistency_proof, extend_frontier, leaf_hash
from wire.audit.witness import (
    MAX_PROOF_HASHES,
    AddCheckpoint,
    countersign_head,
    decode_add_checkpoint,
    encode_add_checkpoint,
    observe_head,
)
from wire.reasons import Reason, Refused

LOG = Signer("log.example/2026", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
WITNESS = Signer("witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes([2] * 32)))
LEAVES = [leaf_hash(b"%d" % number) for number in range(20)]
FORKED = [*LEAVES[:3], leaf_hash(b"something else"), *LEAVES[4:]]


def head(size: int, leaves: Sequence[bytes] = LEAVES) -> TreeHead:
    return extend_frontier(Frontier(), leaves[:size])[0].head


def request(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> AddCheckpoint:
    proof = consistency_proof(lambda _, first, n: leaves[first : first + n], old, new)
    return AddCheckpoint(old, tuple(proof), seal_checkpoint(head(new, leaves), LOG))


def ask(state: TreeHead | None, untrusted: AddCheckpoint) -> tuple[TreeHead, str]:
    return countersign_head(
        state, untrusted, log=LOG.verifier(), witness=WITNESS, now_s=1_700_000_000
    )


def refusal(state: TreeHead | None, untrusted: AddCheckpoint) -> Reason:
    with pytest.raises(Refused) as caught:
        ask(state, untrusted)
    return caught.value.reason


def test_a_witness_follows_a_log_that_only_grows() -> None:
    state: TreeHead | None = None
    for old, new in [(0, 1), (1, 7), (7, 7), (7, 8), (8, 20)]:
        state, line = ask(state, request(old, new))
        assert state == head(new)
        sealed = seal_checkpoint(state, LOG, [line])
        witness = WITNESS.verifier(SignatureType.COSIGNATURE_V1)
        (cosignature,) = open_checkpoint(sealed, LOG.verifier(), [witness]).cosignatures
        assert cosignature.at_s == 1_700_000_000


def test_it_never_signs_a_fork() -> None:
    assert refusal(head(7), request(7, 20, FORKED)) is Reason.AUDIT_INCONSISTENT
    assert refusal(head(7), request(7, 7, FORKED)) is Reason.AUDIT_INCONSISTENT


def test_it_never_signs_a_log_that_was_rolled_back() -> None:
    assert refusal(head(7), request(5, 5)) is Reason.AUDIT_INCONSISTENT
    assert refusal(head(7), request(0, 0)) is Reason.AUDIT_INCONSISTENT


def test_a_proof_from_somewhere_else_is_not_held_against_the_log() -> None:
    assert refusal(head(7), request(5, 20)) is Reason.CONFLICT
    assert refusal(head(7), request(8, 20)) is Reason.CONFLICT
    assert refusal(None, request(5, 20)) is Reason.CONFLICT


def test_it_signs_for_the_log_it_knows_and_no_other() -> None:
    stranger = Signer(LOG.name, WITNESS.key)
    forged = replace(request(0, 5), checkpoint=seal_checkpoint(head(5), stranger))
    assert refusal(None, forged) is Reason.UNKNOWN_KEY


def test_what_it_observes_it_can_be_told_without_a_note() -> None:
    assert observe_head(None, head(7), ()) == head(7)
    with pytest.raises(Refused, match="shrank"):
        observe_head(head(7), head(6), ())


def test_a_request_survives_the_way() -> None:
    for old in range(20):
        sent = request(old, 20)
        assert decode_add_checkpoint(encode_add_checkpoint(sent)) == sent


def test_a_request_is_written_as_the_standard_wants() -> None:
    encoded = encode_add_checkpoint(AddCheckpoint(3, (bytes(32),), b"the note\n"))
    assert encoded == b"old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nthe note\n"


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"old\n\n",
        b"old 07\n\n",
        b"old -1\n\n",
        b"old 7\nAAAA\n\n",
        b"old 7\n\xff\n\n",
        encode_add_checkpoint(AddCheckpoint(3, (bytes(32),) * (MAX_PROOF_HASHES + 1), b"")),
    ],
)
def test_what_is_no_request_is_refused(untrusted: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        decode_add_checkpoint(untrusted)


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_and_nothing_worse(untrusted: bytes) -> None:
    with pytest.raises(Refused):
        ask(head(7), decode_add_checkpoint(b"old 7\n\n" + untrusted))

"""Checkpoints: who signed which tree of which log."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.audit.checkpoint import checkpoint_text, open_checkpoint, read_text, seal_checkpoint
from wire.audit.note import SignatureType, Signer, cosign_note, encode_note, sign_note
from wire.audit.tlog import EMPTY_TREE, TreeHead, leaf_hash
from wire.reasons import Reason, Refused

LOG = Signer("log.example/2026", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
WITNESS = Signer("witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes([2] * 32)))
WITNESS_VERIFIER = WITNESS.verifier(SignatureType.COSIGNATURE_V1)
HEAD = TreeHead(20852163, leaf_hash(b"x"))
TEXT = checkpoint_text(LOG.name, HEAD)
SIZE, ROOT = TEXT.split("\n")[1:3]


def refusal(untrusted: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        open_checkpoint(untrusted, LOG.verifier(), [WITNESS_VERIFIER])
    return caught.value.reason


@pytest.mark.parametrize("head", [EMPTY_TREE, HEAD])
def test_what_is_sealed_can_be_opened(head: TreeHead) -> None:
    line = cosign_note(checkpoint_text(LOG.name, head), WITNESS, now_s=5)
    sealed = seal_checkpoint(head, LOG, [line])
    checkpoint = open_checkpoint(sealed, LOG.verifier(), [WITNESS_VERIFIER])
    assert (checkpoint.origin, checkpoint.head) == (LOG.name, head)
    assert [(each.line, each.at_s) for each in checkpoint.cosignatures] == [(line, 5)]


def test_the_text_is_that_of_the_standard() -> None:
    example = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    origin, head = read_text(example)
    assert checkpoint_text(origin, head) == example


def test_a_witness_cannot_vouch_for_a_log_that_did_not_sign() -> None:
    assert refusal(encode_note(TEXT, [cosign_note(TEXT, WITNESS, now_s=5)])) is Reason.UNKNOWN_KEY


def test_a_log_cannot_sign_for_another() -> None:
    text = checkpoint_text("log.example/2025", HEAD)
    assert refusal(encode_note(text, [sign_note(text, LOG)])) is Reason.AUDIT_INCONSISTENT


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "an extension\n",
        f"{LOG.name}\n{SIZE}\n",
        f"\n{SIZE}\n{ROOT}\n",
        TEXT.replace(SIZE, "0" + SIZE),
        TEXT.replace(SIZE, "+1"),
        TEXT.replace(SIZE, "１"),
        TEXT.replace(SIZE, "9" * 19),
        TEXT.replace(SIZE, "0"),
        TEXT.replace(ROOT, ROOT[4:]),
        TEXT.replace(ROOT, "*" * 44),
    ],
)
def test_even_a_signed_checkpoint_has_one_form_only(text: str) -> None:
    assert refusal(encode_note(text, [sign_note(text, LOG)])) is Reason.MALFORMED

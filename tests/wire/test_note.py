"""Signed notes; the vectors are those of the Go implementation (golang.org/x/mod/sumdb/note)."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from wire.audit.note import (
    MAX_NOTE_BYTES,
    SignatureType,
    Signer,
    Verifier,
    cosign_note,
    decode_base64,
    decode_vkey,
    encode_base64,
    encode_note,
    encode_vkey,
    open_note,
    sign_note,
)
from wire.reasons import Reason, Refused

GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = decode_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
    "RZb6KE6RyyBwJnAM="
)
PETER = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SEED))

LOG = Signer("log.example/2026", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
WITNESS = Signer("witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes([2] * 32)))
WITNESS_VERIFIER = WITNESS.verifier(SignatureType.COSIGNATURE_V1)
TEXT = "a text\n\nwith an empty line\n"
NOTE = encode_note(TEXT, [sign_note(TEXT, LOG), cosign_note(TEXT, WITNESS, now_s=1_700_000_000)])


def refusal(untrusted: bytes, *verifiers: Verifier) -> Reason:
    with pytest.raises(Refused) as caught:
        open_note(untrusted, verifiers or [LOG.verifier(), WITNESS_VERIFIER])
    return caught.value.reason


def test_go_and_we_sign_alike() -> None:
    assert sign_note(GO_TEXT, PETER) == GO_LINE
    assert encode_vkey(PETER.verifier()) == GO_VKEY


def test_a_note_of_go_can_be_opened() -> None:
    note = open_note(encode_note(GO_TEXT, [GO_LINE]), [decode_vkey(GO_VKEY)])
    assert (note.text, [each.line for each in note.signatures]) == (GO_TEXT, [GO_LINE])


def test_text_and_signers_come_out_of_a_note() -> None:
    note = open_note(NOTE, [LOG.verifier(), WITNESS_VERIFIER])
    assert note.text == TEXT
    assert [(each.verifier.name, each.at_s) for each in note.signatures] == [
        (LOG.name, None),
        (WITNESS.name, 1_700_000_000),
    ]


def test_signatures_of_strangers_are_passed_over() -> None:
    note = open_note(NOTE, [WITNESS_VERIFIER])
    assert [each.verifier for each in note.signatures] == [WITNESS_VERIFIER]


def test_a_note_that_only_strangers_signed_is_refused() -> None:
    assert refusal(NOTE, PETER.verifier()) is Reason.UNKNOWN_KEY


def test_another_key_of_the_same_name_is_a_stranger() -> None:
    assert refusal(NOTE, replace(LOG, key=PETER.key).verifier()) is Reason.UNKNOWN_KEY


def test_a_cosignature_cannot_pass_for_a_signature_of_the_log() -> None:
    assert refusal(encode_note(TEXT, [cosign_note(TEXT, LOG, now_s=1)]), LOG.verifier()) is (
        Reason.UNKNOWN_KEY
    )
    as_witness = LOG.verifier(SignatureType.COSIGNATURE_V1)
    assert refusal(encode_note(TEXT, [sign_note(TEXT, LOG)]), as_witness) is Reason.UNKNOWN_KEY


def test_one_wrong_signature_refuses_a_note_whatever_the_others_say() -> None:
    wrong = sign_note("another text\n", LOG)
    right = cosign_note(TEXT, WITNESS, now_s=1)
    assert refusal(encode_note(TEXT, [right, wrong])) is Reason.BAD_SIGNATURE


def test_the_time_of_a_cosignature_is_signed() -> None:
    blob = bytearray(decode_base64(cosign_note(TEXT, WITNESS, now_s=1).split()[2]))
    blob[4 + 7] = 2
    line = f"— {WITNESS.name} {encode_base64(bytes(blob))}"
    assert refusal(encode_note(TEXT, [line])) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("end", [5, 11, 12, 75])
def test_a_cosignature_cut_short_is_refused(end: int) -> None:
    blob = decode_base64(cosign_note(TEXT, WITNESS, now_s=1).split()[2])
    line = f"— {WITNESS.name} {encode_base64(blob[:end])}"
    assert refusal(encode_note(TEXT, [line])) is Reason.BAD_SIGNATURE


def test_no_bit_of_the_text_can_be_changed() -> None:
    note = encode_note(TEXT, [sign_note(TEXT, LOG)])
    for bit in range(len(TEXT.encode()) * 8):
        flipped = bytearray(note)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(flipped)) in {Reason.BAD_SIGNATURE, Reason.MALFORMED}


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"\n\n",
        TEXT.encode(),
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace(b"\n\n\xe2", b"\n\xe2"),
        NOTE.replace(b"a text", b"a\ttext"),
        NOTE.replace(b"a text", b"a\xfftext"),
        NOTE.replace("— log".encode(), b"- log"),
        NOTE.replace(b"log.example", b"log+example"),
        NOTE.replace(b"log.example", "log\u3000example".encode()),
        encode_note(TEXT, [f"— {LOG.name} AAAAAA=="]),
        encode_note(TEXT, [f"— {LOG.name} AAAA=AAA"]),
    ],
)
def test_what_is_not_a_note_is_refused(untrusted: bytes) -> None:
    assert refusal(untrusted) is Reason.MALFORMED


def test_a_signature_has_one_spelling() -> None:
    line = sign_note(TEXT, LOG)
    # Four bits of the last letter before "=" mean nothing to a lenient reader.
    assert line.endswith("=")
    other = line[:-2] + chr(ord(line[-2]) + 1) + "="
    assert refusal(encode_note(TEXT, [other])) in {Reason.NOT_CANONICAL, Reason.BAD_SIGNATURE}


def test_a_note_too_large_is_not_even_read() -> None:
    assert refusal(bytes(MAX_NOTE_BYTES + 1)) is Reason.BAD_SIZE


def test_sixteen_signatures_fit() -> None:
    strangers = [cosign_note(TEXT, WITNESS, now_s=at) for at in range(15)]
    open_note(encode_note(TEXT, [*strangers, sign_note(TEXT, LOG)]), [LOG.verifier()])


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_and_nothing_worse(untrusted: bytes) -> None:
    refusal(untrusted)


@given(st.text(max_size=100))
def test_any_text_at_all_is_no_key_and_nothing_worse(untrusted: str) -> None:
    with pytest.raises(Refused):
        decode_vkey(untrusted)


@pytest.mark.parametrize("verifier", [LOG.verifier(), WITNESS_VERIFIER])
def test_a_verifier_survives_being_written_down(verifier: Verifier) -> None:
    assert decode_vkey(encode_vkey(verifier)) == verifier


def test_no_part_of_a_key_can_be_left_out_or_changed() -> None:
    for at, letter in enumerate(GO_VKEY):
        with pytest.raises(Refused):
            decode_vkey(GO_VKEY[:at])
        with pytest.raises(Refused):
            decode_vkey(GO_VKEY[:at] + chr(ord(letter) + 1) + GO_VKEY[at + 1 :])


@pytest.mark.parametrize(
    "untrusted",
    [
        # From the tests of the Go implementation: a key too long, and an unknown algorithm.
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_kind_is_refused(untrusted: str) -> None:
    with pytest.raises(Refused):
        decode_vkey(untrusted)


def test_a_key_under_which_everything_verifies_is_refused() -> None:
    identity = b"\x01" + bytes(31)
    with pytest.raises(Refused, match="weak-key"):
        decode_vkey(f"log+00000000+{encode_base64(bytes([SignatureType.ED25519]) + identity)}")


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "全角\u3000空白"])
def test_a_signer_has_a_name_that_a_note_can_carry(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        replace(LOG, name=name)

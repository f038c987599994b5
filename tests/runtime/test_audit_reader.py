"""Searching a published log, and proofs for someone who has not got it."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import audit_reader
from runtime.audit_reader import ProofBundle, decode_proof, encode_proof, iter_records, verify_proof
from tests.tampering import LOG, SIZE, STRANGER, build_log, edit, records
from wire.reasons import Reason, Refused

CHECKED = LOG.verifier()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_log(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def bundle(folder: Path) -> ProofBundle:
    return audit_reader.prove(folder, CHECKED, "ev-613")


def refusal(bundle: ProofBundle) -> Reason:
    with pytest.raises(Refused) as caught:
        verify_proof(bundle, CHECKED)
    return caught.value.reason


def test_records_come_in_order_and_whole(folder: Path) -> None:
    assert list(iter_records(folder, SIZE)) == list(enumerate(records(0, SIZE)))
    assert [index for index, _ in iter_records(folder, 256)] == [*range(256)]


def test_a_search_finds_what_it_was_asked_for(folder: Path) -> None:
    found = audit_reader.search(
        folder, CHECKED, {"decision": "allow", "approvers": "u2"}, since=1100, until=1110
    )
    assert [entry.index for entry in found] == [101, 104, 107]


@pytest.mark.parametrize("where", [{"decision": "denied"}, {"nothing": "allow"}, {"t": "1000"}])
def test_a_search_finds_nothing_else(folder: Path, where: dict[str, object]) -> None:
    assert list(audit_reader.search(folder, CHECKED, where)) == []


def test_a_search_needs_the_key_of_the_log(folder: Path) -> None:
    with pytest.raises(Refused, match="unknown-key"):
        next(audit_reader.search(folder, STRANGER.verifier(), {}))


def test_what_is_proven_holds_without_the_log(bundle: ProofBundle) -> None:
    checkpoint, entries = verify_proof(decode_proof(encode_proof(bundle)), CHECKED)
    assert checkpoint.head.size == SIZE
    assert [(entry.index, entry.encoded) for entry in entries] == [(613, records(613, 614)[0])]
    assert entries[0].record["decision"] == "allow"


def test_there_is_no_proof_of_what_was_not_logged(folder: Path) -> None:
    with pytest.raises(Refused, match="no record of ev-700"):
        audit_reader.prove(folder, CHECKED, "ev-700")


def test_a_tampered_log_proves_nothing(tmp_path: Path) -> None:
    folder = build_log(tmp_path)
    edit("tile/entries/000", b'"ev-5"', b'"ev-X"')(folder)
    with pytest.raises(Refused, match="leaf 5 is not in the tree"):
        audit_reader.prove(folder, CHECKED, "ev-X")


def test_nothing_in_a_proof_can_be_changed(bundle: ProofBundle) -> None:
    (leaf,) = bundle.leaves
    replace = msgspec.structs.replace
    for other in (
        replace(leaf, index=612),
        replace(leaf, record=leaf.record.replace(b"allow", b"denied")),
        replace(leaf, proof=leaf.proof[:-1]),
    ):
        assert refusal(replace(bundle, leaves=(leaf, other))) is Reason.AUDIT_INCONSISTENT
    edited = bundle.checkpoint.replace("\n700\n", "\n701\n")
    assert refusal(replace(bundle, checkpoint=edited)) is Reason.BAD_SIGNATURE


def test_a_proof_without_records_proves_nothing(bundle: ProofBundle) -> None:
    assert refusal(msgspec.structs.replace(bundle, leaves=())) is Reason.MALFORMED


def test_a_proof_needs_the_key_of_the_log(bundle: ProofBundle) -> None:
    with pytest.raises(Refused, match="unknown-key"):
        verify_proof(bundle, STRANGER.verifier())


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_at_all_are_no_proof_and_nothing_worse(untrusted: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        decode_proof(untrusted)


def test_a_proof_has_no_unknown_members(bundle: ProofBundle) -> None:
    encoded = encode_proof(bundle).replace(b'{"v":1', b'{"x":1,"v":1', 1)
    with pytest.raises(Refused, match="malformed"):
        decode_proof(encoded)

"""Receipts: 256 bytes whatever they say, good on their lane only, and no room to hide in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import key_of
from wire.keys import KeyRole, read_public
from wire.lane import Lane
from wire.reasons import DESKS, Reason, Refused
from wire.receipts import (
    _CONTEXT,
    REASONS,
    RECEIPT_BYTES,
    Flag,
    LaneStatus,
    ProofPart,
    Receipt,
    SignedHead,
    Verdict,
    seal_receipt,
    split_proof,
    unseal_receipt,
)
from wire.removed import REMOVED, removed_bits, removed_words

KEY = key_of(KeyRole.IMPORT_RECEIPT)
PUBLIC = read_public(KEY.public)
COUNTS = st.integers(0, 2**64 - 1)
HASHES = st.binary(min_size=32, max_size=32)
STATUSES = st.builds(
    LaneStatus,
    lane=st.sampled_from(Lane),
    epoch=COUNTS,
    high=COUNTS,
    tick=COUNTS,
    first=COUNTS,
    last=COUNTS,
    chain=HASHES.map(bytes.hex),
    flags=st.sampled_from([Flag.NONE, Flag.HOLD, Flag.HALT, Flag.HOLD | Flag.HALT]),
    verdict=st.sampled_from(Verdict),
    reason=st.sampled_from(REASONS),
    file=st.integers(0, 255),
    keyring=st.binary(min_size=16, max_size=16),
    removed=st.sets(st.sampled_from(REMOVED)).map(sorted).map(tuple),
    rule=st.from_regex(r"[a-z0-9._-]{0,32}", fullmatch=True),
    until=COUNTS,
    desk=st.sampled_from([None, *DESKS]),
)
HEADS = st.builds(
    SignedHead,
    lane=st.sampled_from(Lane),
    epoch=COUNTS,
    tick=COUNTS,
    size=COUNTS,
    root=HASHES,
    signature=st.binary(min_size=64, max_size=64),
)
PROOFS = st.builds(
    ProofPart,
    lane=st.sampled_from(Lane),
    epoch=COUNTS,
    tick=COUNTS,
    old=COUNTS,
    new=COUNTS,
    part=st.integers(0, 255),
    parts=st.integers(0, 255),
    hashes=st.lists(HASHES, max_size=4).map(tuple),
)
STATUS = LaneStatus(Lane.IMPORT, 1, 7, "ab" * 32, 9, Flag.HOLD, Verdict.HELD, Reason.HELD_BY_RULE)

# Words in the order of their numbers, from 0; but a reason's is at least 1, since 0 is none.
NUMBERED_REASONS = """
    kind-not-allowed room-not-allowed no-authority too-large rate-exceeded held-by-rule denied
    expired unclean-text file-kind file-mismatch file-broken file-encrypted file-too-large
    file-time-out file-not-cleaned file-check withdrawn
    out-of-bounds clock-ahead
"""
NUMBERED_REMOVED = """
    exif gps xmp iptc icc thumbnail comment metadata trailing-data animation-frames
    byte-order-mark control-characters bidi-controls invisible-characters tag-characters script
    external-link formula member action link form-field hidden-text macro active-control dde
    field shape picture html embedded-file bidi invisible tag control noncharacter unassigned
    surrogate annotation variation joiner marks private-use compatibility-ideograph text other
    encryption
"""
NUMBERED_VERDICTS = "NONE DELIVERED ALTERED HELD REFUSED ARRIVED"


def refusal(untrusted: bytes, lane: Lane = Lane.IMPORT) -> Reason:
    with pytest.raises(Refused) as caught:
        unseal_receipt(untrusted, lane=lane, key=PUBLIC)
    return caught.value.reason


def signed(record: bytes) -> bytes:
    return record + KEY.sign(_CONTEXT + record)


@given(STATUSES | HEADS | PROOFS)
def test_what_is_sealed_can_be_unsealed_and_has_256_bytes(receipt: Receipt) -> None:
    sealed = seal_receipt(receipt, KEY)
    assert len(sealed) == RECEIPT_BYTES == 256
    assert unseal_receipt(sealed, lane=receipt.lane, key=PUBLIC) == receipt


@pytest.mark.parametrize(
    "receipt",
    [
        STATUS,
        SignedHead(Lane.IMPORT, 1, 2, 3, bytes(32), bytes(64)),
        ProofPart(Lane.IMPORT, 1, 2, 3, 4, 0, 1, (bytes(32),)),
    ],
)
def test_no_bit_can_be_changed(receipt: Receipt) -> None:
    sealed = seal_receipt(receipt, KEY)
    for bit in range(RECEIPT_BYTES * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(flipped)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("size", [0, 255, 257, 512])
def test_it_has_one_size(size: int) -> None:
    assert refusal((seal_receipt(STATUS, KEY) * 2)[:size]) is Reason.BAD_SIZE


@given(st.integers(0, 191), st.integers(0, 255))
def test_what_is_signed_still_says_only_what_receipts_say(place: int, byte: int) -> None:
    """Even the relay cannot use a byte of a receipt for something else."""
    record = bytearray(seal_receipt(STATUS, KEY)[:192])
    record[place] = byte
    try:
        receipt = unseal_receipt(signed(bytes(record)), lane=Lane.IMPORT, key=PUBLIC)
    except Refused:
        return
    assert seal_receipt(receipt, KEY)[:192] == bytes(record)


def test_what_is_not_used_is_zero() -> None:
    record = bytearray(seal_receipt(STATUS, KEY)[:192])
    used = 12 + 5 * 8 + 32 + 16 + 8 + 8 + 32 + 1 + 4
    assert record[used:] == bytes(192 - used)
    for place in (11, used, 191):
        spoiled = bytearray(record)
        spoiled[place] = 1
        assert refusal(signed(bytes(spoiled))) is Reason.NOT_CANONICAL


@pytest.mark.parametrize(
    ("place", "code"),
    [(0, 0), (4, 4), (5, 2), (6, 8), (6, 255), (7, 6), (8, len(REASONS)), (148, 5)],
)
def test_numbers_outside_their_list_are_refused(place: int, code: int) -> None:
    record = bytearray(seal_receipt(STATUS, KEY)[:192])
    record[place] = code
    assert refusal(signed(bytes(record))) is Reason.MALFORMED


@pytest.mark.parametrize("rule", [b"Words", b"words x", b"words\0x", b"\0words", "語".encode()])
def test_a_rule_that_no_policy_can_have_is_refused(rule: bytes) -> None:
    record = bytearray(seal_receipt(STATUS, KEY)[:192])
    record[116:148] = rule.ljust(32, b"\0")
    assert refusal(signed(bytes(record))) is Reason.MALFORMED


@pytest.mark.parametrize("bit", range(len(REMOVED), 64))
def test_a_bit_that_has_no_word_is_refused(bit: int) -> None:
    record = bytearray(seal_receipt(STATUS, KEY)[:192])
    record[100:108] = (1 << bit).to_bytes(8, "big")
    assert refusal(signed(bytes(record))) is Reason.MALFORMED


def test_each_word_has_a_bit_of_its_own_and_what_has_none_is_other() -> None:
    assert [removed_bits([word]) for word in REMOVED] == [1 << n for n in range(len(REMOVED))]
    assert removed_words(removed_bits(["teleported", "gps", "exif", "gps", "beamed"])) == (
        "exif",
        "gps",
        "other",
    )
    assert removed_bits([]) == 0
    assert removed_words(0) == ()


def test_a_receipt_is_good_on_its_own_lane_only() -> None:
    assert refusal(seal_receipt(STATUS, KEY), Lane.EXPORT) is Reason.WRONG_LINK


@pytest.mark.parametrize(
    "role", [KeyRole.EXPORT_RECEIPT, KeyRole.IMPORT_RELEASE, KeyRole.LGWAN_SOURCE]
)
def test_no_other_key_makes_receipts(role: KeyRole) -> None:
    assert refusal(seal_receipt(STATUS, key_of(role))) is Reason.BAD_SIGNATURE


@given(st.binary(max_size=300) | st.binary(min_size=256, max_size=256))
def test_any_bytes_are_refused_and_nothing_worse(untrusted: bytes) -> None:
    refusal(untrusted)


@given(
    st.binary(min_size=192, max_size=192)
    | st.binary(min_size=8, max_size=188).map(lambda rest: (b"SKR1" + rest).ljust(192, b"\0"))
)
def test_any_signed_bytes_are_a_receipt_or_refused(record: bytes) -> None:
    try:
        receipt = unseal_receipt(signed(record), lane=Lane.IMPORT, key=PUBLIC)
    except Refused:
        return
    assert seal_receipt(receipt, KEY)[:192] == record


@pytest.mark.parametrize("number", [0, 1, 4, 5, 63])
def test_a_proof_is_split_over_records_of_four_hashes(number: int) -> None:
    hashes = [bytes([n] * 32) for n in range(number)]
    parts = split_proof(ProofPart(Lane.IMPORT, 1, 100, 3, 9, 0, 0, ()), hashes)
    assert [found for part in parts for found in part.hashes] == hashes
    assert [part.tick for part in parts] == list(range(100, 100 + len(parts)))
    assert [part.part for part in parts] == list(range(len(parts)))
    assert {part.parts for part in parts} == {max(1, -(-number // 4))}
    for part in parts:
        assert len(seal_receipt(part, KEY)) == RECEIPT_BYTES


def test_the_numbers_on_the_wire_never_change() -> None:
    """Appending is fine; anything else would make old and new relays misread each other."""
    assert REASONS[0] is None
    assert [reason and reason.value for reason in REASONS][1:21] == NUMBERED_REASONS.split()
    numbers = {name: number for number, name in enumerate(NUMBERED_VERDICTS.split())}
    assert {verdict.name: verdict.value for verdict in Verdict} == numbers
    assert list(REMOVED[:47]) == NUMBERED_REMOVED.split()
    assert len(REMOVED) < 64

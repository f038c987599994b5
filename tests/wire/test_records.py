"""The fixed-size records: each reads as it was written, and holds only numbers and hashes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.fields import LAST_MS
from wire.frames import MAX_BODY, FrameType
from wire.lane import Lane
from wire.reasons import Reason, Refused
from wire.receipts import ALL_FLAGS, REASONS, Flag, Verdict
from wire.records import Acknowledgement, ClockReading, Cosignature, Hello, Progress, Tree

LANES = st.sampled_from(Lane)
COUNTS = st.integers(0, 2**64 - 1)
HASHES = st.binary(min_size=32, max_size=32)
HEX = HASHES.map(bytes.hex)
FLAGS = st.sampled_from([Flag.NONE, Flag.HOLD, Flag.FAR_DOWN, Flag.HOLD | Flag.HALT, ALL_FLAGS])
RECORDS = (
    st.builds(Hello, LANES, COUNTS, COUNTS, HEX, COUNTS, COUNTS)
    | st.builds(Acknowledgement, LANES, COUNTS, COUNTS, HEX)
    | st.builds(
        Progress, LANES, st.sampled_from(Verdict), st.sampled_from(REASONS), COUNTS, COUNTS, HEX
    )
    | st.builds(
        Tree,
        LANES,
        FLAGS,
        st.just(3),
        st.integers(3, 2**63),
        HASHES,
        st.binary(min_size=64, max_size=64),
        st.lists(HASHES, max_size=63).map(tuple),
    )
    | st.builds(ClockReading, st.integers(0, LAST_MS), st.integers(0, LAST_MS))
    | st.builds(Cosignature, LANES, COUNTS, st.text(st.characters(codec="utf-8")))
)
SAMPLES: list[tuple[Any, FrameType, int]] = [
    (Hello(Lane.EXPORT, 1, 2, "a" * 64, 3, 4), FrameType.HELLO, 72),
    (Acknowledgement(Lane.EXPORT, 1, 2, "a" * 64), FrameType.ACKNOWLEDGEMENT, 56),
    (Progress(Lane.EXPORT, Verdict.HELD, None, 1, 2), FrameType.PROGRESS, 56),
    (
        Tree(Lane.EXPORT, Flag.HALT, 1, 2, bytes(32), bytes(64), (bytes(32),) * 63),
        FrameType.TREE,
        120 + 2016,
    ),
    (Cosignature(Lane.EXPORT, 5, "— witness AAAA"), FrameType.COSIGNATURE, 32),
    (ClockReading(5, 7), FrameType.CLOCK, 24),
]


@given(RECORDS)
def test_every_record_reads_as_it_was_written(record: Any) -> None:
    assert type(record).decode(record.encode()) == record


@pytest.mark.parametrize(("record", "frame_type", "size"), SAMPLES)
def test_a_record_has_its_size_and_fits_its_frame(
    record: Any, frame_type: FrameType, size: int
) -> None:
    assert len(record.encode()) == size <= MAX_BODY[frame_type]


@pytest.mark.parametrize("record", [record for record, _, _ in SAMPLES[:4]])
def test_a_record_has_no_other_size(record: Any) -> None:
    whole = record.encode()
    for other in (b"", whole[:-1], whole + b"\0"):
        with pytest.raises(Refused) as caught:
            type(record).decode(other)
        assert caught.value.reason is Reason.BAD_SIZE


@pytest.mark.parametrize("record", [record for record, _, _ in SAMPLES])
def test_no_kind_of_record_passes_for_another(record: Any) -> None:
    for other, _, _ in SAMPLES:
        if type(other) is not type(record):
            with pytest.raises(Refused):
                type(record).decode(other.encode())


@pytest.mark.parametrize("record", [record for record, _, _ in SAMPLES])
def test_no_byte_of_a_record_is_ignored(record: Any) -> None:
    """Padding that nobody looks at would be a way back for the far zone (T20)."""
    whole = record.encode()
    for place in range(len(whole)):
        spoiled = bytearray(whole)
        spoiled[place] ^= 0x40
        try:
            found = type(record).decode(bytes(spoiled))
        except Refused:
            continue
        assert found != record
        assert found.encode() == bytes(spoiled)


@pytest.mark.parametrize("record", [record for record, _, _ in SAMPLES])
@given(untrusted=st.binary(max_size=80))
def test_any_bytes_are_a_record_or_refused_and_nothing_worse(record: Any, untrusted: bytes) -> None:
    for candidate in (untrusted, (record.encode()[:4] + untrusted)[: len(record.encode())]):
        try:
            found = type(record).decode(candidate)
        except Refused:
            continue
        assert found.encode() == candidate


@pytest.mark.parametrize(("place", "code"), [(4, 2), (5, 6), (6, 255)])
def test_numbers_outside_their_list_are_refused(place: int, code: int) -> None:
    record = bytearray(SAMPLES[2][0].encode())
    record[place] = code
    with pytest.raises(Refused) as caught:
        Progress.decode(bytes(record))
    assert caught.value.reason is Reason.MALFORMED


def test_a_tree_does_not_shrink() -> None:
    with pytest.raises(Refused):
        Tree.decode(Tree(Lane.IMPORT, Flag.NONE, 5, 4, bytes(32), bytes(64)).encode())


@pytest.mark.parametrize("reading", [(LAST_MS + 1, 0), (0, LAST_MS + 1), (2**64 - 1, 1)])
def test_a_clock_that_no_calendar_can_write_is_refused(reading: tuple[int, int]) -> None:
    with pytest.raises(Refused) as caught:
        ClockReading.decode(ClockReading(*reading).encode())
    assert caught.value.reason is Reason.MALFORMED

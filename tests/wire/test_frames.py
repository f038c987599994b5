"""Frames: however a stream is cut, the same frames come out, and none is too large."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.fields import MAX_CHUNK_BYTES, MAX_ENVELOPE_BYTES
from wire.frames import (
    HEADER,
    MAGIC,
    MAX_BODY,
    VERSION,
    Frame,
    FrameReader,
    FrameType,
    read_chunk,
    write_chunk,
    write_frame,
)
from wire.reasons import Reason, Refused

ALL = frozenset(FrameType)
FRAMES = st.lists(
    st.sampled_from(FrameType).flatmap(
        lambda frame_type: st.tuples(
            st.just(frame_type), st.binary(max_size=min(64, MAX_BODY[frame_type]))
        )
    ),
    max_size=6,
)


def refusal(untrusted: bytes, takes: frozenset[FrameType] = ALL) -> Reason:
    with pytest.raises(Refused) as caught:
        FrameReader(takes).feed(untrusted)
    return caught.value.reason


@given(FRAMES, st.data())
def test_however_a_stream_is_cut_the_same_frames_come_out(
    frames: list[Frame], data: st.DataObject
) -> None:
    stream = b"".join(write_frame(*frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    reader, found = FrameReader(ALL), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert found == frames
    assert reader.is_between_frames


def test_a_frame_that_was_begun_is_known() -> None:
    reader = FrameReader(ALL)
    frame = write_frame(FrameType.HELLO, b"x")
    assert reader.is_between_frames
    for byte in frame[:-1]:
        assert reader.feed(bytes([byte])) == []
        assert not reader.is_between_frames
    assert reader.feed(frame[-1:]) == [(FrameType.HELLO, b"x")]
    assert reader.is_between_frames


@pytest.mark.parametrize("frame_type", FrameType)
def test_a_length_is_refused_before_its_body_comes(frame_type: FrameType) -> None:
    limit = MAX_BODY[frame_type]
    assert FrameReader(ALL).feed(HEADER.pack(MAGIC, frame_type, VERSION, limit)) == []
    for length in (limit + 1, 2**31, 2**32 - 1):
        assert refusal(HEADER.pack(MAGIC, frame_type, VERSION, length)) is Reason.BAD_SIZE


def test_what_crosses_fits_into_its_frame() -> None:
    assert MAX_BODY[FrameType.ENVELOPE] == MAX_ENVELOPE_BYTES
    chunk = write_chunk("0" * 64, 0, bytes(MAX_CHUNK_BYTES))
    assert MAX_BODY[FrameType.CHUNK] == len(chunk)


@pytest.mark.parametrize("frame_type", FrameType)
def test_each_end_takes_only_what_it_has_use_for(frame_type: FrameType) -> None:
    frame = write_frame(frame_type, b"")
    assert refusal(frame, ALL - {frame_type}) is Reason.WRONG_TYPE
    assert FrameReader(frozenset({frame_type})).feed(frame) == [(frame_type, b"")]


@pytest.mark.parametrize("code", [0, max(FrameType) + 1, 255])
def test_an_unknown_type_is_refused(code: int) -> None:
    assert refusal(HEADER.pack(MAGIC, code, VERSION, 0)) is Reason.WRONG_TYPE


@pytest.mark.parametrize(
    "head", [b"SL\x01\x01", b"sk\x01\x01", b"SK\x01\x00", b"SK\x01\x02", b"GET ", bytes(4)]
)
def test_another_protocol_or_version_is_refused(head: bytes) -> None:
    assert refusal(head + bytes(4)) is Reason.MALFORMED


@given(st.lists(st.binary(max_size=30)))
def test_any_bytes_are_frames_or_refused_and_nothing_worse(pieces: list[bytes]) -> None:
    reader = FrameReader(ALL)
    try:
        found = [frame for piece in pieces for frame in reader.feed(piece)]
    except Refused:
        return
    stream = b"".join(pieces)
    assert stream.startswith(b"".join(write_frame(*frame) for frame in found))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1), st.binary(min_size=1))
def test_a_chunk_comes_back_as_it_was(sha256: bytes, index: int, piece: bytes) -> None:
    assert read_chunk(write_chunk(sha256.hex(), index, piece)) == (sha256.hex(), index, piece)


@pytest.mark.parametrize("size", [0, 35, 36])
def test_an_empty_chunk_is_refused(size: int) -> None:
    with pytest.raises(Refused) as caught:
        read_chunk(bytes(size))
    assert caught.value.reason is Reason.BAD_SIZE

"""Framing on stream links: `SK`, type, version, u32 length, body.

The reader here is given bytes as they come and returns whole frames; it has no
socket.  Limits are per type and hold before a body is buffered.
"""

import struct
from enum import IntEnum

from wire.fields import MAX_CHUNK_BYTES, MAX_ENVELOPE_BYTES
from wire.reasons import Reason, Refused

VERSION = 1
HEADER = struct.Struct(">2sBBI")
MAGIC = b"SK"
_CHUNK = struct.Struct(">32sI")
CHUNK_HEAD_BYTES = _CHUNK.size


class FrameType(IntEnum):
    """What a frame holds.  The values are on the wire: never reuse one."""

    HELLO = 1  # zone -> relay: where it stands (wire.hello)
    ENVELOPE = 2  # an envelope
    CHUNK = 3  # a piece of a file that was announced
    RECEIPT = 4  # transform -> near zone: 256 bytes
    ACKNOWLEDGEMENT = 5  # far zone -> verify: 64 bytes
    CHECKPOINT = 6  # verify -> far zone: a signed checkpoint with its consistency proof
    COSIGNATURE = 7  # zone -> relay: a witness's signature on a checkpoint
    NORMAL = 8  # transform -> verify: a batch in normal form
    PROGRESS = 9  # verify -> transform: 64 bytes
    TREE = 10  # verify -> transform: the head of the audit log, and proof that it grew
    CLOCK = 11  # zone -> relay: what time is it; and the answer (runtime.clock_meter)
    LEAVES = 12  # verify -> far zone: leaves of the audit log (wire.audit.leaves)


# 64 hashes of 32 bytes prove consistency of any tree; a checkpoint is under 1 KiB.
MAX_BODY = {
    FrameType.HELLO: 256,
    FrameType.ENVELOPE: MAX_ENVELOPE_BYTES,
    FrameType.CHUNK: MAX_CHUNK_BYTES + CHUNK_HEAD_BYTES,
    FrameType.RECEIPT: 256,
    FrameType.ACKNOWLEDGEMENT: 64,
    FrameType.CHECKPOINT: 8 * 1024,
    FrameType.COSIGNATURE: 1024,
    FrameType.NORMAL: 2 * MAX_ENVELOPE_BYTES,
    FrameType.PROGRESS: 64,
    FrameType.CLOCK: 24,
    FrameType.TREE: 120 + 63 * 32,
    FrameType.LEAVES: 256 * 1024,
}

Frame = tuple[FrameType, bytes]


def write_frame(frame_type: FrameType, body: bytes) -> bytes:
    """Return a frame."""
    return HEADER.pack(MAGIC, frame_type, VERSION, len(body)) + body


class FrameReader:
    """Cuts a stream into frames.  `takes` lists the types this end has use for."""

    def __init__(self, takes: frozenset[FrameType]) -> None:
        """Accept frames of the given types and no others."""
        self._takes = takes
        self._buffer = bytearray()

    def feed(self, untrusted: bytes) -> list[Frame]:
        """Return the frames that are whole now.  Raises `Refused`, after which close."""
        buffer = self._buffer
        buffer += untrusted
        frames: list[Frame] = []
        at = 0
        while len(buffer) - at >= HEADER.size:
            frame_type, length = self._head(buffer, at)
            end = at + HEADER.size + length
            if end > len(buffer):
                break
            frames.append((frame_type, bytes(buffer[at + HEADER.size : end])))
            at = end
        del buffer[:at]
        return frames

    @property
    def is_between_frames(self) -> bool:
        """Whether nothing has been begun: a peer may be silent here, but not inside."""
        return not self._buffer

    def _head(self, buffer: bytearray, at: int) -> tuple[FrameType, int]:
        magic, code, version, length = HEADER.unpack_from(buffer, at)
        if magic != MAGIC or version != VERSION:
            raise Refused(Reason.MALFORMED, "not a frame of version 1")
        try:
            frame_type = FrameType(code)
        except ValueError:
            raise Refused(Reason.WRONG_TYPE, f"frame type {code}") from None
        if frame_type not in self._takes:
            raise Refused(Reason.WRONG_TYPE, f"a frame {frame_type.name} is not taken here")
        if length > MAX_BODY[frame_type]:
            raise Refused(Reason.BAD_SIZE, f"a frame {frame_type.name} of {length} bytes")
        return frame_type, length


def write_chunk(sha256: str, index: int, data: bytes) -> bytes:
    """Return the body of a CHUNK: which file, which piece of it, the piece."""
    return _CHUNK.pack(bytes.fromhex(sha256), index) + data


def read_chunk(untrusted: bytes) -> tuple[str, int, bytes]:
    """Return (sha256, index, piece), or raise `Refused`."""
    if len(untrusted) <= CHUNK_HEAD_BYTES:
        raise Refused(Reason.BAD_SIZE, "an empty chunk")
    sha256, index = _CHUNK.unpack_from(untrusted)
    return sha256.hex(), index, untrusted[CHUNK_HEAD_BYTES:]

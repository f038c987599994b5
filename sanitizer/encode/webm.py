"""Film: VP8 and, where there is sound, Opus in WebM, in the one way we write it.

    EBML | Segment( Info  Tracks  Cues  Cluster( Timestamp  SimpleBlock… )… )

Each size takes eight bytes, so that what leads to a cluster is as long before its place is known.
A cluster begins at each key frame.  Source: RFC 8794 (EBML), RFC 9559 (Matroska), the WebM
container guidelines.
"""

import struct
from collections.abc import Sequence

from sanitizer.encode.ogg import HEAD
from sanitizer.encode.packets import is_key

FRAMES_A_SECOND = 30
MS_A_PACKET = 20
NS_A_FRAME = 1_000_000_000 // FRAMES_A_SECOND
FILM, SOUND = 1, 2
# Times in a cluster are told by 16 bits, so sound ends at most so long after the last picture.
MAX_SILENT_MS = 25_000

Block = tuple[int, int, bytes]  # milliseconds, track, data


def encode_webm(
    width: int, height: int, frames: Sequence[bytes], packets: Sequence[bytes]
) -> bytes:
    """Return a file of the VP8 `frames` and the Opus `packets`, of which there may be none."""
    film = [(index * 1000 // FRAMES_A_SECOND, FILM, frame) for index, frame in enumerate(frames)]
    packets = packets[: (len(frames) * 1000 // FRAMES_A_SECOND + MAX_SILENT_MS) // MS_A_PACKET]
    sound = [(index * MS_A_PACKET, SOUND, packet) for index, packet in enumerate(packets)]
    clusters = [_cluster(blocks) for blocks in _clustered(sorted(film + sound, key=_order))]
    starts = [time for time, _, frame in film if is_key(frame)]
    length_ms = max(len(frames) * 1000 // FRAMES_A_SECOND, len(packets) * MS_A_PACKET)
    before = _info(length_ms) + _tracks(width, height, has_sound=bool(packets))
    at = len(before) + len(_cues(starts, starts))
    places = []
    for cluster in clusters:
        places.append(at)
        at += len(cluster)
    return _ebml() + _element("18538067", before + _cues(starts, places) + b"".join(clusters))


def _order(block: Block) -> tuple[int, int]:
    return block[:2]


def _clustered(blocks: Sequence[Block]) -> list[list[Block]]:
    clusters: list[list[Block]] = []
    for block in blocks:
        _, track, data = block
        if track == FILM and is_key(data):
            clusters.append([])
        clusters[-1].append(block)
    return clusters


def _cluster(blocks: Sequence[Block]) -> bytes:
    start = blocks[0][0]
    parts = [_number("E7", start)]
    for time, track, data in blocks:
        flags = 0x80 if track == SOUND or is_key(data) else 0
        head = struct.pack(">BhB", 0x80 | track, time - start, flags)
        parts.append(_element("A3", head + data))
    return _element("1F43B675", b"".join(parts))


def _cues(times: Sequence[int], places: Sequence[int]) -> bytes:
    points = [
        _number("B3", time) + _element("B7", _number("F7", FILM) + _number("F1", place))
        for time, place in zip(times, places, strict=True)
    ]
    return _element("1C53BB6B", b"".join(_element("BB", point) for point in points))


def _ebml() -> bytes:
    numbers = (("4286", 1), ("42F7", 1), ("42F2", 4), ("42F3", 8))
    written = b"".join(_number(name, number) for name, number in numbers)
    kind = _element("4282", b"webm") + _number("4287", 4) + _number("4285", 2)
    return _element("1A45DFA3", written + kind)


def _info(length_ms: int) -> bytes:
    programs = _element("4D80", b"sekisho") + _element("5741", b"sekisho")
    length = _element("4489", struct.pack(">d", length_ms))
    return _element("1549A966", _number("2AD7B1", 1_000_000) + length + programs)


def _tracks(width: int, height: int, *, has_sound: bool) -> bytes:
    picture = _element("E0", _number("B0", width) + _number("BA", height))
    tracks = _track(FILM, 1, b"V_VP8", _number("23E383", NS_A_FRAME) + picture)
    if has_sound:
        sampled = _element("B5", struct.pack(">d", 48_000)) + _number("9F", 2)
        delays = _number("56AA", 6_500_000) + _number("56BB", 80_000_000)
        private = _element("63A2", HEAD)
        tracks += _track(SOUND, 2, b"A_OPUS", private + delays + _element("E1", sampled))
    return _element("1654AE6B", tracks)


def _track(number: int, kind: int, codec: bytes, rest: bytes) -> bytes:
    numbers = _number("D7", number) + _number("73C5", number) + _number("83", kind)
    return _element("AE", numbers + _number("9C", 0) + _element("86", codec) + rest)


def _number(name: str, number: int) -> bytes:
    return _element(name, number.to_bytes(8))


def _element(name: str, body: bytes) -> bytes:
    return bytes.fromhex(name) + (1 << 56 | len(body)).to_bytes(8) + body

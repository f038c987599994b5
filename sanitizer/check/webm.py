"""WebM: one track of VP8, perhaps one of Opus, clusters that begin at key frames, nothing else.

Every element is in its one place, with a size of eight bytes; all times follow from the count.
Source: RFC 8794 (EBML), RFC 9559 (Matroska), RFC 6386 9.1 (VP8 frames).
"""

import struct
from collections import deque
from collections.abc import Sequence

from sanitizer.check.ogg import OPUS_HEAD, check_opus
from sanitizer.check.rule import demand_rule

MAX_SIDE = 1280
# Ten minutes and a second at 30 frames a second.
MAX_FRAMES = 18_100
# What the frames of any second may have for each of their pixels, a fifth of a byte, and for
# themselves.  Television without a picture, the worst there is, takes four fifths of it.
FRAMES_A_SECOND, PIXELS_A_BYTE, SOME_BYTES = 30, 5, 4096

Elements = Sequence[tuple[str, bytes]]

EBML: Elements = (
    ("4286", (1).to_bytes(8)),
    ("42f7", (1).to_bytes(8)),
    ("42f2", (4).to_bytes(8)),
    ("42f3", (8).to_bytes(8)),
    ("4282", b"webm"),
    ("4287", (4).to_bytes(8)),
    ("4285", (2).to_bytes(8)),
)
SOUND: Elements = (
    ("d7", (2).to_bytes(8)),
    ("73c5", (2).to_bytes(8)),
    ("83", (2).to_bytes(8)),
    ("9c", bytes(8)),
    ("86", b"A_OPUS"),
    ("63a2", OPUS_HEAD),
    ("56aa", (6_500_000).to_bytes(8)),
    ("56bb", (80_000_000).to_bytes(8)),
)
FILM: Elements = (
    ("d7", (1).to_bytes(8)),
    ("73c5", (1).to_bytes(8)),
    ("83", (1).to_bytes(8)),
    ("9c", bytes(8)),
    ("86", b"V_VP8"),
    ("23e383", (33_333_333).to_bytes(8)),
)


def check_webm(untrusted: bytes) -> tuple[int, int]:
    """Return width and height, or raise `CheckFailed`."""
    top = _elements(untrusted)
    demand_rule([name for name, _ in top] == ["1a45dfa3", "18538067"], "top level")
    demand_rule(_elements(top[0][1]) == list(EBML), "EBML header")
    segment = _elements(top[1][1])
    names = [name for name, _ in segment]
    clusters = [body for _, body in segment[3:]]
    demand_rule(
        names == ["1549a966", "1654ae6b", "1c53bb6b", *["1f43b675"] * len(clusters)], "segment"
    )
    demand_rule(len(clusters) > 0, "no cluster")
    size, has_sound = _tracks(segment[1][1])
    film, sound, starts = _blocks(clusters, size)
    demand_rule(bool(sound) is has_sound, "a track without blocks")
    _check_info(segment[0][1], max(film * 1000 // 30, sound * 20))
    places, at = [], sum(_whole(name, body) for name, body in segment[:3])
    for cluster in clusters:
        places.append(at)
        at += _whole("1f43b675", cluster)
    _check_cues(segment[2][1], starts, places)
    return size


def _elements(data: bytes) -> list[tuple[str, bytes]]:
    found, at = [], 0
    while at < len(data):
        first = data[at]
        demand_rule(first >= 0x10, "element name")
        width = 9 - first.bit_length()
        name = data[at : at + width].hex()
        at += width
        demand_rule(at + 8 <= len(data) and data[at] == 1, "element size")
        length = int.from_bytes(data[at + 1 : at + 8])
        at += 8 + length
        demand_rule(at <= len(data), "element cut short")
        found.append((name, data[at - length : at]))
    return found


def _whole(name: str, body: bytes) -> int:
    return len(name) // 2 + 8 + len(body)


def _tracks(body: bytes) -> tuple[tuple[int, int], bool]:
    tracks = _elements(body)
    demand_rule([name for name, _ in tracks] in (["ae"], ["ae", "ae"]), "tracks")
    *film, (name, picture) = _elements(tracks[0][1])
    demand_rule(film == list(FILM) and name == "e0", "film track")
    sides = _elements(picture)
    demand_rule([name for name, _ in sides] == ["b0", "ba"], "picture size")
    width, height = (_number(side) for _, side in sides)
    demand_rule(0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE, "picture size")
    if len(tracks) == 2:
        *sound, (name, sampling) = _elements(tracks[1][1])
        demand_rule(sound == list(SOUND) and name == "e1", "sound track")
        rate = [("b5", struct.pack(">d", 48_000)), ("9f", (2).to_bytes(8))]
        demand_rule(_elements(sampling) == rate, "sampling")
    return (width, height), len(tracks) == 2


def _number(body: bytes) -> int:
    demand_rule(len(body) == 8, "length of a number")
    return int.from_bytes(body)


def _blocks(clusters: Sequence[bytes], size: tuple[int, int]) -> tuple[int, int, list[int]]:
    """Return how many blocks of film and of sound there are, and when the clusters begin."""
    film, sound, starts, last = 0, 0, [], (-1, 0)
    rate = _Rate(size)
    for cluster in clusters:
        (name, start), *blocks = _elements(cluster)
        demand_rule(name == "e7" and _number(start) == film * 1000 // 30, "cluster time")
        starts.append(_number(start))
        for index, (name, block) in enumerate(blocks):
            demand_rule(name == "a3" and len(block) > 4, "block")
            track, time, flags = struct.unpack_from(">BhB", block)
            next_film, next_sound = film * 1000 // 30, sound * 20
            if track == 0x81:
                is_key = _frame(block[4:], size)
                rate.add(len(block) - 4)
                demand_rule(is_key is (index == 0), "key frame")
                demand_rule(flags == (0x80 if is_key else 0), "flags")
                demand_rule(starts[-1] + time == next_film, "time of a frame")
                film += 1
            else:
                demand_rule((track, flags) == (0x82, 0x80) and index > 0, "block of sound")
                demand_rule(starts[-1] + time == next_sound, "time of a packet")
                check_opus(block[4:])
                sound += 1
            demand_rule(last < (starts[-1] + time, track), "order of blocks")
            last = starts[-1] + time, track
            demand_rule(film <= MAX_FRAMES and sound <= 2 * MAX_FRAMES, "length")
        demand_rule(bool(blocks), "empty cluster")
    return film, sound, starts


class _Rate:
    """How many bytes the frames of the last second have, which is bounded by their pixels."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._most = size[0] * size[1] * FRAMES_A_SECOND // PIXELS_A_BYTE + SOME_BYTES
        self._last: deque[int] = deque(maxlen=FRAMES_A_SECOND)

    def add(self, length: int) -> None:
        self._last.append(length)
        demand_rule(sum(self._last) <= self._most, "more bytes than a second of film takes")


def _frame(frame: bytes, size: tuple[int, int]) -> bool:
    """Return whether this is a key frame; a shown frame it is, with its first partition inside."""
    demand_rule(len(frame) > 3, "frame cut short")
    tag = int.from_bytes(frame[:3], "little")
    demand_rule(tag >> 4 & 1 == 1 and tag >> 1 & 7 <= 3, "frame tag")
    is_key = tag & 1 == 0
    demand_rule((10 if is_key else 3) + (tag >> 5) <= len(frame), "first partition")
    if is_key:
        demand_rule(frame[3:6] == b"\x9d\x01\x2a", "start code")
        demand_rule(struct.unpack_from("<HH", frame, 6) == size, "size of a frame")
    return is_key


def _check_info(body: bytes, length_ms: int) -> None:
    expected = [
        ("2ad7b1", (1_000_000).to_bytes(8)),
        ("4489", struct.pack(">d", length_ms)),
        ("4d80", b"sekisho"),
        ("5741", b"sekisho"),
    ]
    demand_rule(_elements(body) == expected, "information")


def _check_cues(body: bytes, starts: Sequence[int], places: Sequence[int]) -> None:
    points = _elements(body)
    demand_rule(len(points) == len(starts), "cues")
    for (name, point), start, place in zip(points, starts, places, strict=True):
        parts = _elements(point)
        demand_rule(name == "bb" and [part for part, _ in parts] == ["b3", "b7"], "cue")
        demand_rule(_number(parts[0][1]) == start, "time of a cue")
        where = [("f7", (1).to_bytes(8)), ("f1", place.to_bytes(8))]
        demand_rule(_elements(parts[1][1]) == where, "place of a cue")

"""Looking for what must not have crossed, in everything a zone keeps on the disk.

Every file under a folder is read to its end: stores, their journals, files, logs.
"""

import io
import mmap
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

SAMPLE_BYTES: Final = 32
SAMPLES: Final = 64
# Fewer different bytes than that are filling, which any file may have.
_VARIETY: Final = 12

_START_OF_IMAGE: Final = b"\xff\xd8"
_START_OF_SCAN: Final = b"\xff\xda"
# EXIF and XMP, IPTC, comments: ITU-T T.81, table B.1.
_WORDS_ABOUT: Final = frozenset({0xE1, 0xED, 0xFE})


@dataclass(frozen=True, slots=True)
class LeakSearch:
    """What was looked through, and the files in which something was found."""

    files: int
    size: int
    found: tuple[Path, ...]


def traces_of(jpeg: bytes, *, unlike: bytes) -> list[bytes]:
    """Return pieces of what a photo says beside its picture, its place in the world first.

    What the photo `unlike` says too, as one of the same camera does, is no trace.  Nor is
    the picture: re-rendered at the same quality, parts of it come out as the same bits.
    Raises `KeyError` for a photo that names no place.
    """
    said = b"".join(_segments(jpeg))
    pieces = [said[at : at + SAMPLE_BYTES] for at in range(0, len(said), SAMPLE_BYTES)]
    telling = [piece for piece in pieces if len(set(piece)) >= _VARIETY]
    found = [*_coordinates(jpeg), *telling[:: max(1, len(telling) // SAMPLES)]]
    return [piece for piece in found if piece not in unlike]


def _segments(jpeg: bytes) -> Iterator[bytes]:
    """Yield what stands in the segments about the picture, without the thumbnail's tables."""
    at = len(_START_OF_IMAGE)
    while jpeg[at : at + 2] != _START_OF_SCAN:
        marker, size = struct.unpack_from(">xBH", jpeg, at)
        body = jpeg[at + 4 : at + 2 + size]
        if marker in _WORDS_ABOUT:
            before, _, thumbnail = body.partition(_START_OF_IMAGE)
            yield before + thumbnail.partition(_START_OF_SCAN)[2]
        at += 2 + size


def _coordinates(jpeg: bytes) -> list[bytes]:
    """Return latitude and longitude, degrees to seconds, as they stand in the file (EXIF 4.6.6)."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        place = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    found = []
    for tag in (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude):
        numbers = [part for each in place[tag] for part in (each.numerator, each.denominator)]
        written = [struct.pack(f"{order}6I", *numbers) for order in "<>"]
        found.append(next(each for each in written if each in jpeg))
    return found


def search(folder: Path, traces: Sequence[bytes]) -> LeakSearch:
    """Look for any of `traces` in the files under `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = {path: path.stat().st_size for path in files}
    found = tuple(path for path in files if sizes[path] and _holds(path, traces))
    return LeakSearch(len(files), sum(sizes.values()), found)


def _holds(path: Path, traces: Iterable[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(data.find(trace) >= 0 for trace in traces)

"""Looking for what must not have crossed, in everything a zone keeps on the disk.

Every file under a folder is read to its end: stores, their journals, files, logs.
"""

import io
import mmap
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

# Thirty-two bytes of a picture's compressed data do not occur twice but by copying.
SAMPLE_BYTES: Final = 32
SAMPLES: Final = 64

_START_OF_SCAN: Final = b"\xff\xda"


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked through, and the files in which something was found."""

    files: int
    size: int
    found: tuple[Path, ...]


def traces_of(jpeg: bytes) -> list[bytes]:
    """Return pieces of a photo that are in nothing but a copy of it, its place in the world first.

    Raises `ValueError` for a photo that says no place: it would prove nothing.
    """
    # The tables before the scan are those of the camera's maker, equal in many photos.
    scan = jpeg[jpeg.rindex(_START_OF_SCAN) + len(_START_OF_SCAN) + SAMPLE_BYTES :]
    step = len(scan) // SAMPLES
    samples = (scan[at : at + SAMPLE_BYTES] for at in range(0, step * SAMPLES, step))
    return [*_coordinates(jpeg), *samples]


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


def search(folder: Path, traces: Sequence[bytes]) -> Search:
    """Look for any of `traces` in the files under `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = {path: path.stat().st_size for path in files}
    found = tuple(path for path in files if sizes[path] and _holds(path, traces))
    return Search(len(files), sum(sizes.values()), found)


def _holds(path: Path, traces: Iterable[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(data.find(trace) >= 0 for trace in traces)

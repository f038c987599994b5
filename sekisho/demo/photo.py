"""The photos of the demo, with what a telephone puts into them: camera, date, place, thumbnail.

Real ones where the corpus lies beside the source tree, else drawn here.
"""

import io
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, ImageDraw, ImageFilter

CORPUS: Final = Path(__file__).parents[3] / "shared" / "corpus" / "photos"

_SIZE: Final = (960, 640)
_SKY, _HILL, _RIVER = (176, 196, 214), (86, 110, 84), (124, 108, 82)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it came out of somebody's telephone."""

    name: str
    jpeg: bytes


def make_photo(name: str, *, real: str, seed: int) -> Photo:
    """Return the corpus file `real` under `name`, or one drawn from `seed` if there is none."""
    path = CORPUS / real
    if path.is_file():
        return Photo(name, path.read_bytes())
    return Photo(name, drawn(seed))


def drawn(seed: int) -> bytes:
    """Return a JPEG of hills over a river, noisy as a photo is, with EXIF, GPS and thumbnail."""
    rng = random.Random(seed)  # noqa: S311 - a landscape, not a secret
    picture = Image.new("RGB", _SIZE, _SKY)
    draw = ImageDraw.Draw(picture)
    width, height = _SIZE
    for layer in range(4):
        top = height * (3 + layer) // 9
        ridge = [(x, top + rng.randint(-40, 40)) for x in range(0, width + 80, 80)]
        shade = tuple(channel - 14 * layer for channel in _HILL)
        draw.polygon([*ridge, (width, height), (0, height)], fill=shade)
    draw.polygon(
        [(0, height * 4 // 5), (width, height * 2 // 3), (width, height), (0, height)], _RIVER
    )
    noise = Image.effect_noise(_SIZE, 40).convert("RGB")
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), noise, 0.08)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88, exif=_exif(rng), comment=b"made by the demo")
    return file.getvalue()


def _exif(rng: random.Random) -> Image.Exif:
    """Return what this telephone says of this photo: of another it says something else."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = f"demo {rng.randbytes(64).hex()}"
    exif[ExifTags.Base.Make] = "Sekisho"
    exif[ExifTags.Base.Model] = "Demo phone"
    exif[ExifTags.Base.DateTime] = "2026:09:01 16:20:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (35.0, rng.randint(0, 59), rng.randint(0, 599) / 10),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: (135.0, rng.randint(0, 59), rng.randint(0, 599) / 10),
        }
    )
    return exif

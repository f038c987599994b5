"""Photographs as phones take them, of several sizes, no two of the same look."""

import io
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from PIL import Image

_CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "bench" / "phone12mp.jpg"
# Long side and quality: as a chat sends it, as kept to save space, nearly as taken.
_FORMS = ((1600, 85), (2560, 85), (4032, 85))
_PATCH = 64  # pixels: a white square, at another place in each


def photos() -> Iterator[bytes]:
    """Yield photographs without end, the sizes in turn."""
    with _taken() as picture:
        forms = [(_scaled(picture, long_side), quality) for long_side, quality in _FORMS]
    for number, (scaled, quality) in enumerate(cycle(forms)):
        photo, found = scaled.copy(), io.BytesIO()
        left, top = number % 16 * _PATCH, number // 16 % 8 * _PATCH
        photo.paste("white", (left, top, left + _PATCH, top + _PATCH))
        photo.save(found, "JPEG", quality=quality)
        yield found.getvalue()


def _taken() -> Image.Image:
    """Return a phone's photograph; where the corpus is not, one drawn from noise."""
    if _CORPUS.exists():
        return Image.open(_CORPUS)
    noise = [Image.effect_noise((504, 378), 60).resize((4032, 3024)) for _ in "RGB"]
    return Image.merge("RGB", noise)


def _scaled(picture: Image.Image, long_side: int) -> Image.Image:
    copy = picture.copy()
    copy.thumbnail((long_side, long_side))
    return copy

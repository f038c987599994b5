"""Photographs as phones take them, of several sizes, no two with the same bytes."""

import io
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from PIL import Image

_CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "bench" / "phone12mp.jpg"
# Long side and quality: as a chat sends it, as kept to save space, nearly as taken.
_FORMS = ((1280, 80), (2048, 80), (3264, 80))
_START, _COMMENT = b"\xff\xd8", b"\xff\xfe"


def photos() -> Iterator[bytes]:
    """Yield photographs without end, the sizes in turn."""
    with _taken() as picture:
        forms = [_photo(picture, long_side, quality) for long_side, quality in _FORMS]
    for number, photo in enumerate(cycle(forms)):
        words = b"photo %d" % number
        comment = _COMMENT + (len(words) + 2).to_bytes(2) + words  # ITU-T T.81, B.2.4.5
        yield _START + comment + photo[len(_START) :]


def _taken() -> Image.Image:
    """Return a phone's photograph; where the corpus is not, one drawn from noise."""
    if _CORPUS.exists():
        return Image.open(_CORPUS)
    noise = [Image.effect_noise((504, 378), 60).resize((4032, 3024)) for _ in "RGB"]
    return Image.merge("RGB", noise)


def _photo(picture: Image.Image, long_side: int, quality: int) -> bytes:
    copy, found = picture.copy(), io.BytesIO()
    copy.thumbnail((long_side, long_side))
    copy.save(found, "JPEG", quality=quality)
    return found.getvalue()

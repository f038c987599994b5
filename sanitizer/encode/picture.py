"""Pixels to a new picture file.

Runs in the jail, in a child that never saw the file the pixels came from.  What may stand in the
files written here is said once more, independently, in `sanitizer.check`.
"""

import io
from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from sanitizer.encode.gif import encode_gif
from sanitizer.encode.png import encode_png
from sanitizer.intermediate import Mode, Picture

MODES = {Mode.GRAY: "L", Mode.RGB: "RGB", Mode.RGBA: "RGBA"}

# For a picture that is to be a JPEG though it was stored without loss.
DEFAULT_QUALITY = 88


def encode_picture(media: str, record: Picture) -> bytes:
    """Return `record` as a file of type `media`."""
    return _ENCODERS[media](_image(record), record.quality or DEFAULT_QUALITY)


def encode_animation(frames: Sequence[Picture]) -> bytes:
    """Return `frames`, all of one size, as a GIF that repeats for ever."""
    return encode_gif([(_image(frame), frame.duration_ms) for frame in frames])


def _image(record: Picture) -> Image.Image:
    return Image.frombytes(MODES[record.mode], record.size, bytes(record.pixels))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    if image.mode == "RGBA":  # JPEG has no transparency; paper is white
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=False)
    return file.getvalue()


_ENCODERS: Mapping[str, Callable[[Image.Image, int], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": lambda image, _: encode_png(image),
    "image/gif": lambda image, _: encode_gif([(image, 0)]),
}

"""Pixels to a new picture file.

Runs in the jail, in a child that never saw the file the pixels came from.  What may stand in the
files written here is said once more, independently, in `sanitizer.check`.
"""

import io
from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from sanitizer.intermediate import Mode, Picture

MODES = {Mode.GRAY: "L", Mode.RGB: "RGB", Mode.RGBA: "RGBA"}

# For a picture that is to be a JPEG though it was stored without loss.
DEFAULT_QUALITY = 88

# zlib: a little larger than 9, and three times as fast on a photograph.
PNG_LEVEL = 6
MAX_PALETTE = 256

# GIF89a, 23: what a viewer does with a frame before it shows the next.
BACK_TO_BACKGROUND = 2


def encode_picture(media: str, record: Picture) -> bytes:
    """Return `record` as a file of type `media`."""
    image = _image(record)
    return _ENCODERS[media](image, record.quality or DEFAULT_QUALITY, record.quality == 0)


def encode_animation(frames: Sequence[Picture]) -> bytes:
    """Return `frames`, all of one size, as a GIF that repeats for ever."""
    images = [_indexed(_image(frame)) for frame in frames]
    return _saved(
        images[0],
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=[frame.duration_ms for frame in frames],
        loop=0,
        interlace=False,
        disposal=BACK_TO_BACKGROUND,
    )


def _image(record: Picture) -> Image.Image:
    return Image.frombytes(MODES[record.mode], record.size, bytes(record.pixels))


def _gif(image: Image.Image, _quality: int, _lossless: bool) -> bytes:
    return _saved(_indexed(image), "GIF", interlace=False)


def _indexed(image: Image.Image) -> Image.Image:
    """Return `image` in at most 256 colours, one of which is transparent if it has any."""
    if image.mode == "L":
        return image
    opaque = image.getchannel("A").point(_is_opaque) if image.mode == "RGBA" else None
    if opaque is None or opaque.getextrema() == (255, 255):
        rgb = image.convert("RGB")
        return rgb.quantize(MAX_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # What cannot be seen gets one colour that nothing else has.
    clear = Image.composite(image, Image.new("RGBA", image.size), opaque)
    clear.putalpha(opaque)
    indexed = clear.quantize(MAX_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    row, column = divmod(opaque.tobytes().index(0), opaque.width)
    indexed.info["transparency"] = indexed.getpixel((column, row))
    return indexed


def _is_opaque(alpha: int) -> int:
    return 255 if alpha >= 128 else 0


def _jpeg(image: Image.Image, quality: int, _lossless: bool) -> bytes:
    if image.mode == "RGBA":  # JPEG has no transparency; paper is white
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    return _saved(image, "JPEG", quality=quality, optimize=False)


def _png(image: Image.Image, _quality: int, _lossless: bool) -> bytes:
    return _saved(_with_palette(image), "PNG", compress_level=PNG_LEVEL)


def _webp(image: Image.Image, quality: int, lossless: bool) -> bytes:
    image = image.convert("RGB") if image.mode == "L" else image
    return _saved(image, "WEBP", quality=quality, lossless=lossless, method=2)


def _saved(image: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _with_palette(image: Image.Image) -> Image.Image:
    """Return `image` with a palette, if that loses nothing: drawings become much smaller."""
    if image.mode == "L" or image.getcolors(MAX_PALETTE) is None:
        return image
    small = image.quantize(MAX_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return small if small.convert(image.mode).tobytes() == image.tobytes() else image


_ENCODERS: Mapping[str, Callable[[Image.Image, int, bool], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}

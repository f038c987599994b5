"""Files as our writers write them, one of each form that the check takes."""

import struct
import zlib

from PIL import Image

from sanitizer.encode.picture import encode_animation, encode_picture
from sanitizer.intermediate import Mode, Picture
from tests.sanitizer.samples import gradient, png_chunk


def written(media: str, mode: str = "RGB", quality: int = 80) -> bytes:
    picture = gradient(mode=mode)
    if mode == "RGBA":  # without this nothing of it would be transparent
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    channels = {"L": Mode.GRAY, "RGB": Mode.RGB, "RGBA": Mode.RGBA}[mode]
    return encode_picture(media, Picture(channels, 64, 48, quality, 0, picture.tobytes()))


def palette_png() -> bytes:
    two = Image.new("RGB", (64, 48), "white")
    two.paste((255, 0, 0), (5, 5, 20, 20))
    return encode_picture("image/png", Picture(Mode.RGB, 64, 48, 0, 0, two.tobytes()))


def palette_png_of(
    colours: bytes, transparency: bytes | None = None, pixels: bytes = b"\0"
) -> bytes:
    """Return a PNG of 4 by 4 pixels, with a palette of `colours`; `pixels` repeat in each row."""
    row = b"\0" + (pixels * 4)[:4]
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)),
        png_chunk(b"PLTE", colours),
        *([] if transparency is None else [png_chunk(b"tRNS", transparency)]),
        png_chunk(b"IDAT", zlib.compress(row * 4, 1)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def clear_png_of(pixel: bytes) -> bytes:
    """Return a PNG of 4 by 4 pixels that are all `pixel`: red, green, blue, alpha."""
    rows = b"\2" + pixel * 4 + (b"\2" + bytes(16)) * 3
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 6, 0, 0, 0)),
        png_chunk(b"IDAT", zlib.compress(rows, 1)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


JPEG, PNG = (written(f"image/{name}") for name in ("jpeg", "png"))
GIF = written("image/gif")
ANIMATION = encode_animation(
    [Picture(Mode.RGB, 64, 48, 0, 100, gradient().rotate(turn).tobytes()) for turn in (0, 90, 180)]
)
TEXT = "行\r\n次の行\r\n".encode()


def with_control(flags: int, duration: int, transparent: int) -> bytes:
    """Return a GIF whose frame has a graphic control of its own."""
    control = struct.pack("<4BHBB", 0x21, 0xF9, 4, flags, duration, transparent, 0)
    return GIF[:13] + control + GIF[13:]


GOOD = {
    "jpeg": ("image/jpeg", JPEG),
    "gray jpeg": ("image/jpeg", written("image/jpeg", "L")),
    "png": ("image/png", PNG),
    "gray png": ("image/png", written("image/png", "L")),
    "clear png": ("image/png", written("image/png", "RGBA")),
    "palette png": ("image/png", palette_png()),
    "clear palette png": ("image/png", palette_png_of(b"abc", b"\x80")),
    "gif": ("image/gif", GIF),
    "gray gif": ("image/gif", written("image/gif", "L")),
    "animated gif": ("image/gif", ANIMATION),
    "clear gif": ("image/gif", written("image/gif", "RGBA")),
    "text": ("text/plain", TEXT),
    "no text": ("text/plain", b""),
}

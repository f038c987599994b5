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


def palette_png_of(colours: bytes = b"", transparency: bytes | None = None) -> bytes:
    """Return a PNG of one colour, with a whole palette that begins with `colours`."""
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)),
        png_chunk(b"PLTE", colours.ljust(3 * 256, b"\0")),
        *([] if transparency is None else [png_chunk(b"tRNS", transparency)]),
        png_chunk(b"IDAT", zlib.compress(bytes(5 * 4))),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


JPEG, PNG, WEBP = (written(f"image/{name}") for name in ("jpeg", "png", "webp"))
LOSSLESS = written("image/webp", quality=0)
CLEAR = written("image/webp", mode="RGBA")
GIF = written("image/gif")
ANIMATION = encode_animation(
    [Picture(Mode.RGB, 64, 48, 0, 100, gradient().rotate(turn).tobytes()) for turn in (0, 90, 180)]
)
TEXT = "行\r\n次の行\r\n".encode()


def with_control(flags: int, transparent: int) -> bytes:
    """Return a GIF whose frame has a graphic control of its own."""
    at = 13 + (6 << (GIF[10] & 7))
    assert GIF[at : at + 1] == b","
    return GIF[:at] + bytes([0x21, 0xF9, 4, flags, 0, 0, transparent, 0]) + GIF[at:]


GOOD = {
    "jpeg": ("image/jpeg", JPEG),
    "gray jpeg": ("image/jpeg", written("image/jpeg", "L")),
    "png": ("image/png", PNG),
    "gray png": ("image/png", written("image/png", "L")),
    "clear png": ("image/png", written("image/png", "RGBA")),
    "palette png": ("image/png", palette_png()),
    "clear palette png": ("image/png", palette_png_of(b"abc", b"\x80".ljust(256, b"\0"))),
    "webp": ("image/webp", WEBP),
    "lossless webp": ("image/webp", LOSSLESS),
    "clear webp": ("image/webp", CLEAR),
    "clear lossless webp": ("image/webp", written("image/webp", "RGBA", 0)),
    "gif": ("image/gif", GIF),
    "gray gif": ("image/gif", written("image/gif", "L")),
    "animated gif": ("image/gif", ANIMATION),
    "gif with a transparent colour": ("image/gif", with_control(1, 7)),
    "text": ("text/plain", TEXT),
    "no text": ("text/plain", b""),
}

"""GIF, in the one way we write it: whole frames, each with its own colours in order.

Pillow quantises and packs (LZW, always the longest string it knows); the rest is written here.
Source: GIF89a specification.
"""

import io
import struct
from collections.abc import Sequence

from PIL import Image

from sanitizer.encode.palette import Colour, in_order, palette_of

MAX_PALETTE = 256
LOOP_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
TRAILER = b";"
# GIF89a, 23: what a viewer does with a frame before it shows the next.
STAYS, BACK_TO_BACKGROUND = 0, 2
NOTHING = (0, 0, 0, 0)


def encode_gif(frames: Sequence[tuple[Image.Image, int]]) -> bytes:
    """Return `frames`, and for how many milliseconds each is shown, as a GIF.

    What lies beyond the first frame is cut off.  Several frames repeat for ever.
    """
    width, height = frames[0][0].size
    pieces = []
    is_animation = len(frames) > 1
    for image, duration_ms in frames:
        colours, numbers = _coloured(image.crop((0, 0, width, height)))
        is_clear = colours[0] == NOTHING
        if is_clear or is_animation:
            disposal = BACK_TO_BACKGROUND if is_animation else STAYS
            hundredths = duration_ms // 10 if is_animation else 0
            pieces.append(
                struct.pack("<4BHBB", 0x21, 0xF9, 4, disposal << 2 | is_clear, hundredths, 0, 0)
            )
        bits = max(1, (len(colours) - 1).bit_length())
        pieces.append(struct.pack("<B4HB", 0x2C, 0, 0, width, height, 0x80 | bits - 1))
        pieces.append(
            bytes(value for colour in colours for value in colour[:3]).ljust(3 << bits, b"\0")
        )
        pieces.append(_packed(numbers))
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0)
    return head + (LOOP_FOR_EVER if is_animation else b"") + b"".join(pieces) + TRAILER


def _coloured(image: Image.Image) -> tuple[list[Colour], Image.Image]:
    """Return at most 256 colours, the first of which is nothing if the picture is transparent."""
    if image.mode == "L":
        return in_order(image, [(value, value, value, 255) for value in range(256)])
    opaque = image.getchannel("A").point(_is_opaque) if image.mode == "RGBA" else None
    if opaque is None or opaque.getextrema() == (255, 255):
        indexed = _quantised(image.convert("RGB"))
        return in_order(indexed, palette_of(indexed))
    clear = Image.composite(image, Image.new("RGBA", image.size), opaque)
    clear.putalpha(opaque)
    indexed = _quantised(clear)
    colours = [
        (*colour[:3], 255) if colour[3] >= 128 else NOTHING for colour in palette_of(indexed)
    ]
    return in_order(indexed, colours)


def _quantised(image: Image.Image) -> Image.Image:
    return image.quantize(MAX_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def _is_opaque(alpha: int) -> int:
    return 255 if alpha >= 128 else 0


def _packed(numbers: Image.Image) -> bytes:
    """Return the code size and the blocks of one frame, out of a file that Pillow writes."""
    file = io.BytesIO()
    numbers.save(file, "GIF", interlace=False, optimize=False)
    written = file.getvalue()
    at = 13 + (3 * 2 << (written[10] & 7))
    return written[at + 10 : -1]

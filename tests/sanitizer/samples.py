"""Small files made in code: ordinary ones, and ones that carry what must not cross."""

import io
import struct
import zipfile
import zlib

from PIL import Image

# Stands wherever something hides in a hostile file; must be in nothing that comes out.
CANARY = b"CANARY-7f3a91"


def gradient(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """Return a picture whose corners all differ, so that a turn or a mirror shows."""
    red = Image.linear_gradient("L").resize(size)
    green = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(size)
    blue = Image.new("L", size, 40)
    return Image.merge("RGB", (red, green, blue)).convert(mode)


def exif_with_gps(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = CANARY.decode()
    return exif


def encoded(picture: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def hostile_pictures() -> dict[str, bytes]:
    """Return pictures that carry the canary, by a name that says where."""
    xmp = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
    jpeg = encoded(gradient(), "JPEG", exif=exif_with_gps(), comment=CANARY, xmp=xmp)
    png = encoded(gradient(), "PNG", exif=exif_with_gps())
    text_chunk = png_chunk(b"tEXt", b"Comment\0" + CANARY)
    webp = encoded(gradient(), "WEBP", exif=exif_with_gps(), xmp=xmp)
    return {
        "metadata.jpg": jpeg,
        "trailing.jpg": jpeg + CANARY,
        "zip-behind.jpg": jpeg + zipped({"evil.txt": CANARY}),
        "app15.jpg": jpeg[:2] + jpeg_segment(0xEF, CANARY) + jpeg[2:],
        "script-in-comment.jpg": jpeg[:2] + jpeg_segment(0xFE, b"<script>" + CANARY) + jpeg[2:],
        "metadata.png": png,
        "text.png": png[:33] + text_chunk + png[33:],
        "private.png": png[:33] + png_chunk(b"caNr", CANARY) + png[33:],
        "trailing.png": png + CANARY,
        "html-behind.png": png + b"<html>" + CANARY + b"</html>",
        "metadata.webp": webp,
        "trailing.webp": webp + CANARY,
    }

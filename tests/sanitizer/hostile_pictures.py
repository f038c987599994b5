"""Hostile pictures: each place for words about a picture, what SVG can reach for, and bombs."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, TiffImagePlugin, TiffTags

from tests.sanitizer.hostile import Case
from tests.sanitizer.hostile_ordinary import SVG, plain
from tests.sanitizer.mutation_pictures import GIF_EXTENSIONS, PNG_CHUNKS
from tests.sanitizer.samples import CANARY, encoded, gradient, jpeg_segment, png_chunk, zipped

C = CANARY.decode()
_TIFF_TAGS = (
    269,
    270,
    271,
    272,
    285,
    305,
    306,
    315,
    316,
    333,
    337,
    700,
    33432,
    33723,
    34377,
    37724,
    40000,
    65000,
)
_SVG = {
    "a script": f"<script>{C}</script>",
    "a handler": f'<rect onload="{C}" width="9" height="9"/>',
    "metadata": f"<metadata>{C}</metadata>",
    "a description": f"<desc>{C}</desc>",
    "a title": f"<title>{C}</title>",
    "a comment": f"<!-- {C} -->",
    "an instruction": f"<?x {C}?>",
    "HTML": f'<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">{C}</b></foreignObject>',
    "a picture from a file": f'<image href="/etc/hostname" id="{C}" width="9" height="9"/>',
    "a picture from the web": f'<image xlink:href="http://{C}/" width="9" height="9"/>',
    "a style from the web": f"<style>@import url(http://{C}/);</style>",
    "a font from the web": f"<style>@font-face{{src:url(http://{C}/)}}</style>",
    "a use from the web": f'<use href="http://{C}/#a"/>',
    "a link": f'<a href="javascript:{C}"/>',
    "an animation": f'<animate attributeName="href" to="{C}"/>',
    "data": f'<g data-x="{C}"/>',
    "a filter": f'<filter id="a"><feImage href="http://{C}/"/></filter>',
    "a mask": f'<rect mask="url(http://{C}/#a)" width="9" height="9"/>',
    "an embedded SVG": f'<image href="data:image/svg+xml,&lt;svg>{C}" width="9" height="9"/>',
}


def pictures() -> Iterator[Case]:
    ordinary = plain()
    jpeg, png, gif = (ordinary[f"a.{ext}"] for ext in ("jpg", "png", "gif"))
    for marker in (*range(0xE0, 0xF0), 0xFE, 0xF0, 0xF7, 0xC8):
        for at in (2, 20):
            for start in (
                b"",
                b"Exif\0\0",
                b"http://ns.adobe.com/xap/1.0/\0",
                b"Photoshop 3.0\0",
                b"ICC_PROFILE\0\1\1",
            ):
                data = jpeg[:at] + jpeg_segment(marker, start + CANARY) + jpeg[at:]
                yield Case("pictures", f"JPEG {marker:#x} {start!r} at {at}", "a.jpg", data, True)
    for name in PNG_CHUNKS:
        for at in (33, len(png) - 12):
            data = png[:at] + png_chunk(name.encode(), b"k\0" + CANARY) + png[at:]
            yield Case("pictures", f"PNG {name} at {at}", "a.png", data, True)
    for what, extension in GIF_EXTENSIONS.items():
        for at in (13 + 768, len(gif) - 1):
            yield Case(
                "pictures", f"GIF {what} at {at}", "a.gif", gif[:at] + extension + gif[at:], True
            )


def more_pictures() -> Iterator[Case]:
    ordinary = plain()
    webp = ordinary["a.webp"]
    for chunk in (b"EXIF", b"XMP ", b"ICCP", b"JUNK", b"ANMF"):
        even = CANARY + b"\0" * (len(CANARY) % 2)
        body = webp[8:] + struct.pack("<4sI", chunk, len(even)) + even
        data = b"RIFF" + struct.pack("<I", len(body)) + body
        yield Case("pictures", f"WebP {chunk!r}", "a.webp", data, True)
    for tag in _TIFF_TAGS:
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info.tagtype[tag] = TiffTags.ASCII
        info[tag] = C
        yield Case(
            "pictures", f"TIFF tag {tag}", "a.tif", encoded(gradient(), "TIFF", tiffinfo=info), True
        )
    for what, xml in _SVG.items():
        yield Case("pictures", f"SVG with {what}", "a.svg", (SVG % xml).encode(), True)
    for name, data in ordinary.items():
        for what, cargo in {
            "behind": CANARY,
            "far behind": bytes(70_000) + CANARY,
            "as an archive": zipped({"x": CANARY}),
        }.items():
            if not name.endswith(("txt", "csv", "eml")):
                yield Case("pictures", f"{name} with a canary {what}", name, data + cargo, True)


def bombs() -> Iterator[Case]:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(50 << 20), 9))
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + pixels + png_chunk(b"IEND", b"")
    yield Case("bombs", "PNG: 2,500 megapixels", "a.png", png)
    text = zlib.compress(bytes(60 << 20), 9)
    ztxt = encoded(gradient(), "PNG")
    yield Case(
        "bombs", "PNG: words", "a.png", ztxt[:33] + png_chunk(b"zTXt", b"k\0\0" + text) + ztxt[33:]
    )
    frame = encoded(Image.new("L", (3000, 3000)), "GIF")
    block = frame[frame.index(b",", 13 + 768) : -1]
    yield Case("bombs", "GIF: 400 frames of 9 megapixels", "a.gif", frame[:-1] + block * 400 + b";")
    for side in (16_000, 65_000):
        tiff = bytearray(encoded(Image.new("1", (64, 64)), "TIFF"))
        yield Case(
            "bombs",
            f"TIFF: a side of {side}",
            "a.tif",
            bytes(tiff).replace(b"\x40\0", struct.pack("<H", side)),
        )
    rects = '<rect width="9" height="9"/>' * 100_000
    uses = "".join(f'<g id="a{n + 1}">{f"""<use href="#a{n}"/>""" * 10}</g>' for n in range(9))
    yield Case("bombs", "SVG: many shapes", "a.svg", (SVG % rects).encode())
    yield Case(
        "bombs",
        "SVG: uses of uses",
        "a.svg",
        (SVG % f'<g id="a0"/>{uses}<use href="#a9"/>').encode(),
    )
    yield Case(
        "bombs", "SVG: a use of itself", "a.svg", (SVG % '<g id="a"><use href="#a"/></g>').encode()
    )
    yield Case("bombs", "SVG: huge", "a.svg", (SVG % "").replace('"99"', '"9999999"').encode())
    yield Case("bombs", "SVG: deep", "a.svg", (SVG % ("<g>" * 20_000)).encode())


def cases() -> Iterator[Case]:
    yield from pictures()
    yield from more_pictures()
    yield from bombs()

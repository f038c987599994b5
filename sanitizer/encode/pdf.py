"""A new PDF: layers of pictures, invisible, searchable words, links, and no other object at all.

Object 1 is the catalogue, 2 the list of pages, 3 to 8 the font of the words, which has no shapes;
then for each page the page, its contents, its layers.  What stands here is said a second time,
independently, in `sanitizer.check.pdf`.  Source: ISO 32000-1.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sanitizer.encode.page_words import links_on, words_on
from sanitizer.intermediate import (
    IntermediatePage,
    Layer,
    LayerRole,
    MalformedIntermediate,
    PageLink,
    Record,
    TextRun,
)

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

# A TrueType font made with fontTools.  Its glyph is a stroke without width: it draws nothing even
# where a reader forgets that the words are invisible, and has a box, without which PDFium drops it.
FONT = base64.b64decode(
    "AAEAAAAIAIAAAwAAY21hcAAMAHMAAAEQAAAANGdseWbuQeDtAAABTAAAABZoZWFkYv9DOAAAAIwAAAA2aGhlYQcKAy"
    "IAAADEAAAAJGhtdHgD6AAAAAABCAAAAAZsb2NhAAsAAAAAAUQAAAAGbWF4cAAEAAQAAADoAAAAIHBvc3QAAwAAAAAB"
    "ZAAAACAAAQAAAAEAAKqs8TJfDzz1AAMD6AAAAAAAAAAAAAAAAAAAAAAAAP84A+gDIAAAAAMAAgAAAAAAAAABAAADIP"
    "84AAAD6AAAAAAD6AABAAAAAAAAAAAAAAAAAAAAAQABAAAAAgACAAEAAAAAAAIAAAAAAAAAAAAAAAAAAAAAA+gAAAAA"
    "AAAAAAACAAAAAwAAABQAAwABAAAAFAAEACAAAAAEAAQAAQAAACD//wAAACD////hAAEAAAAAAAAAAAALAAAAAQAA/z"
    "gD6AMgAAEAABUBA+jIA+gAAAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
)
# Code to character: the code is the character.
TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry "
    b"(Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Words def /CMapType 2 def 1 "
    b"begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> "
    b"endbfrange endcmap CMapName currentdict /CMap defineresource pop end end"
)
# Code to glyph: always the second.
TO_GLYPH = b"\x00\x01" * 65536

FONT_OBJECTS = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Words /Encoding /Identity-H "
    b"/DescendantFonts [4 0 R] /ToUnicode 7 0 R >>",
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Words /CIDSystemInfo << /Registry (Adobe) "
    b"/Ordering (Identity) /Supplement 0 >> /DW 1000 /FontDescriptor 5 0 R /CIDToGIDMap 8 0 R >>",
    b"<< /Type /FontDescriptor /FontName /Words /Flags 4 /FontBBox [0 -200 1000 800] "
    b"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 800 /StemV 80 /FontFile2 6 0 R >>",
)


def encode_pdf(records: Sequence[Record]) -> bytes:
    """Return pages, each followed by its layers and its runs, as a PDF."""
    objects = [
        b"",
        b"",
        *FONT_OBJECTS,
        *(_stream(b"", data) for data in (FONT, TO_UNICODE, TO_GLYPH)),
    ]
    numbers: list[int] = []
    for drawn in _pages(records):
        numbers.append(len(objects) + 1)
        objects += _page_objects(len(objects) + 1, drawn)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(numbers), kids)
    return _file(objects)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A page and all that stands on it."""

    page: IntermediatePage
    layers: list[Layer] = field(default_factory=list)
    runs: list[TextRun] = field(default_factory=list)
    links: list[PageLink] = field(default_factory=list)


def _pages(records: Sequence[Record]) -> list[_Drawn]:
    pages: list[_Drawn] = []
    for record in records:
        match record:
            case IntermediatePage():
                pages.append(_Drawn(record))
            case Layer() if pages:
                pages[-1].layers.append(record)
            case TextRun() if pages:
                pages[-1].runs.append(record)
            case PageLink() if pages:
                pages[-1].links.append(record)
            case _:
                raise MalformedIntermediate("not what a page is made of")
    return pages


def _page_objects(number: int, drawn: _Drawn) -> list[bytes]:
    page, layers = drawn.page, drawn.layers
    names = b"".join(
        b" /%s %d 0 R" % (NAMES[layer.role], number + 2 + index)
        for index, layer in enumerate(layers)
    )
    pictures = b"/XObject <<%s>> " % names if layers else b""
    size = b"%.2f %.2f" % (page.width, page.height)
    areas = b" ".join(links_on(page, drawn.links))
    links = b" /Annots [%s]" % areas if areas else b""
    return [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s] /Resources << %s/Font << /F 3 0 R >> >> "
        b"/Contents %d 0 R%s >>" % (size, pictures, number + 1, links),
        _stream(b"", _contents(page, layers, drawn.runs)),
        *(_layer(layer) for layer in layers),
    ]


NAMES = {LayerRole.GRAY: b"B", LayerRole.COLOUR: b"B", LayerRole.STENCIL: b"S"}


def _contents(page: IntermediatePage, layers: list[Layer], runs: list[TextRun]) -> bytes:
    lines = [
        b"q %s%.2f 0 0 %.2f 0 0 cm /%s Do Q"
        % (
            b"%.2f g " % (layer.ink / 255) if layer.role is LayerRole.STENCIL else b"",
            page.width,
            page.height,
            NAMES[layer.role],
        )
        for layer in layers
    ]
    return b"\n".join([*lines, b"BT 3 Tr", *words_on(page, runs), b"ET"])


def _layer(layer: Layer) -> bytes:
    size = b"/Type /XObject /Subtype /Image /Width %d /Height %d" % (layer.width, layer.height)
    if layer.role is LayerRole.STENCIL:
        kind = b" /ImageMask true /BitsPerComponent 1 /Filter /FlateDecode"
    else:
        space = b"Gray" if layer.role is LayerRole.GRAY else b"RGB"
        kind = b" /ColorSpace /Device%s /BitsPerComponent 8 /Filter /DCTDecode" % space
    return _object_with_data(size + kind, bytes(layer.data))


def _stream(entries: bytes, data: bytes) -> bytes:
    return _object_with_data(entries + b"/Filter /FlateDecode", zlib.compress(data, 9))


def _object_with_data(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _file(objects: list[bytes]) -> bytes:
    file, offsets = bytearray(HEADER), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)

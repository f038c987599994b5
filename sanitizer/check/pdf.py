"""PDF exactly as we write it: eight fixed objects, then pages of layers and invisible words.

Every object is matched whole, every offset and every length recomputed, and the file ends where
ours end; so scripts, actions, forms, attachments, links, object streams and later versions have
no place to be.  Source: ISO 32000-1.
"""

import hashlib
import re
from dataclasses import dataclass, field

from sanitizer.check import packing
from sanitizer.check.jpeg import check_jpeg
from sanitizer.check.pdf_words import LINK, check_links, check_words
from sanitizer.check.rule import CheckFailed, demand_rule

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

# Objects 3 to 5 as they stand in the file, and 6 to 8 (font, its characters, its glyphs) unpacked:
# how zlib packs them differs from version to version.
FONT_OBJECTS_SHA256 = "d2c237f8c384b544d5026d49bfa74955c66050ed744ee1ea7c6b9b532b8b86ad"
FONT_DATA_SHA256 = (
    "5978aa2799ee5afaaba739112b74d643c51c31b04c0d3539db6ef5982a72e3de",
    "8a8d032d9f126205bfe5e566350361ea7fda0ead70c34c224b1bf8af75628cd4",
    "291de8d4b566650ddb8d230211cdcf218a35c2f6e3e7ec611cbae0c0b70700d0",
)

MAX_PAGES = 2000
MAX_PIXELS = 40_000_000
# What a JPEG codes together: its sides are whole ones, so that no pixel lies beyond the page.
UNIT = 16
MAX_CONTENTS_BYTES = 16 << 20

# A number is written in one way: no zeros before it.
_WHOLE = rb"([1-9][0-9]{0,8})"
_OBJECT = rb"[1-9][0-9]{0,8} 0 R"
_POINTS = rb"(?:0|[1-9][0-9]{0,4})\.[0-9]{2}"
_CATALOGUE = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
_PAGES = re.compile(
    rb"2 0 obj\n<< /Type /Pages /Count %b /Kids \[(%b(?: %b)*)\] >>\nendobj\n"
    % (_WHOLE, _OBJECT, _OBJECT)
)
_STREAM = re.compile(
    rb"%b 0 obj\n<< /Filter /FlateDecode /Length %b >>\nstream\n" % (_WHOLE, _WHOLE)
)
_PAGE = re.compile(
    rb"%b 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox \[0 0 (%b) (%b)\] /Resources << "
    rb"(?:/XObject <<( /B %b)?( /S %b)?>> )?/Font << /F 3 0 R >> >> /Contents %b 0 R"
    rb"(?: /Annots \[(%b(?: %b)*+)\])? >>\nendobj\n"
    % (_WHOLE, _POINTS, _POINTS, _OBJECT, _OBJECT, _WHOLE, LINK, LINK)
)
_LAYER = re.compile(
    rb"%b 0 obj\n<< /Type /XObject /Subtype /Image /Width %b /Height %b "
    rb"(?:/ColorSpace /Device(Gray|RGB) /BitsPerComponent 8 /Filter /DCTDecode"
    rb"|/ImageMask true /BitsPerComponent 1 /Filter /FlateDecode) /Length %b >>\nstream\n"
    % (_WHOLE, _WHOLE, _WHOLE, _WHOLE)
)
_PLACED = b"%s 0 0 %s 0 0 cm /%s Do Q\n"
_SHADE = re.compile(rb"q (?:0\.[0-9]{2}|1\.00) g ")


def check_pdf(untrusted: bytes) -> int:
    """Return the number of pages, or raise `CheckFailed`."""
    demand_rule(untrusted.startswith(HEADER + _CATALOGUE), "header")
    reader = _Reader(untrusted, len(HEADER), [len(HEADER)])
    reader.at += len(_CATALOGUE)
    kids = reader.match(_PAGES)
    pages = int(kids[1])
    demand_rule(0 < pages <= MAX_PAGES, "number of pages")
    _check_font(reader)
    numbers = [_check_page(reader) for _ in range(pages)]
    demand_rule(kids[2] == b" ".join(b"%d 0 R" % number for number in numbers), "list of pages")
    _check_end(reader)
    return pages


@dataclass(slots=True)
class _Reader:
    """Where we are in the file, and where each object began."""

    untrusted: bytes
    at: int
    offsets: list[int] = field(default_factory=list)

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        """Go over an object, or the head of one, that is exactly `pattern`."""
        found = pattern.match(self.untrusted, self.at)
        if found is None:
            raise CheckFailed(f"object {len(self.offsets) + 1}")
        self.offsets.append(self.at)
        self.at = found.end()
        return found

    def data(self, length: int) -> bytes:
        """Go over the data of a stream and the end of its object."""
        data = self.untrusted[self.at : self.at + length]
        self.at += length
        end = b"\nendstream\nendobj\n"
        demand_rule(self.untrusted.startswith(end, self.at), "end of a stream")
        self.at += len(end)
        return data

    def stream(self) -> bytes:
        """Go over a packed stream that is nothing else, and return what it holds."""
        head = self.match(_STREAM)
        demand_rule(int(head[1]) == len(self.offsets), "number of an object")
        return packing.unpacked(self.data(int(head[2])), packing.PAGE, MAX_CONTENTS_BYTES)


def _check_font(reader: _Reader) -> None:
    start = reader.at
    for number in (3, 4, 5):
        reader.match(re.compile(rb"%d 0 obj\n<<[^\n]{1,300}>>\nendobj\n" % number))
    fixed = reader.untrusted[start : reader.at]
    demand_rule(hashlib.sha256(fixed).hexdigest() == FONT_OBJECTS_SHA256, "font")
    for digest in FONT_DATA_SHA256:
        demand_rule(hashlib.sha256(reader.stream()).hexdigest() == digest, "font data")


def _check_page(reader: _Reader) -> int:
    """Go over a page with its contents and layers, and return its number."""
    number = len(reader.offsets) + 1
    page = reader.match(_PAGE)
    own, width, height, background, stencil, contents, links = page.groups()
    size = float(width), float(height)
    check_links(links or b"", size)
    demand_rule(int(own) == number and int(contents) == number + 1, "number of an object")
    layers = [name for name, entry in ((b"B", background), (b"S", stencil)) if entry]
    entries = [b" /%s %d 0 R" % (name, number + 2 + i) for i, name in enumerate(layers)]
    demand_rule([e for e in (background, stencil) if e] == entries, "number of a layer")
    demand_rule(bool(layers) or b"/XObject" not in page[0], "an empty list of layers")
    _check_contents(reader.stream(), width, height, layers)
    for name in layers:
        _check_layer(reader, is_stencil=name == b"S")
    return number


def _check_contents(contents: bytes, width: bytes, height: bytes, layers: list[bytes]) -> None:
    at = 0
    for name in layers:
        shade = _SHADE.match(contents, at)
        demand_rule((shade is not None) == (name == b"S"), "shade of a layer")
        placed = (shade[0] if shade else b"q ") + _PLACED % (width, height, name)
        demand_rule(contents.startswith(placed, at), "place of a layer")
        at += len(placed)
    demand_rule(contents.startswith(b"BT 3 Tr\n", at), "words are not invisible")
    at += len(b"BT 3 Tr\n")
    at = check_words(contents, at, (float(width), float(height)))
    demand_rule(contents[at:] == b"ET", "contents of a page")


def _check_layer(reader: _Reader, *, is_stencil: bool) -> None:
    head = reader.match(_LAYER)
    demand_rule(int(head[1]) == len(reader.offsets), "number of an object")
    width, height, space = int(head[2]), int(head[3]), head[4]
    demand_rule(0 < width * height <= MAX_PIXELS and (space is None) == is_stencil, "layer")
    data = reader.data(int(head[5]))
    if is_stencil:
        size = (width + 7) // 8 * height
        demand_rule(len(packing.unpacked(data, packing.STENCIL, size)) == size, "size of a stencil")
        return
    components = 1 if space == b"Gray" else 3
    demand_rule(check_jpeg(data) == (width, height, components), "size or colours of a background")
    demand_rule(width % UNIT == height % UNIT == 0, "a background with more than is seen")


def _check_end(reader: _Reader) -> None:
    start, size = reader.at, len(reader.offsets) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n" % size
    end += b"".join(b"%010d 00000 n \n" % offset for offset in reader.offsets)
    end += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    demand_rule(reader.untrusted[start:] == end, "end of the file")

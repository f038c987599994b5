"""The intermediate form: all that passes from the child that saw the file to the one that did not.

A sequence of records, each a tag, fixed fields, and raw bytes of a length that the fields
determine or state.  Pixels and plain text: nothing in here needs a decoder.

    picture  "P" mode(1) quality(1) duration_ms(4) width(4) height(4) pixels(width*height*channels)
    text     "T" length(8) UTF-8
    row      "R" number of cells(4), for each: length(4) UTF-8
    page     "G" width(8) height(8)
    run      "U" x(8) y(8) length(8) size(8) vertical(1) length of text(4) UTF-8
    link     "K" left(8) bottom(8) right(8) top(8) length of address(4) UTF-8
    layer    "L" role(1) ink(1) width(4) height(4) length(8) data
    member   "M" length of name(4) length of data(8) name data
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_PICTURE = struct.Struct("<BBIII")
_TEXT = struct.Struct("<Q")
_PAGE = struct.Struct("<2d")
_RUN = struct.Struct("<4dBI")
_LINK = struct.Struct("<4dI")
_LAYER = struct.Struct("<BBIIQ")
_COUNT = struct.Struct("<I")
_MEMBER = struct.Struct("<IQ")

MAX_SIDE = 65_535
MAX_QUALITY = 95
MAX_POINTS = 14_400.0  # 200 inches, the largest page a PDF can have


class MalformedIntermediate(Exception):
    """These bytes are not in the intermediate form."""


class Mode(Enum):
    """The channels of a picture: eight bits each, interleaved."""

    GRAY = 1
    RGB = 3
    RGBA = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """Upright sRGB pixels, row by row from the top.

    `quality`: what a JPEG encoder needs to lose no more than the source had lost (1 to 95), 0 for
    a picture that was stored without loss.  `duration_ms`: of an animation's frame.
    """

    mode: Mode
    width: int
    height: int
    quality: int
    duration_ms: int
    pixels: memoryview | bytes

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class IntermediateText:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntermediatePage:
    """A page begins.  Its size is in points (1/72 inch); what follows stands on it."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class TextRun:
    """Words in one line: where they begin (points from the lower left), how long, how tall."""

    x: float
    y: float
    length: float
    size: float
    vertical: bool
    text: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A part of the page that leads to an address; points from the lower left."""

    left: float
    bottom: float
    right: float
    top: float
    address: str


class LayerRole(Enum):
    """What a layer of a page is."""

    GRAY = 1  # a JPEG over the whole page
    COLOUR = 2  # likewise
    STENCIL = 3  # packed bits, 0 where ink of one shade goes


@dataclass(frozen=True, slots=True)
class Layer:
    """An encoded picture over the whole page.  `ink`: the stencil's shade, 0 black to 255 white."""

    role: LayerRole
    ink: int
    width: int
    height: int
    data: memoryview | bytes


@dataclass(frozen=True, slots=True)
class Member:
    """A named file within the file: an archive's member, a mail's attachment."""

    name: str
    data: memoryview | bytes


Record = (
    Picture | IntermediateText | TableRow | IntermediatePage | TextRun | PageLink | Layer | Member
)


def pack(record: Record) -> list[bytes | memoryview]:
    """Return `record` as pieces of bytes to be written one after the other."""
    match record:
        case Picture(mode, width, height, quality, duration_ms, pixels):
            fields = _PICTURE.pack(mode.value, quality, duration_ms, width, height)
            return [b"P" + fields, pixels]
        case IntermediateText(text):
            data = text.encode("utf-8")
            return [b"T" + _TEXT.pack(len(data)), data]
        case TableRow(cells):
            encoded = [cell.encode("utf-8") for cell in cells]
            pieces = [_COUNT.pack(len(cell)) + cell for cell in encoded]
            return [b"R" + _COUNT.pack(len(cells)) + b"".join(pieces)]
        case IntermediatePage(width, height):
            return [b"G" + _PAGE.pack(width, height)]
        case TextRun(x, y, length, size, vertical, text):
            data = text.encode("utf-8")
            return [b"U" + _RUN.pack(x, y, length, size, vertical, len(data)), data]
        case PageLink(left, bottom, right, top, address):
            data = address.encode("utf-8")
            return [b"K" + _LINK.pack(left, bottom, right, top, len(data)), data]
        case Layer(role, ink, width, height, data):
            return [b"L" + _LAYER.pack(role.value, ink, width, height, len(data)), data]
        case Member(name, data):
            name_bytes = name.encode("utf-8")
            return [b"M" + _MEMBER.pack(len(name_bytes), len(data)), name_bytes, data]


def unpack(untrusted: memoryview) -> Iterator[Record]:
    """Yield the records in `untrusted`, or raise `Malformed` at the first fault."""
    at = 0
    while at < len(untrusted):
        tag = bytes(untrusted[at : at + 1])
        try:
            record, at = _READERS[tag](untrusted, at + 1)
        except (KeyError, ValueError, struct.error) as error:
            raise MalformedIntermediate(f"record {tag!r}") from error
        yield record


def _read_picture(untrusted: memoryview, at: int) -> tuple[Record, int]:
    mode_value, quality, duration_ms, width, height = _PICTURE.unpack_from(untrusted, at)
    mode = Mode(mode_value)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and quality <= MAX_QUALITY):
        raise MalformedIntermediate("picture out of bounds")
    pixels, end = _take(untrusted, at + _PICTURE.size, width * height * mode.value)
    return Picture(mode, width, height, quality, duration_ms, pixels), end


def _read_text(untrusted: memoryview, at: int) -> tuple[Record, int]:
    (length,) = _TEXT.unpack_from(untrusted, at)
    data, end = _take(untrusted, at + _TEXT.size, length)
    return IntermediateText(str(data, "utf-8")), end


def _read_row(untrusted: memoryview, at: int) -> tuple[Record, int]:
    (count,) = _COUNT.unpack_from(untrusted, at)
    at += _COUNT.size
    cells: list[str] = []
    for _ in range(count):
        (length,) = _COUNT.unpack_from(untrusted, at)
        cell, at = _take(untrusted, at + _COUNT.size, length)
        cells.append(str(cell, "utf-8"))
    return TableRow(tuple(cells)), at


def _read_page(untrusted: memoryview, at: int) -> tuple[Record, int]:
    width, height = _PAGE.unpack_from(untrusted, at)
    if not (1 <= width <= MAX_POINTS and 1 <= height <= MAX_POINTS):
        raise MalformedIntermediate("page out of bounds")
    return IntermediatePage(width, height), at + _PAGE.size


def _read_run(untrusted: memoryview, at: int) -> tuple[Record, int]:
    *box, vertical, length = _RUN.unpack_from(untrusted, at)
    if not all(-MAX_POINTS <= number <= MAX_POINTS for number in box):
        raise MalformedIntermediate("run out of bounds")
    if vertical not in (0, 1):
        raise MalformedIntermediate("a direction that is neither")
    data, end = _take(untrusted, at + _RUN.size, length)
    x, y, along, size = box
    return TextRun(x, y, along, size, bool(vertical), str(data, "utf-8")), end


def _read_link(untrusted: memoryview, at: int) -> tuple[Record, int]:
    *box, length = _LINK.unpack_from(untrusted, at)
    if not all(0 <= number <= MAX_POINTS for number in box):
        raise MalformedIntermediate("link out of bounds")
    data, end = _take(untrusted, at + _LINK.size, length)
    left, bottom, right, top = box
    return PageLink(left, bottom, right, top, str(data, "utf-8")), end


def _read_layer(untrusted: memoryview, at: int) -> tuple[Record, int]:
    role, ink, width, height, length = _LAYER.unpack_from(untrusted, at)
    data, end = _take(untrusted, at + _LAYER.size, length)
    return Layer(LayerRole(role), ink, width, height, data), end


def _read_member(untrusted: memoryview, at: int) -> tuple[Record, int]:
    name_length, length = _MEMBER.unpack_from(untrusted, at)
    name, at = _take(untrusted, at + _MEMBER.size, name_length)
    data, end = _take(untrusted, at, length)
    return Member(str(name, "utf-8"), data), end


def _take(untrusted: memoryview, at: int, length: int) -> tuple[memoryview, int]:
    if at + length > len(untrusted):
        raise MalformedIntermediate("cut short")
    return untrusted[at : at + length], at + length


_READERS = {
    b"P": _read_picture,
    b"T": _read_text,
    b"R": _read_row,
    b"G": _read_page,
    b"U": _read_run,
    b"K": _read_link,
    b"L": _read_layer,
    b"M": _read_member,
}

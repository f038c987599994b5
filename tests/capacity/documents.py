"""Attacks on PDF and on Office files."""

import re
import zlib
from collections.abc import Iterator

from sanitizer.encode.archive import encode_archive
from sanitizer.encode.office import encode_office
from sanitizer.encode.pdf import encode_pdf
from sanitizer.intermediate import (
    IntermediatePage,
    Layer,
    LayerRole,
    Member,
    PageLink,
    Record,
    TableRow,
    TextRun,
)
from sanitizer.media import DOCX, PDF, XLSX
from tests.capacity.attack import Attack, Channel, DoesNotFit
from tests.capacity.pictures import how_packed
from tests.sanitizer.mutation_packages import members_of
from tests.sanitizer.test_pdf import renumbered
from tests.sanitizer.written_files import JPEG

SCHEMAS = "http://schemas.openxmlformats.org/"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
R = f'xmlns:r="{SCHEMAS}officeDocument/2006/relationships"'
W = f'xmlns:w="{SCHEMAS}wordprocessingml/2006/main" {R}'
X = f'xmlns:x="{SCHEMAS}spreadsheetml/2006/main" {R}'
PAGE = IntermediatePage(595, 842)
HAN = 0x4E00  # 4,096 kanji from here on stand for 12 bits each


def attacks() -> Iterator[Attack]:
    for what, build in _PDF.items():
        yield Attack(PDF, what, build, _CHANNELS.get(what, Channel.HIDDEN))
    for what, build in _DOCX.items():
        yield Attack(DOCX, what, build, _CHANNELS.get(what, Channel.HIDDEN))
    yield Attack(XLSX, "in the width of columns", _columns, Channel.NUMBERS)


_CHANNELS = {
    "in invisible words": Channel.WORDS,
    "in addresses of links": Channel.WORDS,
    "in places of words": Channel.NUMBERS,
    "in a hidden run": Channel.WORDS,
    "in names of bookmarks": Channel.WORDS,
    "in indents": Channel.NUMBERS,
}


def as_kanji(cargo: bytes) -> str:
    """Return cargo as text that can be seen, three bytes in two characters."""
    number = [int.from_bytes(cargo[at : at + 3].ljust(3, b"\0")) for at in range(0, len(cargo), 3)]
    return "".join(chr(HAN + each) for three in number for each in (three >> 12, three & 0xFFF))


def _lines(text: str) -> list[str]:
    return [text[at : at + 59] for at in range(0, len(text), 59)]


def _page(*records: Record) -> bytes:
    return encode_pdf([PAGE, *records])


def _altered(data: bytes, was: bytes, becomes: bytes) -> bytes:
    """Return a PDF with something else in a page's contents, and its table of objects mended."""
    head = re.compile(rb"<< /Filter /FlateDecode /Length ([0-9]+) >>\nstream\n")
    for found in head.finditer(data):
        packed = data[found.end() : found.end() + int(found[1])]
        contents = zlib.decompress(packed)
        if was in contents:
            again = zlib.compress(contents.replace(was, becomes), 9)
            return renumbered(
                data[: found.start()]
                + b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(again)
                + again
                + data[found.end() + len(packed) :]
            )
    raise DoesNotFit


WORDS = _page(TextRun(72, 700, 100, 10, vertical=False, text="令和"))
PLACED = b"/F 10 Tf 500.00000 Tz 1 0 0 1 72 702 Tm <4ee4548c> Tj"


def _words_at(cargo: bytes, before: bytes) -> bytes:
    """Put cargo as words somewhere; `before`: font, stretch and place."""
    codes = as_kanji(cargo).encode("utf-16-be").hex().encode()
    return _altered(WORDS, PLACED, PLACED + b"\n" + before + b" <" + codes + b"> Tj")


def _inside(cargo: bytes) -> bytes:
    runs = [
        TextRun(20, 820 - 5 * (number % 160), 540, 5, vertical=False, text=line)
        for number, line in enumerate(_lines(as_kanji(cargo)))
    ]
    if sum(len(run.text) for run in runs) > 500 + 595 * 842 // 25:
        raise DoesNotFit  # our writer leaves out what is too much
    return _page(*runs)


def _places(cargo: bytes) -> bytes:
    """Say two bytes by where a word of one letter stands: 256 steps across, and as many up."""
    if len(cargo) // 2 > 500 + 595 * 842 // 25:
        raise DoesNotFit
    even = cargo + bytes(len(cargo) % 2)
    pairs = zip(even[::2], even[1::2], strict=True)
    return _page(*(TextRun(x, y, 5, 5, vertical=False, text="あ") for x, y in pairs))


def _link(cargo: bytes, box: bytes) -> bytes:
    good = _page(PageLink(10, 10, 50, 50, "https://example.jp/"))
    address = (b"https://a.jp/" + cargo.hex().encode()).hex().encode()
    one = re.search(rb"/Rect \[[^]]*\](.*?)<[0-9a-f]+>", good)
    if one is None:
        raise DoesNotFit
    return renumbered(
        good[: one.start()]
        + b"/Rect ["
        + box
        + b"]"
        + one[1]
        + b"<"
        + address
        + b">"
        + good[one.end() :]
    )


def _addresses(cargo: bytes) -> bytes:
    pieces = [cargo[at : at + 900].hex() for at in range(0, len(cargo), 900)]
    links = [PageLink(10, 10, 50, 50, f"https://a.jp/{piece}") for piece in pieces]
    if sum(len(link.address) for link in links) > 32_768:
        raise DoesNotFit
    return _page(*links)


def _layered(jpeg: bytes) -> bytes:
    return _page(Layer(LayerRole.COLOUR, 0, 64, 48, jpeg))


def _contents_packed(cargo: bytes) -> bytes:
    found = re.search(
        rb"<< /Filter /FlateDecode /Length [0-9]+ >>\nstream\n(x\xda.*?)\nendstream",
        WORDS[WORDS.index(b"/MediaBox") :],
        re.S,
    )
    if found is None:
        raise DoesNotFit
    contents = zlib.decompress(found[1])
    raw = how_packed(cargo, contents)
    packed = b"\x78\xda" + raw + zlib.adler32(contents).to_bytes(4)
    start = WORDS.index(found[0])
    return renumbered(
        WORDS[:start]
        + b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(packed), packed)
        + WORDS[start + len(found[0]) :]
    )


_PDF = {
    "behind the end": lambda cargo: WORDS + cargo,
    "in a comment": lambda cargo: renumbered(
        WORDS.replace(b"2 0 obj", b"%" + cargo.hex().encode() + b"\n2 0 obj", 1)
    ),
    "in how contents are packed": _contents_packed,
    "behind the last block of a background": lambda cargo: _layered(
        JPEG[:-2] + cargo.replace(b"\xff", b"\xff\0") + JPEG[-2:]
    ),
    "in words beyond the page": lambda cargo: _words_at(
        cargo, b"/F 10 Tf 100.00000 Tz 1 0 0 1 9000 9000 Tm"
    ),
    "in words too narrow to be seen": lambda cargo: _words_at(
        cargo, b"/F 1 Tf 0.00100 Tz 1 0 0 1 72 702 Tm"
    ),
    "in links of no size": lambda cargo: _link(cargo[:900], b"10 10 10 10"),
    "in links beyond the page": lambda cargo: _link(cargo[:900], b"900 900 950 950"),
    "in invisible words": _inside,
    "in places of words": _places,
    "in addresses of links": _addresses,
}


def _document(body: str) -> bytes:
    part = f"{DECLARED}<w:document {W}><w:body>{body}</w:body></w:document>"
    return encode_office(
        [
            TableRow(("part", "word/document.xml", "document")),
            Member("word/document.xml", part.encode()),
        ]
    )


PLAIN = _document("<w:p><w:r><w:t>令和</w:t></w:r></w:p>")


def _with_part(name: str, data: bytes) -> bytes:
    return encode_archive([*members_of(PLAIN), Member(name, data)])


def _columns(cargo: bytes) -> bytes:
    columns = "".join(
        f'<x:col max="1" min="1" width="{int.from_bytes(cargo[at : at + 4])}"/>'
        for at in range(0, len(cargo), 4)
    )
    sheets = '<x:sheets><x:sheet name="表" r:id="rId1" sheetId="1"/></x:sheets>'
    book = f"<x:workbook {X}>{sheets}</x:workbook>"
    sheet = f"<x:worksheet {X}><x:cols>{columns}</x:cols><x:sheetData/></x:worksheet>"
    return encode_office(
        [
            TableRow(("part", "xl/workbook.xml", "workbook")),
            TableRow(("part", "xl/worksheets/sheet1.xml", "worksheet")),
            TableRow(
                ("relationship", "xl/workbook.xml", "rId1", "worksheet", "xl/worksheets/sheet1.xml")
            ),
            Member("xl/workbook.xml", (DECLARED + book).encode()),
            Member("xl/worksheets/sheet1.xml", (DECLARED + sheet).encode()),
        ]
    )


def _order(cargo: bytes) -> str:
    """Say a bit by the order of two attributes."""
    if len(cargo) > 4096:
        raise DoesNotFit
    one = '<w:p><w:pPr><w:spacing w:after="1" w:before="2"/></w:pPr></w:p>'
    other = '<w:p><w:pPr><w:spacing w:before="2" w:after="1"/></w:pPr></w:p>'
    return "".join((one, other)[byte >> place & 1] for byte in cargo for place in range(8))


_DOCX = {
    "behind the end": lambda cargo: PLAIN + cargo,
    "in a comment": lambda cargo: _document(f"<!--{cargo.hex()}--><w:p/>"),
    "in a part of a name of its own": lambda cargo: _with_part(
        f"word/{as_kanji(cargo)[:10_000]}.xml", b"x"
    ),
    "in an alignment": lambda cargo: _document(
        f'<w:p><w:pPr><w:jc w:val="{cargo.hex()}"/></w:pPr></w:p>'
    ),
    "in a colour": lambda cargo: _document(
        f'<w:p><w:r><w:rPr><w:color w:val="{cargo.hex()}"/></w:rPr></w:r></w:p>'
        if len(cargo) != 3
        else ""
    ),
    "in a size": lambda cargo: _document(
        f'<w:p><w:r><w:rPr><w:sz w:val="{int.from_bytes(cargo[:900])}"/></w:rPr></w:r></w:p>'
        if len(cargo) > 4
        else "<w:object/>"
    ),
    "in the order of attributes": lambda cargo: _document(_order(cargo)),
    "in two ways to write nothing": lambda cargo: _document(
        "".join(("<w:p/>", "<w:p></w:p>")[byte & 1] for byte in cargo)
    ),
    "in how parts are packed": lambda cargo: _packed_otherwise(cargo),
    "in a hidden run": lambda cargo: _document(
        f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{as_kanji(cargo)}</w:t></w:r></w:p>"
    ),
    "in names of bookmarks": lambda cargo: _document(
        "".join(
            f'<w:p><w:bookmarkStart w:id="{n}" w:name="{as_kanji(cargo[at : at + 300])}"/></w:p>'
            for n, at in enumerate(range(0, len(cargo), 300))
        )
    ),
    "in indents": lambda cargo: _document(
        "".join(
            f'<w:p><w:pPr><w:ind w:left="{int.from_bytes(cargo[at : at + 4])}"/></w:pPr></w:p>'
            for at in range(0, len(cargo), 4)
        )
    ),
}


def _packed_otherwise(cargo: bytes) -> bytes:
    """Pack the document's own part in pieces whose lengths say something."""
    text = "あ" * (sum(byte + 1 for byte in cargo) // 3 + 10)
    if len(cargo) > 65_536:
        raise DoesNotFit
    whole = _document(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    part = bytes(next(each.data for each in members_of(whole) if each.name == "word/document.xml"))
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    was = packer.compress(part) + packer.flush()
    becomes = how_packed(cargo, part)
    sizes = [
        len(each).to_bytes(4, "little") + len(part).to_bytes(4, "little") for each in (was, becomes)
    ]
    grown = whole.replace(sizes[0], sizes[1]).replace(was, becomes)
    place = int.from_bytes(whole[-6:-2], "little") + len(becomes) - len(was)
    return grown[:-6] + place.to_bytes(4, "little") + grown[-2:]

"""The words of a file that was rebuilt, for whoever judges them, in two readings.

As people read it: what stands in two cells of a table is two things, so that a mark is between
them; a form with one digit to a cell is one number all the same, and its digits have a tab between
them.  And as a whole: all words that are anywhere in it (`sanitizer.decode.contents.whole`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types

from sanitizer.decode.contents.whole import APART, words_of_office, words_of_pdf
from sanitizer.decode.mail import decode_mail
from sanitizer.decode.office import EXPANSION, decode_office
from sanitizer.decode.table import decode_table
from sanitizer.decode.text import decode_text
from sanitizer.decode.words import mail_words, office_words
from sanitizer.intermediate import IntermediateText, Record, TableRow
from sanitizer.kinds import Kind
from sanitizer.outcome import ContentReading, FileReason, FileRefused
from sanitizer.report import Report
from sanitizer.rules import DEFAULT_RULES

# How a workbook may store a whole number: 123456789018.0, 1.23456789018E11.
_STORED = re.compile(r"[0-9]+(?:\.0+|\.?[0-9]*[eE]\+?[0-9]{1,2})")


def cells_apart(values: Sequence[str]) -> str:
    """Return the cells of a row as one text; no cell has a line break."""
    parts = [*values[:1]]
    for one, other in pairwise(values):
        parts += ["\t" if len(one) == len(other) == 1 else APART, other]
    return "".join(parts)


def read_contents(kind: Kind, untrusted: bytes, max_bytes: int) -> Iterator[TableRow]:
    """Yield (reading, text) for the words of a file, sheet by sheet, page by page.

    `max_bytes`: what a file may have.  Its kind is one of those that have words.
    """
    shown, whole = _READERS[kind](untrusted, max_bytes), _WHOLES.get(kind)
    reading = ContentReading.BOTH if whole is None else ContentReading.SHOWN
    yield from (TableRow((reading, each.text)) for each in shown)
    if whole is not None:
        texts = whole(untrusted, EXPANSION * max_bytes)
        yield from (TableRow((ContentReading.WHOLE, text)) for text in texts if text)


def _office(untrusted: bytes, max_bytes: int) -> Iterator[IntermediateText]:
    report = Report()
    return office_words(decode_office(untrusted, max_bytes, report, DEFAULT_RULES), report)


def _workbook(untrusted: bytes, max_bytes: int) -> Iterator[IntermediateText]:
    report = Report()
    records = decode_office(untrusted, max_bytes, report, DEFAULT_RULES)
    for sheet in office_words(records, report, row=_cells):
        yield IntermediateText(sheet.text.replace("\n", APART))


def _cells(values: Sequence[str]) -> str:
    """Return the cells of a row with line ends where they are apart: controls are taken out."""
    plain = [_plain(value) if _STORED.fullmatch(value) else value for value in values]
    return cells_apart(plain).replace(APART, "\n")


def _plain(number: str) -> str:
    """Return a whole number as people write it, others as they are."""
    value = float(number)
    return str(int(value)) if value < 1e15 and value.is_integer() else number


def _table(untrusted: bytes, _: int) -> Iterator[IntermediateText]:
    rows = [each for each in decode_table(untrusted, Report()) if isinstance(each, TableRow)]
    yield IntermediateText(APART.join(map(_row, rows)))


def _row(row: TableRow) -> str:
    return cells_apart([" ".join(cell.split("\n")) for cell in row.cells])


def _texts(records: Iterable[Record]) -> Iterator[IntermediateText]:
    return (record for record in records if isinstance(record, IntermediateText))


def _pages(untrusted: bytes, _: int) -> Iterator[IntermediateText]:
    """Yield the words of each page, which were compared with its looks when it was rebuilt."""
    try:
        document = pdfium.PdfDocument(untrusted)
        for page in document:
            text = page.get_textpage().get_text_range().replace("\r\n", "\n")
            yield IntermediateText(text.encode("utf-8", "replace").decode())
    except pdfium.PdfiumError:
        raise FileRefused(FileReason.CHECK_FAILED) from None


_READERS: Mapping[Kind, Callable[[bytes, int], Iterator[IntermediateText]]] = {
    Kind.DOCX: _office,
    Kind.PPTX: _office,
    Kind.XLSX: _workbook,
    Kind.PDF: _pages,
    Kind.CSV: _table,
    Kind.TEXT: lambda untrusted, _: _texts(decode_text(untrusted, Report())),
    Kind.EML: lambda untrusted, _: mail_words(
        decode_mail(untrusted, Report(), DEFAULT_RULES), Report()
    ),
}
# Of the others, people can read all there is.
_WHOLES: Mapping[Kind, Callable[[bytes, int], Iterator[str]]] = {
    Kind.DOCX: words_of_office,
    Kind.PPTX: words_of_office,
    Kind.XLSX: words_of_office,
    Kind.PDF: words_of_pdf,
}

"""The words of a file that was rebuilt, for whoever judges them: all of them, and nothing else.

What stands in two cells of a table is two things, so that a mark is between them; a form with one
digit to a cell is one number all the same, and its digits have a tab between them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types

from sanitizer.decode.mail import decode_mail
from sanitizer.decode.office import decode_office
from sanitizer.decode.table import decode_table
from sanitizer.decode.text import decode_text
from sanitizer.decode.words import mail_words, office_words
from sanitizer.intermediate import IntermediateText, Record, TableRow
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.report import Report
from sanitizer.rules import DEFAULT_RULES

# Between two cells: a control character, which no text that was rebuilt has.
BETWEEN_CELLS = "\x1e"


def cells_apart(values: Sequence[str]) -> str:
    """Return the cells of a row as one text; no cell has a line break."""
    parts = [*values[:1]]
    for one, other in pairwise(values):
        parts += ["\t" if len(one) == len(other) == 1 else "\n", other]
    return "".join(parts)


def read_contents(kind: Kind, untrusted: bytes, max_bytes: int) -> Iterator[IntermediateText]:
    """Yield the words of a file of one of the kinds in `READABLE`, sheet by sheet, page by page."""
    yield from _READERS[kind](untrusted, max_bytes)


def _office(untrusted: bytes, max_bytes: int) -> Iterator[IntermediateText]:
    report = Report()
    return office_words(decode_office(untrusted, max_bytes, report, DEFAULT_RULES), report)


def _workbook(untrusted: bytes, max_bytes: int) -> Iterator[IntermediateText]:
    report = Report()
    records = decode_office(untrusted, max_bytes, report, DEFAULT_RULES)
    for sheet in office_words(records, report, row=cells_apart):
        yield IntermediateText(sheet.text.replace("\n", BETWEEN_CELLS))


def _table(untrusted: bytes, _: int) -> Iterator[IntermediateText]:
    rows = [each for each in decode_table(untrusted, Report()) if isinstance(each, TableRow)]
    yield IntermediateText(BETWEEN_CELLS.join(map(_row, rows)))


def _row(row: TableRow) -> str:
    return cells_apart([" ".join(cell.split("\n")) for cell in row.cells]).replace(
        "\n", BETWEEN_CELLS
    )


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

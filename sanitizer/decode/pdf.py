"""PDF: each page as it looks, and where on it which words can be seen.

PDFium draws; nothing of the file's own objects is passed on.  Words are taken only where there is
ink: what was hidden behind a bar, in white on white or off the page stays hidden.
"""

from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]
from PIL import Image

from sanitizer import intermediate
from sanitizer.decode import pdf_links, pdf_text
from sanitizer.decode.picture import as_seen
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Count, Report
from sanitizer.rules import DEFAULT_RULES, ContentRules

# Twice the sharpness of a screen; letters of eight points can be read.
DOTS_PER_INCH = 200
# A1 at 200 dots per inch is 31 million pixels; larger drawings are drawn more coarsely.
MAX_PAGE_PIXELS = 32_000_000
MAX_PAGES = 2000
# Frames of a scan made by an office machine that says nothing of its resolution.
SCAN_DOTS_PER_INCH = 200

# Names that make a reader act.  Looked for in the raw bytes, where most files have them.
ACTIONS = (b"/OpenAction", b"/AA", b"/Launch", b"/SubmitForm", b"/ImportData", b"/GoToR", b"/XFA")


def decode_pdf(
    untrusted: bytes,
    first: int,
    count: int,
    report: Report,
    *,
    password: str = "",
    with_words: bool = True,
    rules: ContentRules = DEFAULT_RULES,
) -> Iterator[intermediate.Record]:
    """Yield `count` pages from number `first` on; at the first, also count what is left behind."""
    document = _opened(untrusted, password)
    if len(document) > MAX_PAGES:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    if first == 0:
        report.counts[Count.PAGES_BEFORE] += len(document)
        _count_removed(document, untrusted, report)
    for index in range(first, min(first + count, len(document))):
        yield from _page(document[index], report, with_words=with_words, rules=rules)


def first_page(untrusted: bytes, side: int) -> Image.Image:
    """Return how the first page looks, drawn so that its longer side has `side` pixels."""
    document = _opened(untrusted, "")
    if len(document) == 0:
        raise FileRefused(FileReason.BROKEN)
    page = document[0]
    scale = side / min(intermediate.MAX_POINTS, max(1.0, *page.get_size()))
    looks: Image.Image = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True).to_pil()
    return looks.convert("RGB")


def decode_scan(
    scan: Image.Image, first: int, count: int, report: Report
) -> Iterator[intermediate.Record]:
    """Yield frames of a TIFF as pages without words."""
    frames: int = getattr(scan, "n_frames", 1)
    if frames > MAX_PAGES:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    if first == 0:
        report.counts[Count.PAGES_BEFORE] += frames
    for index in range(first, min(first + count, frames)):
        scan.seek(index)
        if scan.width * scan.height > MAX_PAGE_PIXELS:
            raise FileRefused(FileReason.TOO_MANY_PIXELS)
        frame = as_seen(scan)
        across, down = (float(n) if n else SCAN_DOTS_PER_INCH for n in _resolution(scan))
        yield intermediate.IntermediatePage(
            _points(frame.width, across), _points(frame.height, down)
        )
        yield frame


def _resolution(scan: Image.Image) -> tuple[float, float]:
    across, down = scan.info.get("dpi", (0, 0))
    return (across, down) if across >= 50 and down >= 50 else (0, 0)


def _points(pixels: int, dots_per_inch: float) -> float:
    return min(intermediate.MAX_POINTS, max(1.0, pixels * 72 / dots_per_inch))


def _opened(untrusted: bytes, password: str) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(untrusted, password=password or None)
    except pdfium.PdfiumError:
        is_locked = pdfium_c.FPDF_GetLastError() == pdfium_c.FPDF_ERR_PASSWORD
        raise FileRefused(FileReason.ENCRYPTED if is_locked else FileReason.BROKEN) from None
    if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
        document.init_forms()  # so that what was filled in is drawn
    return document


def _page(
    page: pdfium.PdfPage, report: Report, *, with_words: bool, rules: ContentRules
) -> Iterator[intermediate.Record]:
    width, height = (min(intermediate.MAX_POINTS, max(1.0, side)) for side in page.get_size())
    scale = min(DOTS_PER_INCH / 72, (MAX_PAGE_PIXELS / (width * height)) ** 0.5)
    looks = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True).to_pil().convert("RGB")
    yield intermediate.IntermediatePage(width, height)
    yield as_seen(looks)
    if with_words:
        yield from pdf_text.runs(page, looks.convert("L"), height, report)
    to_pixels, per_point = pdf_text.transformation(page, looks.size), looks.height / height

    def to_points(x: float, y: float) -> tuple[float, float]:
        across, down = to_pixels(x, y)
        return across / per_point, height - down / per_point

    yield from pdf_links.links(page, to_points, rules, report)


def _count_removed(document: pdfium.PdfDocument, untrusted: bytes, report: Report) -> None:
    found = {
        Removed.SCRIPT: pdfium_c.FPDFDoc_GetJavaScriptActionCount(document),
        Removed.EMBEDDED_FILE: pdfium_c.FPDFDoc_GetAttachmentCount(document),
        Removed.METADATA: sum(bool(value) for value in document.get_metadata_dict().values()),
        Removed.ACTION: sum(untrusted.count(name) for name in ACTIONS),
    }
    if pdfium_c.FPDF_GetSecurityHandlerRevision(document) >= 0:
        found[Removed.ENCRYPTION] = 1  # also where it only forbids to print or copy
    for removed, count in found.items():
        if count > 0:
            report.removed[removed] += count

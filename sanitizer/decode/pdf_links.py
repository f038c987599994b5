"""The links of a page that lead to an address the profile lets through, and where they are.

What else a page can act on is counted and stays behind: PDFium's own view of it decides what a
link is.  Source: PDFium's public/fpdf_annot.h and fpdf_doc.h.
"""

import ctypes
import re
from collections.abc import Callable, Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from sanitizer import intermediate
from sanitizer.outcome import Kept, Removed
from sanitizer.report import Report
from sanitizer.rules import ContentRules

ANNOTATIONS = {
    pdfium_c.FPDF_ANNOT_WIDGET: Removed.FORM_FIELD,
    pdfium_c.FPDF_ANNOT_FILEATTACHMENT: Removed.EMBEDDED_FILE,
    pdfium_c.FPDF_ANNOT_SCREEN: Removed.EMBEDDED_FILE,
    pdfium_c.FPDF_ANNOT_MOVIE: Removed.EMBEDDED_FILE,
    pdfium_c.FPDF_ANNOT_SOUND: Removed.EMBEDDED_FILE,
    pdfium_c.FPDF_ANNOT_RICHMEDIA: Removed.EMBEDDED_FILE,
}
# The list of sources of a long report has 200 on a page.
MAX_LINKS = 1000
MAX_ADDRESS_BYTES = 2048
_ADDRESS = re.compile(r"(?:(https?)://|(mailto):)[!#-;=?-\[\]_a-z~]{1,2000}", re.I)

ToPoints = Callable[[float, float], tuple[float, float]]


def links(
    page: pdfium.PdfPage, to_points: ToPoints, rules: ContentRules, report: Report
) -> Iterator[intermediate.PageLink]:
    """Yield the links that stay; count them, and all else that acts.

    `to_points`: from the page's own points, which may be turned, to those of the drawn page.
    """
    found = 0
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium_c.FPDF_ANNOT_LINK:
            link = _link(page, annotation, to_points, rules) if found < MAX_LINKS else None
            if link is None:
                report.removed[Removed.LINK] += 1
            else:
                report.kept[Kept.LINK] += 1
                found += 1
                yield link
        elif kind in ANNOTATIONS:
            report.removed[ANNOTATIONS[kind]] += 1
        pdfium_c.FPDFPage_CloseAnnot(annotation)


def _link(
    page: pdfium.PdfPage, annotation: object, to_points: ToPoints, rules: ContentRules
) -> intermediate.PageLink | None:
    action = pdfium_c.FPDFLink_GetAction(pdfium_c.FPDFAnnot_GetLink(annotation))
    if not action or pdfium_c.FPDFAction_GetType(action) != pdfium_c.PDFACTION_URI:
        return None
    buffer = ctypes.create_string_buffer(MAX_ADDRESS_BYTES)
    size = pdfium_c.FPDFAction_GetURIPath(page.pdf, action, buffer, len(buffer))
    if not 0 < size <= len(buffer):
        return None
    address = _ADDRESS.fullmatch(buffer.value.decode("ascii", "replace"))
    if address is None or (address[1] or address[2]).lower() not in rules.links.kept:
        return None
    box = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFAnnot_GetRect(annotation, box):
        return None
    xs, ys = zip(to_points(box.left, box.bottom), to_points(box.right, box.top), strict=True)
    corners = (min(xs), min(ys), max(xs), max(ys))
    if not all(0 <= corner <= intermediate.MAX_POINTS for corner in corners):
        return None
    return intermediate.PageLink(*corners, address[0])

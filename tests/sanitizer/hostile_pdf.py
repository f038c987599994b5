"""Hostile PDFs: each action at each trigger, written in each way; carriers, bombs, hidden words."""

import re
import zlib
from collections.abc import Iterator

from tests.sanitizer.hostile import Case
from tests.sanitizer.samples import CANARY

C = CANARY
ACTIONS = {
    "JavaScript": b"/S /JavaScript /JS (app.alert('%s'))" % C,
    "JavaScript in a stream": b"/S /JavaScript /JS 6 0 R",
    "Launch": b"/S /Launch /F (%s.exe)" % C,
    "Launch on Windows": b"/S /Launch /Win << /F (cmd.exe) /P (/c %s) >>" % C,
    "URI": b"/S /URI /URI (http://%s/)" % C,
    "GoToR": b"/S /GoToR /F (\\\\\\\\198.51.100.1\\\\%s) /D [0 /Fit]" % C,
    "GoToE": b"/S /GoToE /F (%s) /T << /R /C /N (x) >>" % C,
    "SubmitForm": b"/S /SubmitForm /F << /FS /URL /F (http://%s) >> /Fields []" % C,
    "ImportData": b"/S /ImportData /F (%s.fdf)" % C,
    "ResetForm": b"/S /ResetForm /X (%s)" % C,
    "RichMediaExecute": b"/S /RichMediaExecute /CMD << /C (%s) >>" % C,
    "Rendition": b"/S /Rendition /OP 0 /JS (%s)" % C,
    "Sound": b"/S /Sound /Sound 6 0 R /X (%s)" % C,
    "Movie": b"/S /Movie /T (%s)" % C,
    "Hide": b"/S /Hide /T (%s)" % C,
    "Named": b"/S /Named /N /Print /X (%s)" % C,
    "SetOCGState": b"/S /SetOCGState /State [] /X (%s)" % C,
    "Trans": b"/S /Trans /X (%s)" % C,
    "GoTo3DView": b"/S /GoTo3DView /X (%s)" % C,
    "Thread": b"/S /Thread /F (%s) /D 0" % C,
    "a chain": b"/S /Named /N /Print /Next << /S /JavaScript /JS (%s) >>" % C,
}
_LINK = b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 99 99] %s >>]"
_WIDGET = b"/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /Rect [0 0 99 99] %s >>]"
# Name: where in the file it goes, and what holds the action there.
TRIGGERS = {
    "on opening": ("catalogue", b"/OpenAction << %s >>"),
    **{
        f"document {k}": ("catalogue", b"/AA << /%s << %%s >> >>" % k.encode())
        for k in ("WC", "WS", "DS", "WP", "DP")
    },
    **{f"page {k}": ("page", b"/AA << /%s << %%s >> >>" % k.encode()) for k in ("O", "C")},
    "a click": ("page", _LINK % b"/A << %s >>"),
    **{
        f"annotation {k}": ("page", _LINK % (b"/AA << /%s << %%s >> >>" % k.encode()))
        for k in ("E", "X", "D", "U", "Fo", "Bl", "PO", "PC", "PV", "PI")
    },
    **{
        f"field {k}": ("page", _WIDGET % (b"/AA << /%s << %%s >> >>" % k.encode()))
        for k in ("K", "F", "V", "C")
    },
    "a name": ("catalogue", b"/Names << /JavaScript << /Names [(a) << %s >>] >> >>"),
    "an outline": ("catalogue", b"/Outlines << /First << /Title (x) /A << %s >> >> >>"),
    "a destination": ("catalogue", b"/Dests << /a << /D << %s >> >> >>"),
    "nowhere": ("loose", b"<< %s >>"),
}
_INFO = "Title Author Subject Keywords Creator Producer CreationDate ModDate Trapped X-Canary"
_HIDDEN = {
    "in invisible mode": b"BT /F1 9 Tf 3 Tr 72 500 Td (%s) Tj ET",
    "in white": b"BT /F1 9 Tf 1 g 72 500 Td (%s) Tj ET 0 g",
    "off the page": b"BT /F1 9 Tf 7200 500 Td (%s) Tj ET",
    "too small": b"BT /F1 0.01 Tf 72 500 Td (%s) Tj ET",
    "clipped away": b"q 0 0 1 1 re W n BT /F1 9 Tf 72 500 Td (%s) Tj ET Q",
    "under a box": b"BT /F1 9 Tf 72 500 Td (%s) Tj ET 1 g 0 480 595 40 re f 0 g",
    "in a property list": b"/X << /Y (%s) >> BDC EMC",
    "in a comment": b"%% %s\n",
    "in an inline picture": b"BI /W 1 /H 1 /BPC 8 /CS /G /X (%s) ID x EI",
}
_EXTRAS = {
    "embedded files": b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (%s) "
    b"/EF << /F 6 0 R >> >>] >> >>" % C,
    "associated files": b"/AF [<< /Type /Filespec /F (%s) /EF << /F 6 0 R >> >>]" % C,
    "XFA": b"/AcroForm << /XFA [(template) 6 0 R] /Fields [] /X (%s) >>" % C,
    "metadata": b"/Metadata 6 0 R",
    "private data": b"/PieceInfo << /X << /Private (%s) >> >>" % C,
    "a collection": b"/Collection << /View /D /X (%s) >>" % C,
    "a base address": b"/URI << /Base (http://%s/) >>" % C,
    "marked content": b"/MarkInfo << /X (%s) >>" % C,
    "a language": b"/Lang (%s)" % C,
    "page labels": b"/PageLabels << /Nums [0 << /P (%s) >>] >>" % C,
    "layers": b"/OCProperties << /OCGs [] /D << /Name (%s) >> >>" % C,
    "requirements": b"/Requirements [<< /S /EnableJavaScripts /X (%s) >>]" % C,
    "legal words": b"/Legal << /Attestation (%s) >>" % C,
    "signatures": b"/AcroForm << /SigFlags 3 /Fields [<< /FT /Sig /V << /Name (%s) >> >>] >>" % C,
}
_ANNOTATIONS = (
    "FileAttachment RichMedia Screen Movie Sound 3D Popup Stamp Watermark TrapNet Projection"
)


def document(
    words: bytes = b"BT /F1 24 Tf 72 700 Td (Sekisho) Tj ET",
    *,
    catalogue: bytes = b"",
    page: bytes = b"",
    loose: bytes = b"null",
    info: bytes = b"",
) -> bytes:
    """Return a PDF of one page; object 6 is a stream with the canary, 7 is `loose`."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> %s >>" % page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(C), C),
        loose,
        b"<< %s >>" % info,
    ]
    file, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer\n<< /Size %d /Root 1 0 R /Info 8 0 R >>\n" % (len(objects) + 1)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)


def _spellings(entry: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", entry
    yield "escaped", re.sub(rb"/([A-Z])", lambda name: b"/#%02x" % name[1][0], entry)
    yield (
        "in hexadecimal",
        re.sub(rb"\(([^()]*)\)", lambda string: b"<%s>" % string[1].hex().encode(), entry),
    )


def actions() -> Iterator[Case]:
    for trigger, (place, holder) in TRIGGERS.items():
        for action, body in ACTIONS.items():
            for how, entry in _spellings(holder % body):
                data = document(**{place: entry})
                yield Case("PDF actions", f"{action} {trigger}, {how}", "a.pdf", data, True)
            update = (
                b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction << %s >> >>\nendobj\n" % body
            )
            if trigger == "on opening":
                yield Case(
                    "PDF actions", f"{action} in an update", "a.pdf", document() + update, True
                )


def carriers() -> Iterator[Case]:
    for key in _INFO.split():
        for how, entry in _spellings(b"/%s (%s)" % (key.encode(), C)):
            yield Case("PDF carriers", f"{key}, {how}", "a.pdf", document(info=entry), True)
    for what, words in _HIDDEN.items():
        shown = b"BT /F1 24 Tf 20 70 Td (Sekisho) Tj ET "
        yield Case(
            "PDF carriers", f"words {what}", "a.pdf", document(words % C + b" " + shown), True
        )
        yield Case(
            "PDF carriers", f"words {what} later", "a.pdf", document(shown + words % C), True
        )
    for what, entry in _EXTRAS.items():
        for place in ("catalogue", "page"):
            for how, spelt in _spellings(entry):
                data = document(**{place: spelt})
                yield Case("PDF carriers", f"{what} in the {place}, {how}", "a.pdf", data, True)
    for kind in _ANNOTATIONS.split():
        entry = (
            b"/Annots [<< /Type /Annot /Subtype /%s /Rect [0 0 9 9] /Contents (%s) /FS << /EF << "
        )
        entry += b"/F 6 0 R >> >> >>]"
        data = document(page=entry % (kind.encode(), C))
        yield Case("PDF carriers", f"{kind} annotation", "a.pdf", data, True)
    plain = document()
    for at in (0, 9, plain.index(b"xref"), len(plain)):
        yield Case(
            "PDF carriers",
            f"a comment at {at}",
            "a.pdf",
            plain[:at] + b"%" + C + b"\n" + plain[at:],
            True,
        )


def bombs() -> Iterator[Case]:
    packed = zlib.compress(zlib.compress(bytes(60 << 20), 9), 9)
    once = zlib.compress(bytes(100 << 20), 9)
    for what, filters, data in (
        ("a packed stream", b"/FlateDecode", once),
        ("a stream packed twice", b"[/FlateDecode /FlateDecode]", packed),
        ("a stream packed 50 times", b"[" + b"/FlateDecode " * 50 + b"]", packed),
        ("run lengths", b"/RunLengthDecode", b"\x81\0" * 500_000),
    ):
        stream = b"<< /Filter %s /Length %d >>\nstream\n%s\nendstream" % (filters, len(data), data)
        head, _, tail = document().partition(b"4 0 obj\n")
        body = head + b"4 0 obj\n" + stream + tail[tail.index(b"\nendobj") :]
        yield Case("bombs", f"PDF: {what}", "a.pdf", body)
    for what, box in (
        ("wide", b"0 0 1e9 9"),
        ("huge", b"0 0 99999 99999"),
        ("none", b"0 0 0 0"),
        ("upside down", b"9 9 0 0"),
    ):
        yield Case("bombs", f"PDF: a {what} page", "a.pdf", document().replace(b"0 0 200 100", box))
    yield Case("bombs", "PDF: saves without end", "a.pdf", document(b"q " * 200_000))
    yield Case("bombs", "PDF: nested arrays", "a.pdf", document(b"[" * 100_000))
    yield Case("bombs", "PDF: nested dictionaries", "a.pdf", document(loose=b"<< /A " * 20_000))
    many = b"/Kids [" + b"3 0 R " * 100_000 + b"] /Count 100000"
    yield Case(
        "bombs",
        "PDF: one page 100,000 times",
        "a.pdf",
        document().replace(b"/Kids [3 0 R] /Count 1", many),
    )
    loop = document().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    yield Case("bombs", "PDF: pages within themselves", "a.pdf", loop)
    form = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 7 0 R >> >>"
        b" /Length 5 >>\nstream\n/X Do\nendstream"
    )
    font = b"/Font << /F1 5 0 R >>"
    looped = document(b"/X Do", loose=form).replace(font, font + b" /XObject << /X 7 0 R >>")
    yield Case("bombs", "PDF: a form within itself", "a.pdf", looped)


def cases() -> Iterator[Case]:
    yield from actions()
    yield from carriers()
    yield from bombs()

"""Mutations of a PDF: entries, objects, operators, updates, and other ways to write a number."""

import re
import zlib

from tests.sanitizer.mutation import CARGO, EMPTY_BLOCKS, Mutations, around
from tests.sanitizer.samples import CANARY
from tests.sanitizer.test_pdf import renumbered

_ACTIONS = """
    JavaScript Launch URI GoToR GoToE SubmitForm ImportData RichMediaExecute Rendition Sound Movie
    Hide Named SetOCGState Trans GoTo3DView ResetForm Thread GoTo
"""
ENTRIES = {
    **{
        f"/{key} {kind}": b"/%s << /S /%s /JS (x) /F (x) /URI (x) >>"
        % (key.encode(), kind.encode())
        for key in ("OpenAction", "A", "AA")
        for kind in _ACTIONS.split()
    },
    "names of scripts": b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >> >>",
    "embedded files": b"/Names << /EmbeddedFiles << /Names [(a) 3 0 R] >> >>",
    "a form": b"/AcroForm << /XFA [(x) 3 0 R] /Fields [] >>",
    "a portfolio": b"/Collection << /View /D >>",
    "metadata": b"/Metadata 3 0 R",
    "private data": b"/PieceInfo << /X << /Private (x) >> >>",
    "annotations": b"/Annots [<< /Subtype /FileAttachment /FS 3 0 R >>]",
    "rich media": b"/Annots [<< /Subtype /RichMedia /RichMediaContent << >> >>]",
    "a screen": b"/Annots [<< /Subtype /Screen /A << /S /Rendition >> >>]",
    "a link": b"/Annots [<< /Subtype /Link /A << /S /Launch /F (x) >> >>]",
    "layers to switch": b"/OCProperties << /OCGs [] /D << >> >>",
    "outlines": b"/Outlines << /First 3 0 R >>",
    "threads": b"/Threads []",
    "permissions": b"/Perms << /DocMDP << >> >>",
    "requirements": b"/Requirements [<< /S /EnableJavaScripts >>]",
    "a base address": b"/URI << /Base (http://x/) >>",
    "another version": b"/Version /1.4",
    "extensions": b"/Extensions << >>",
    "a thumbnail": b"/Thumb 3 0 R",
    "a canary": b"/X (" + CANARY + b")",
    "a comment": b"%" + CANARY + b"\n",
    "a long blank": b" " * 40,
    "a file specification": b"/F (x)",
    "another filter": b"/DecodeParms << >>",
    "an alternate": b"/Alternates []",
    "a mask": b"/SMask 3 0 R",
    "reference form": b"/Ref << /F (x) /Page 0 >>",
    "postscript": b"/PS 3 0 R",
}
OPERATORS = (
    b"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI",
    b"(x) Tj",
    b"0 Tr",
    b"/X Do",
    b"/X gs",
    b"/OC /X BDC",
    b"EMC",
    b"BX x EX",
    b"q Q",
    b"1 0 0 1 0 0 cm",
    b"/P sh",
    b"/F 9 Tf",
    b"% " + CANARY,
    b"",
    b" ",
    b"0 0 9 9 re f",
    b"W n",
    b"MP",
    b"(x) '",
    b"d0",
)
TRAILERS = (b"/Encrypt 3 0 R", b"/Info 3 0 R", b"/ID [<00> <00>]", b"/Prev 15", b"/XRefStm 15")


def pdf(data: bytes) -> Mutations:
    yield from around(data)
    yield from _entries(data)
    yield from _objects(data)
    yield from _streams(data)
    yield from _numbers(data)
    for entry in TRAILERS:
        yield f"{entry!r} in the trailer", data.replace(b"/Root", entry + b" /Root")
    update = b"1 0 obj\n<< /Type /Catalog /OpenAction 3 0 R >>\nendobj\n"
    start = data.rindex(b"xref\n0 ")
    yield "an update", data + update + data[start:]
    yield "two ends", data + data[data.rindex(b"startxref") :]


def _entries(data: bytes) -> Mutations:
    for place, found in enumerate(re.finditer(rb"<< (?=/)", data)):
        if found.start() > data.rindex(b"trailer"):
            break
        for what, entry in ENTRIES.items():
            mutated = data[: found.end()] + entry + b" " + data[found.end() :]
            yield f"{what} in dictionary {place}", renumbered(mutated)


def _objects(data: bytes) -> Mutations:
    extra = b"<< /S /JavaScript /JS (x) >>"
    packed = zlib.compress(b"1 0 " + extra)
    stream = (
        b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
    )
    bodies = {
        "a dictionary": extra,
        "an object stream": stream % (len(packed), packed),
        "a string": b"(" + CANARY + b")",
        "null": b"null",
    }
    starts = [found.start() for found in re.finditer(rb"(?<=\n)[0-9]+ 0 obj\n", data)]
    for place, at in enumerate([*starts, data.rindex(b"xref\n0 ")]):
        for what, body in bodies.items():
            for number in (place + 1, len(starts) + 1):
                obj = b"%d 0 obj\n%b\nendobj\n" % (number, body)
                yield f"{what} as {number} at {place}", renumbered(data[:at] + obj + data[at:])
        yield f"a comment at {place}", renumbered(data[:at] + b"% " + CANARY + b"\n" + data[at:])
        yield f"a line end at {place}", renumbered(data[:at] + b"\n" + data[at:])
        if place < len(starts):
            other = re.sub(rb"\A[0-9]+ 0", b"%d 1" % (place + 1), data[at:])
            yield f"another generation at {place}", renumbered(data[:at] + other)


def _streams(data: bytes) -> Mutations:
    for place, match in enumerate(list(re.finditer(rb"/Length ([0-9]+) >>\nstream\n", data))):
        end = match.end() + int(match[1])
        packed = data[match.end() : end]

        def with_stream(new: bytes, match: re.Match[bytes] = match, end: int = end) -> bytes:
            head = b"/Length %d >>\nstream\n" % len(new)
            return renumbered(data[: match.start()] + head + new + data[end:])

        for what, cargo in CARGO.items():
            yield f"{what} behind stream {place}", with_stream(packed + cargo)
        yield (
            f"stream {place} with a wrong length",
            renumbered(data[: match.start()] + b"/Length 1 >>\nstream\n" + data[match.end() :]),
        )
        if packed[:2] == b"\xff\xd8":
            continue
        plain = zlib.decompress(packed)
        swollen = packed[:2] + EMPTY_BLOCKS * 30 + packed[2:]
        yield f"empty blocks in stream {place}", with_stream(swollen)
        for what, cargo in CARGO.items():
            yield f"{what} in stream {place}", with_stream(zlib.compress(plain + b"\n" + cargo))
        if plain.endswith(b"ET"):
            for operator in OPERATORS:
                for at in [0, *(found.end() for found in re.finditer(b"\n", plain))]:
                    new = plain[:at] + operator + b"\n" + plain[at:]
                    yield f"{operator!r} at {at} of stream {place}", with_stream(zlib.compress(new))


def _numbers(data: bytes) -> Mutations:
    """Write each number of the structure in another way, and another number."""
    body = data[: data.rindex(b"xref\n0 ")]
    spans = [
        (m.end(), m.end() + int(m[1])) for m in re.finditer(rb"/Length ([0-9]+) >>\nstream\n", body)
    ]
    for found in re.finditer(rb"(?<=[ \[\n])[0-9]+(\.[0-9]+)?(?=[ \]\n])", body):
        if any(start <= found.start() < end for start, end in spans):
            continue
        before, after, number = data[: found.start()], data[found.end() :], found[0]
        for other in (b"0" + number, b"+" + number, number + b".", b"-" + number, number + b"0"):
            yield f"{other!r} at {found.start()}", renumbered(before + other + after)

"""Office files: rebuilt part by part, their pictures treated as pictures."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace

from sanitizer import intermediate
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.intermediate import Member, Record, TableRow
from sanitizer.kinds import Kind
from sanitizer.media import DOCX, EXTENSIONS, GIF, JPEG, PDF, PNG, PPTX, XLSX
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.session import ASKED_AGAIN, Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.compared import compare_looks, looks_of
from sanitizer.treatment.converted import convert_file
from sanitizer.treatment.single import Treatment, records_of

BECAME: Mapping[str, Kind] = {DOCX: Kind.DOCX, XLSX: Kind.XLSX, PPTX: Kind.PPTX}

# A gray pixel, as our own encoder writes it.
SPECK = Redrawn(
    PNG,
    b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4AWO6AwAA4gDfMtsAzgAAAABJRU5ErkJggg=="
    ),
)


def rebuild_office(wanted: str) -> Treatment:
    """Return the treatment that rebuilds an Office file as `wanted`, without anything active."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_bytes = passage.profile.limits.max_bytes
        stays = passage.profile.rules.parameters()
        with passage.stage(
            "decode", source, SyscallAllowance.NOTHING, kind=kind, max_bytes=max_bytes, **stays
        ) as decoded:
            found = records_of(decoded)
        renamed = {
            record.name: _picture(record, passage)
            for record in found
            if isinstance(record, Member) and "/media/" in record.name
        }
        packed = b"".join(
            bytes(piece)
            for record in found
            for piece in intermediate.pack(_with_picture(record, renamed))
        )
        with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=wanted) as encoded:
            if passage.profile.similarity.office:
                _compare(passage, (kind, source), (BECAME[wanted], encoded.body))
            return Redrawn(wanted, encoded.body.read())

    return treat


def _compare(passage: Passage, before: tuple[Kind, Parcel], after: tuple[Kind, Parcel]) -> None:
    """Have LibreOffice draw the file and what came of it, and compare the pages."""
    try:
        with (
            convert_file(passage, *before, Kind.PDF) as seen,
            convert_file(passage, *after, Kind.PDF) as made,
        ):
            compare_looks(passage, looks_of(passage, seen, PDF), Redrawn(PDF, made.read()))
    except FileRefused as refusal:
        if refusal.reason is FileReason.JAIL_FAILED:
            raise
        # It cannot be drawn, in time or at all: then nothing is said of how it looks.


def _picture(found: Member, passage: Passage) -> Member:
    """Return a picture re-rendered; a speck of gray in place of one that cannot be."""
    try:
        redrawn = replace(passage, is_part=True).within(bytes(found.data), None)
    except FileRefused as refusal:
        if refusal.reason in ASKED_AGAIN:
            raise
        redrawn = SPECK
    if redrawn.media not in (PNG, JPEG, GIF):
        redrawn = SPECK
    if redrawn is SPECK:
        passage.report.removed[Removed.PICTURE] += 1
    return Member(f"{found.name}.{EXTENSIONS[redrawn.media]}", redrawn.data)


def _with_picture(record: Record, renamed: Mapping[str, Member]) -> Record:
    """Return `record` with the new name of a picture, or the new picture."""
    match record:
        case Member(name) if name in renamed:
            return renamed[name]
        case TableRow(cells):
            return TableRow(
                tuple(renamed[cell].name if cell in renamed else cell for cell in cells)
            )
        case _:
            return record

"""Office files: rebuilt part by part, their pictures treated as pictures."""

from base64 import b64decode
from collections.abc import Mapping

from sanitizer import form
from sanitizer.form import Member, Record, Row
from sanitizer.kinds import Kind
from sanitizer.media import EXTENSIONS, GIF, JPEG, PNG
from sanitizer.outcome import Refused, Removed
from sanitizer.parcel import Parcel
from sanitizer.passage import ASKED_AGAIN, Passage, Redrawn
from sanitizer.treatment.single import Treatment, records

# A gray pixel, as our own encoder writes it.
SPECK = Redrawn(
    PNG,
    b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGO4AwAA3gDdXeHJVgAAAABJRU5ErkJggg=="
    ),
)


def rebuilt(wanted: str) -> Treatment:
    """Return the treatment that rebuilds an Office file as `wanted`, without anything active."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_bytes = passage.profile.limits.max_bytes
        with passage.stage("decode", source, kind=kind, max_bytes=max_bytes) as decoded:
            found = records(decoded)
        renamed = {
            record.name: _picture(record, passage)
            for record in found
            if isinstance(record, Member) and "/media/" in record.name
        }
        packed = b"".join(
            bytes(piece) for record in found for piece in form.pack(_with_picture(record, renamed))
        )
        with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=wanted) as encoded:
            return Redrawn(wanted, encoded.body.read())

    return treat


def _picture(found: Member, passage: Passage) -> Member:
    """Return a picture drawn anew; a speck of gray in place of one that cannot be."""
    try:
        redrawn = passage.within(bytes(found.data), None)
    except Refused as refusal:
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
        case Row(cells):
            return Row(tuple(renamed[cell].name if cell in renamed else cell for cell in cells))
        case _:
            return record

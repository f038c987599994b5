"""The words of what came out, on their way to whoever judges them.

They are read in the jail, from the file as it was rebuilt: what is judged is what crosses.
Pictures, sound and film have none.
"""

from collections.abc import Mapping
from dataclasses import replace

from sanitizer import media
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.intermediate import Record, TableRow
from sanitizer.kinds import Kind
from sanitizer.outcome import ContentReading, ContentText, FileReason, FileRefused
from sanitizer.report import Report
from sanitizer.session import Passage
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.single import records_of

# Of one file with all that is in it, in both readings.  So much text is no document.
MAX_CONTENT_BYTES = 128 << 20

_READABLE: Mapping[str, Kind] = {
    media.DOCX: Kind.DOCX,
    media.XLSX: Kind.XLSX,
    media.PPTX: Kind.PPTX,
    media.PDF: Kind.PDF,
    media.CSV: Kind.CSV,
    media.TEXT: Kind.TEXT,
    media.EML: Kind.EML,
}


_READINGS = frozenset(map(str, ContentReading))


def add_contents(media_type: str, new: Parcel, passage: Passage) -> None:
    """Add the words of the rebuilt file `new` to those that `passage` gathers, if it does.

    The names of files within a file are added where those are rebuilt.
    """
    kind = _READABLE.get(media_type)
    if passage.contents is None or kind is None:
        return
    alone = replace(passage, report=Report())  # what is removed or counted was so before
    max_bytes = passage.profile.limits.max_bytes
    allowance = SyscallAllowance.FONTS if kind is Kind.PDF else SyscallAllowance.NOTHING
    with alone.stage("contents", new, allowance, kind=kind, max_bytes=max_bytes) as read:
        if read.body.size > MAX_CONTENT_BYTES:
            raise FileRefused(FileReason.TOO_LARGE)
        passage.contents.extend(map(_content_text, records_of(read)))
    if sum(len(each.text) for each in passage.contents) > MAX_CONTENT_BYTES:
        raise FileRefused(FileReason.TOO_LARGE)


def _content_text(untrusted: Record) -> ContentText:
    match untrusted:
        case TableRow((str(reading), str(text))) if reading in _READINGS:
            return ContentText(ContentReading(reading), text)
    raise FileRefused(FileReason.CHECK_FAILED)

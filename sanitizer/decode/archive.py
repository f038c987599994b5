"""An archive: its members one by one, each to be treated as a file of its own."""

from collections.abc import Iterator

from sanitizer import form
from sanitizer.decode.zip_directory import contents, entries
from sanitizer.outcome import Reason, Refused, Removed
from sanitizer.report import Report

# What all members together may unpack to, for each byte an archive may have.
EXPANSION = 4


def decode_archive(
    untrusted: bytes, max_bytes: int, report: Report, *, password: str = ""
) -> Iterator[form.Record]:
    """Yield the members; folders are what their names say and no members."""
    left = EXPANSION * max_bytes
    names: set[str] = set()
    for entry in entries(untrusted):
        if entry.name.endswith("/"):
            continue
        if entry.name in names:
            raise Refused(Reason.BROKEN)  # which of the two a reader takes is anybody's guess
        names.add(entry.name)
        data = contents(untrusted, entry, left, password)
        left -= len(data)
        if entry.lock is not None:
            report.removed[Removed.ENCRYPTION] = 1
        yield form.Member(entry.name, data)

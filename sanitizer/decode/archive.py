"""An archive: its members one by one, each to be treated as a file of its own."""

from collections.abc import Iterator

from sanitizer import intermediate
from sanitizer.decode import zip_directory
from sanitizer.decode.zip_directory import MAX_MEMBERS
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report


def decode_archive(
    untrusted: bytes,
    max_unpacked: int,
    report: Report,
    *,
    max_entries: int = MAX_MEMBERS,
    password: str = "",
) -> Iterator[intermediate.Record]:
    """Yield the members, which unpack to no more than `max_unpacked` bytes altogether.

    Folders are what their names say and no members.
    """
    left = max_unpacked
    names: set[str] = set()
    found = zip_directory.entries(untrusted)
    if len(found) > max_entries:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    for entry in found:
        if entry.name.endswith("/"):
            continue
        if entry.name in names:
            raise FileRefused(
                FileReason.BROKEN
            )  # which of the two a reader takes is anybody's guess
        names.add(entry.name)
        data = zip_directory.contents(untrusted, entry, left, password)
        left -= len(data)
        if entry.lock is not None:
            report.removed[Removed.ENCRYPTION] = 1
        yield intermediate.Member(entry.name, data)

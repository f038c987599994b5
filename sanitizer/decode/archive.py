"""An archive: its members one by one, each to be treated as a file of its own."""

from collections.abc import Iterator

from sanitizer import form
from sanitizer.decode.zip_directory import MAX_MEMBERS, contents, entries
from sanitizer.outcome import Reason, Refused, Removed
from sanitizer.report import Report


def decode_archive(
    untrusted: bytes,
    max_unpacked: int,
    report: Report,
    *,
    max_entries: int = MAX_MEMBERS,
    password: str = "",
) -> Iterator[form.Record]:
    """Yield the members, which unpack to no more than `max_unpacked` bytes altogether.

    Folders are what their names say and no members.
    """
    left = max_unpacked
    names: set[str] = set()
    found = entries(untrusted)
    if len(found) > max_entries:
        raise Refused(Reason.TOO_MANY_PARTS)
    for entry in found:
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

"""What somebody looks for in audit logs, and which records are it.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

# What a file is found by, in what a record says of it.
_OF_A_FILE = ("fid", "sha256_in", "sha256_out")


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Each part that is not None must hold; times are milliseconds, `until` is not included.

    `people` are commitments, `files` ids or hashes, `values` members that are just so.
    """

    since: int | None = None
    until: int | None = None
    event: str | None = None
    people: frozenset[str] | None = None
    rooms: frozenset[str] | None = None
    files: frozenset[str] | None = None
    values: tuple[tuple[str, str], ...] = ()

    def matches(self, record: Record) -> bool:
        """Return whether a record is looked for."""
        return (
            self._is_in_time(record.get("t"))
            and (self.event is None or self.event in events_of(record))
            and (self.people is None or not self.people.isdisjoint(people_of(record)))
            and (self.rooms is None or record.get("room") in self.rooms)
            and (self.files is None or not self.files.isdisjoint(files_of(record)))
            and all(record.get(name) == value for name, value in self.values)
        )

    def _is_in_time(self, t: object) -> bool:
        if self.since is None and self.until is None:
            return True
        if not isinstance(t, int):
            return False
        return (self.since is None or self.since <= t) and (self.until is None or t < self.until)


def events_of(record: Record) -> set[str]:
    """Return the ids under which a record is found: the event, its notice, what it changes."""
    named = (record.get(member) for member in ("id", "notice", "about"))
    return {each for each in named if isinstance(each, str)}


def people_of(record: Record) -> set[str]:
    """Return the commitments of those that a record is about, or who decided."""
    return {
        each for each in (record.get("actor"), *_list(record, "approvers")) if isinstance(each, str)
    }


def files_of(record: Record) -> set[str]:
    """Return ids and hashes of the files that a record is about."""
    told = [
        each.get(member)
        for each in _list(record, "files")
        if isinstance(each, dict)
        for member in _OF_A_FILE
    ]
    return {each for each in (*told, *_list(record, "attached")) if isinstance(each, str)}


def ids_of(record: Record) -> set[str]:
    """Return the ids in a record for which a zone may have names, but for people."""
    members = (record.get("room"), record.get("frontend"))
    files = (each.get("fid") for each in _list(record, "files") if isinstance(each, dict))
    named = (*members, *files, *_list(record, "attached"))
    return {each for each in named if isinstance(each, str)}


def _list(record: Record, member: str) -> list[Any]:
    found = record.get(member)
    return found if isinstance(found, list) else []

"""An Office file as a package: its members by name, and the relationships between them.

Source: ECMA-376 part 2.
"""

import posixpath
import re

from lxml import etree

from sanitizer.decode import zip_directory
from sanitizer.decode.office_parse import RELATIONSHIP_IDS, parse_part
from sanitizer.decode.zip_directory import ZipMember
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

# What else is found in a package, and what the receipt calls it.
LEFT_BEHIND = (
    (re.compile(r"vba(project|data)", re.I), Removed.MACRO),
    (re.compile(r"/activex/", re.I), Removed.ACTIVE_CONTROL),
    (re.compile(r"/embeddings/", re.I), Removed.EMBEDDED_FILE),
    (re.compile(r"/externallinks/[^_]", re.I), Removed.EXTERNAL_LINK),
    (re.compile(r"/revisions/revisionlog", re.I), Removed.TRACKED_CHANGE),
    (re.compile(r"/comments/moderncomment", re.I), Removed.COMMENT),
    (re.compile(r"^docprops/", re.I), Removed.METADATA),
    (re.compile(r"^customxml/item", re.I), Removed.METADATA),
    (re.compile(r"/media/.*\.(mp4|mp3|wav|wma|wmv|mov|avi|m4a)$", re.I), Removed.EMBEDDED_FILE),
)


class Relationship:
    """Where one part leads.  `kind` is empty where it is none that the standard names."""

    def __init__(self, element: etree._Element, source: str) -> None:
        kind = element.get("Type", "")
        self.id = element.get("Id", "")
        self.kind = kind.removeprefix(_TYPES) if kind.startswith(_TYPES) else ""
        self.is_external = element.get("TargetMode") == "External"
        target = element.get("Target", "")
        self.target = target if self.is_external else _resolved(source, target)


_TYPES = f"{RELATIONSHIP_IDS}/"


def _resolved(source: str, target: str) -> str:
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target))
    return path.lstrip("/").lower()


class Package:
    """The members of a package by name; names do not differ by case (ECMA-376 part 2, 6.2.2.3)."""

    def __init__(self, untrusted: bytes, max_unpacked: int, report: Report) -> None:
        self._untrusted = untrusted
        self._left = max_unpacked
        self._ahead: dict[str, bytes] = {}
        self._entries: dict[str, ZipMember] = {}
        for entry in zip_directory.entries(untrusted):
            name = entry.name.replace("\\", "/").lstrip("/").lower()
            if name in self._entries:
                raise FileRefused(FileReason.BROKEN)
            self._entries[name] = entry
            for pattern, removed in LEFT_BEHIND:
                if pattern.search(name) and not name.endswith(".rels"):
                    report.removed[removed] += 1

    def has(self, name: str) -> bool:
        return name in self._entries

    def peek(self, name: str) -> bytes:
        """Return a part that will be asked for once more."""
        if name not in self._ahead:
            self._ahead[name] = self.part(name)
        return self._ahead[name]

    def part(self, name: str) -> bytes:
        if name in self._ahead:
            return self._ahead.pop(name)
        if name not in self._entries:
            raise FileRefused(FileReason.BROKEN)
        data = zip_directory.contents(self._untrusted, self._entries[name], self._left)
        self._left -= len(data)
        return data

    def relationships(self, source: str) -> list[Relationship]:
        folder, name = posixpath.split(source)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(path):
            return []
        root = parse_part(self.part(path))
        return [Relationship(each, source) for each in root]

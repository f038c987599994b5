"""Documents that LibreOffice is to convert: what is in them that will not come out, and their lock.

Nothing here is a decoder.  Names in a directory and words in a text say what a document carries;
the receipt tells it, and nobody relies on it.  Runs in the jail, in a child that sees the file.
Source: [MS-DOC] 2.1, [MS-XLS] 2.1, [MS-PPT] 2.1, OpenDocument 1.3 part 2, RTF 1.9.1.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sanitizer import ole
from sanitizer.decode import zip_directory
from sanitizer.decode.legacy_lock import unlock_legacy
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

OLE_KINDS = (Kind.DOC, Kind.XLS, Kind.PPT)
OPEN_DOCUMENT = (Kind.ODT, Kind.ODS, Kind.ODP, Kind.ODG)

Signs = Sequence[tuple[re.Pattern[str], Removed]]
RawSigns = Sequence[tuple[re.Pattern[bytes], Removed]]

# Streams and storages of an OLE2 file.
STREAMS: Signs = (
    (re.compile(r"_VBA_PROJECT"), Removed.MACRO),
    (re.compile(r"_\d{8,10}|MBD[0-9A-F]{8}|\x01Ole10Native"), Removed.EMBEDDED_FILE),
    (re.compile(r"LNK[0-9A-F]{8}"), Removed.EXTERNAL_LINK),
    (re.compile(r"Ctls|\x03OCXNAME"), Removed.ACTIVE_CONTROL),
    (re.compile(r"\x05(Document)?SummaryInformation"), Removed.METADATA),
)
# Records of a PowerPoint Document: headers of what holds a macro, an object, a link, a control.
# Of a workbook: a sheet of Excel 4 macros.
RECORDS: Mapping[Kind, RawSigns] = {
    Kind.DOC: (),
    Kind.XLS: ((re.compile(rb"\x85\0.\0.{4}[\0-\2]\x01", re.S), Removed.MACRO),),
    Kind.PPT: (
        (re.compile(rb"\x1f\0\xff\x03"), Removed.MACRO),
        (re.compile(rb"\x0f\0\xcc\x0f"), Removed.EMBEDDED_FILE),
        (re.compile(rb"\x0f\0\xce\x0f"), Removed.EXTERNAL_LINK),
        (re.compile(rb"\x0f\0\xee\x0f"), Removed.ACTIVE_CONTROL),
    ),
}
# Members of an OpenDocument package.
MEMBERS: Signs = (
    (re.compile(r"Basic/.+/(?!script-lb)[^/]+\.xml"), Removed.MACRO),
    (re.compile(r"Scripts/.*[^/]"), Removed.SCRIPT),
    (re.compile(r"Object \d+"), Removed.EMBEDDED_FILE),
    (re.compile(r"meta\.xml"), Removed.METADATA),
    (re.compile(r"Thumbnails/.*[^/]"), Removed.THUMBNAIL),
)
# Words of a text: of content.xml, and of RTF.
CONTENT: Signs = (
    (re.compile(r"<script:event-listener\b"), Removed.ACTION),
    (re.compile(r"<office:dde-source\b"), Removed.DDE),
)
RICH_TEXT: Signs = (
    (re.compile(r"\\object\b"), Removed.EMBEDDED_FILE),
    (re.compile(r"\\info\b"), Removed.METADATA),
    (re.compile(r"\\\*\\template\b"), Removed.EXTERNAL_LINK),
    (re.compile(r"\bDDE(AUTO)?\b"), Removed.DDE),
)
LOCKED = b"<manifest:encryption-data"


def survey(kind: Kind, untrusted: bytes, password: str, max_bytes: int, report: Report) -> bytes:
    """Report what is in `untrusted`; return it as it is behind its lock, empty if it has none."""
    if kind in OLE_KINDS:
        for name in ole.stream_names(untrusted):
            report.removed.update(_whole(STREAMS, name))
        for sign, removed in RECORDS[kind]:
            report.removed.update([removed] * len(sign.findall(untrusted)))
        return unlock_legacy(kind, untrusted, password, report)
    if kind in OPEN_DOCUMENT:
        _survey_package(untrusted, max_bytes, report)
    elif kind is Kind.RTF:
        report.removed.update(_within(RICH_TEXT, untrusted.decode("latin-1")))
    return b""


def _survey_package(untrusted: bytes, max_bytes: int, report: Report) -> None:
    """Also look where an OpenDocument says that it is locked: LibreOffice is told no password."""
    members = {entry.name: entry for entry in zip_directory.entries(untrusted)}
    for name in members:
        report.removed.update(_whole(MEMBERS, name))
    if "META-INF/manifest.xml" in members and LOCKED in zip_directory.contents(
        untrusted, members["META-INF/manifest.xml"], max_bytes
    ):
        raise FileRefused(FileReason.ENCRYPTED)
    if "content.xml" in members:
        text = zip_directory.contents(untrusted, members["content.xml"], max_bytes).decode(
            "utf-8", "replace"
        )
        report.removed.update(_within(CONTENT, text))


def _whole(signs: Signs, name: str) -> list[Removed]:
    return [removed for sign, removed in signs if sign.fullmatch(name)]


def _within(signs: Signs, text: str) -> Counter[Removed]:
    found = {removed: sum(1 for _ in sign.finditer(text)) for sign, removed in signs}
    return Counter({removed: count for removed, count in found.items() if count})

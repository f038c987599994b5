"""One zone's copy for comparing: read from its store, or from a file that was made of it.

An export holds ids, stamps and digests, and no text: it may be carried to where the other is.
"""

import gzip
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from runtime.settings import read_settings
from sekisho.read_store import open_read_only
from wire.lane import Zone
from wire.order import event_stamp, make_stamp
from wire.reasons import Reason, Refused
from zone.link import reconciliation
from zone.reconcile import copy_rows
from zone.reconcile.copy_rows import CopyRow, Cursor
from zone.settings import ZoneSettings

# A city's ten years are some hundred megabytes.
MAX_EXPORT_BYTES: Final = 4 * 1024 * 1024 * 1024


class ComparedRow(Struct, frozen=True, array_like=True, gc=False):
    """A row: of what, by which event, and what stands for what it says."""

    object: str
    field: str
    stamp: str
    digest: str


class ZoneCopy(Struct, frozen=True, forbid_unknown_fields=True):
    """A zone's copy.  `open` are own words that the other zone has not: stamp -> why.

    `heard` are the events of the other zone that were believed, `refused` those that were not.
    """

    v: int
    site: str
    zone: Zone
    heard_upto: str
    rows: dict[str, ComparedRow]  # by place
    open: dict[str, str]
    heard: list[str]
    refused: list[str]


def load_copy(path: Path) -> ZoneCopy:
    """Return the copy of the zone in the folder `path`, or in the export that it is.

    Raises `InUse` while a daemon has the store open, and `Refused` for a file that is no export.
    """
    if path.is_dir():
        return _read_folder(path)
    try:
        with gzip.open(path) as file:
            return msgspec.json.decode(file.read(MAX_EXPORT_BYTES), type=ZoneCopy)
    except (msgspec.DecodeError, gzip.BadGzipFile, EOFError) as trouble:
        raise Refused(Reason.MALFORMED, f"{path} is no export of a copy: {trouble}") from None


def save_copy(copy: ZoneCopy, path: Path) -> None:
    """Write a copy to a new file."""
    with path.open("xb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(msgspec.json.encode(copy))


def _read_folder(folder: Path) -> ZoneCopy:
    settings = read_settings(folder / "zone.toml", ZoneSettings)
    with open_read_only(folder / "zone.db") as db:
        rows = {row.place: _compared(row) for row in _rows(db)}
        (upto,) = db.execute("SELECT coalesce(max(stamp), '') FROM heard").fetchone()
        return ZoneCopy(
            1,
            settings.site,
            settings.zone,
            upto,
            rows,
            _open(db, settings.zone),
            _column(db, "SELECT event FROM heard ORDER BY stamp"),
            _column(db, "SELECT id FROM quarantine ORDER BY id"),
        )


def _rows(db: sqlite3.Connection) -> Iterator[CopyRow]:
    page = copy_rows.next_page(db, "")
    while page is not None:
        elsewhere, found = copy_rows.apart(db, page), []
        cursor: Cursor | None = Cursor()
        while cursor is not None:
            some, cursor = copy_rows.read_slice(db, page, cursor)
            found += [row for row in some if row.object not in elsewhere]
        yield from copy_rows.without_withdrawn(found)
        page = copy_rows.next_page(db, copy_rows.end_of(page))


def _compared(row: CopyRow) -> ComparedRow:
    return ComparedRow(row.object, row.field, event_stamp(row.stamp), f"{row.sum:032x}")


def _open(db: sqlite3.Connection, zone: Zone) -> dict[str, str]:
    rows = db.execute(
        f"SELECT hlc, verdict FROM {reconciliation.OPEN} AND hlc IS NOT NULL"  # noqa: S608 - a constant
    )
    return {make_stamp(hlc, zone): verdict or "waiting" for hlc, verdict in rows}


def _column(db: sqlite3.Connection, query: str) -> list[str]:
    return [value for (value,) in db.execute(query)]

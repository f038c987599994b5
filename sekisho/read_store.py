"""Looking into a store that no daemon has open, without changing it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BUSY_S: Final = 0.2

_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class InUse(Exception):
    """A daemon has the store open, and nobody else may look."""


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the store at `path` for reading.

    Raises `InUse`, and `sqlite3.Error` for whatever else keeps it from being read.
    """
    # Beside a store that nobody has open there is no log, and a reader would leave one there.
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?{how}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_S)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema")
        yield db
    except sqlite3.OperationalError as trouble:
        if trouble.sqlite_errorcode & 0xFF in _IN_USE:
            raise InUse(str(path)) from None
        raise
    finally:
        db.close()


def witnessed(path: Path, lane: str) -> tuple[int, bytes] | None:
    """Return size and root of the audit log that a zone last saw on `lane`, from its store."""
    with open_read_only(path) as db:
        row = db.execute("SELECT size, root FROM witness WHERE lane = ?", (lane,)).fetchone()
    return None if row is None else (int(row[0]), bytes(row[1]))

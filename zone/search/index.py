"""The index itself: `search.db`, written by one thread and read by another.

    document   owner, room, time and folded text of each thing that can be found
    term       which documents have which term: FTS5, whose query returns the newest first

A document's number is its time in milliseconds and 12 bits of its id's hash: numbers are
in order of time, are the same whenever the index is made, and tell nothing of what else
was said in that millisecond.

Nothing here is worth keeping: what is damaged, of another store or of another version is
`Unusable`, thrown away and rebuilt.  So a commit need not reach the disk at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from zone.search.documents import Document
from zone.search.folding import fold_text
from zone.search.terms import FILE_TERM, author_term, room_code, terms_of, type_term

APPLICATION_ID = 0x53454B53  # "SEKS"
VERSION = 1  # of terms, folding and tables: what was made by another is rebuilt
SCHEMA = Path(__file__).with_name("search.sql")

# Sorts behind every id.
EVERYTHING = "~"

_HASH_BITS = 12
_MAX_AT = 2**50
# Terms of one transaction are gathered in memory and written as one piece.
_HASH_BYTES = 8 * 1024 * 1024
_CACHE_KIB = 16 * 1024
_MERGE_PAGES = 200  # one step of a merge: 50 ms of disk


class Unusable(Exception):
    """The index is no use: rebuild it."""


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the index is: with the log of the store, and back into its history.

    `loose` documents were written since the last merge.
    """

    position: int
    below: str
    loose: int


def number_at(at: int) -> int:
    """Return the lowest number of a document of that time."""
    return min(max(at, 0), _MAX_AT) << _HASH_BITS


def create(path: Path, tag: str, position: int) -> sqlite3.Connection:
    """Make an empty index of the store `tag`, whose log ends at `position`, in place of any."""
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    path.touch(mode=0o600)
    db = _connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA.read_text(encoding="utf-8"))
    db.execute("INSERT INTO term (term, rank) VALUES ('hashsize', ?)", (_HASH_BYTES,))
    db.execute("INSERT INTO progress VALUES (1, ?, ?, ?, 0)", (tag, position, EVERYTHING))
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {VERSION}")
    return db


def open_existing(path: Path, tag: str, position: int) -> sqlite3.Connection:
    """Open the index of the store `tag`, or raise `Unusable`."""
    if not path.exists():
        raise Unusable("there is none")
    db = _connect(path)
    try:
        _demand_usable(db, tag, position)
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return db


def _demand_usable(db: sqlite3.Connection, tag: str, position: int) -> None:
    made_by = [
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    ]
    if made_by != [APPLICATION_ID, VERSION]:
        raise Unusable("it was made by another version")
    row = db.execute("SELECT tag, position FROM progress").fetchone()
    if row is None or row[0] != tag or row[1] > position:
        raise Unusable("it was made of another store, or of this one before it was restored")


def demand_whole(db: sqlite3.Connection) -> None:
    """Read all of the index, and raise `Unusable` if it is damaged: seconds, where it is large."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Unusable(f"it is damaged ({found})")


def open_reader(path: Path) -> sqlite3.Connection:
    """Open an index that `create` or `open_existing` has opened, to read from it."""
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5
    )
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return db


def progress(db: sqlite3.Connection) -> IndexProgress:
    """Return how far the index is."""
    return IndexProgress(*db.execute("SELECT position, below, loose FROM progress").fetchone())


def replace(
    db: sqlite3.Connection, owners: Sequence[str], documents: Iterable[Document], now: IndexProgress
) -> IndexProgress:
    """Have `documents` be all that there is of `owners`, and the index be as far as `now`."""
    db.execute("BEGIN IMMEDIATE")
    try:
        changed = _replace(db, owners, documents)
        after = IndexProgress(now.position, now.below, now.loose + changed)
        db.execute(
            "UPDATE progress SET position = ?, below = ?, loose = ?",
            (after.position, after.below, after.loose),
        )
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return after


_Row = tuple[str, str, int, int, str, str]  # owner, id, room, at, terms, text


def _replace(db: sqlite3.Connection, owners: Sequence[str], documents: Iterable[Document]) -> int:
    wanted = {_row(db, document) for document in documents}
    gone = []
    for owner in owners:
        for n, *rest in db.execute("SELECT * FROM document WHERE owner = ?", (owner,)).fetchall():
            row: _Row = tuple(rest)
            if row in wanted:
                wanted.discard(row)  # it is there as it should be
            else:
                gone.append((n, row))
    _remove(db, sorted(gone))
    _add(db, wanted)
    return len(gone) + len(wanted)


def _row(db: sqlite3.Connection, document: Document) -> _Row:
    filters = [author_term(_number(db, document.author)), *map(type_term, document.types)]
    filters += [FILE_TERM] if document.has_file else []
    room = _number(db, document.room)
    terms = " ".join(filters)
    return (document.owner, document.id, room, document.at, terms, fold_text(document.text))


def _number(db: sqlite3.Connection, name: str) -> int:
    db.execute("INSERT INTO number (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    return int(db.execute("SELECT n FROM number WHERE name = ?", (name,)).fetchone()[0])


def _remove(db: sqlite3.Connection, gone: Sequence[tuple[int, _Row]]) -> None:
    # FTS5 keeps no text: it has to be told what the document was indexed under.
    db.executemany(
        "INSERT INTO term (term, rowid, terms) VALUES ('delete', ?, ?)",
        ((n, _terms(row)) for n, row in gone),
    )
    db.executemany("DELETE FROM document WHERE n = ?", [(n,) for n, _ in gone])


def _add(db: sqlite3.Connection, rows: Iterable[_Row]) -> None:
    # In order of number, or FTS5 would write each as a piece of its own.
    numbered = sorted(zip(_free_numbers(db, rows), rows, strict=True))
    db.executemany(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", [(n, *row) for n, row in numbered]
    )
    db.executemany(
        "INSERT INTO term (rowid, terms) VALUES (?, ?)", ((n, _terms(row)) for n, row in numbered)
    )


def _free_numbers(db: sqlite3.Connection, rows: Iterable[_Row]) -> Iterator[int]:
    taken: set[int] = set()
    for _, name, _, at, _, _ in rows:
        n = number_at(at) + crc32(name.encode()) % (1 << _HASH_BITS)
        while n in taken or db.execute("SELECT 1 FROM document WHERE n = ?", (n,)).fetchone():
            n += 1
        taken.add(n)
        yield n


def _terms(row: _Row) -> str:
    _, _, room, _, filters, text = row
    code = room_code(room)
    return " ".join([code + term for term in [*filters.split(), *terms_of(text)]])


def owners_before(db: sqlite3.Connection, room: str, before: int) -> list[str]:
    """Return the owners of what a room has from before a time."""
    rows = db.execute(
        "SELECT DISTINCT owner FROM document WHERE at < ?"
        " AND room = (SELECT n FROM number WHERE name = ?)",
        (before, room),
    )
    return [owner for (owner,) in rows]


def merge(db: sqlite3.Connection, *, is_first: bool) -> bool:
    """Make one piece of many, one step of it; return whether there is more to do.

    A term is looked up in every piece, so a search takes ten times as long before as after.
    """
    before = db.total_changes
    pages = -_MERGE_PAGES if is_first else _MERGE_PAGES  # SQLite FTS5, section 6.8
    db.execute("INSERT INTO term (term, rank) VALUES ('merge', ?)", (pages,))
    if db.total_changes - before >= 2:
        return True
    db.execute("UPDATE progress SET loose = 0")
    return False

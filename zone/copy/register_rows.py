"""The register table row by row, for whoever compares or searches: as it is stored.

Every function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class RegisterRow(NamedTuple):
    """A row of the table; `value` is JSON."""

    object: str
    field: str
    value: str
    stamp: str


def rows_behind(
    db: sqlite3.Connection, name: str, field: str, before: str, limit: int
) -> list[RegisterRow]:
    """Return rows in their order: behind a field of an object, of objects before `before`."""
    rows = db.execute(
        "SELECT object, field, value, stamp FROM register"
        " WHERE (object, field) > (?, ?) AND object < ? ORDER BY object, field LIMIT ?",
        (name, field, before, limit),
    )
    return [RegisterRow(*row) for row in rows]


def row_of(db: sqlite3.Connection, name: str, field: str) -> RegisterRow | None:
    """Return the row of a field of an object, or None."""
    row = db.execute(
        "SELECT object, field, value, stamp FROM register WHERE object = ? AND field = ?",
        (name, field),
    ).fetchone()
    return None if row is None else RegisterRow(*row)


Span = tuple[str, str]  # the first and the last field of a range


def values_between(
    db: sqlite3.Connection, name: str, spans: Sequence[Span]
) -> Iterator[tuple[str, str]]:
    """Yield the fields of an object in any of the spans, with what is said on each, as JSON."""
    rows: Iterator[tuple[str, str]] = db.execute(
        "SELECT field, value FROM register"  # noqa: S608 - question marks
        f" WHERE object = ? AND ({_any_of(spans)}) ORDER BY field",
        (name, *(end for span in spans for end in span)),
    )
    return rows


def count_between(
    db: sqlite3.Connection, name: str, spans: Sequence[Span], *, before: int = 0
) -> int:
    """Count the words of an object in any of the spans, without reading them.

    With `before`, only those said before that time: it is the second in the list a word says.
    """
    (found,) = db.execute(
        "SELECT count(*) FROM register"  # noqa: S608 - question marks
        f" WHERE object = ? AND ({_any_of(spans)})"
        " AND (? = 0 OR json_extract(value, '$[1]') < ?)",
        (name, *(end for span in spans for end in span), before, before),
    ).fetchone()
    return int(found)


def _any_of(spans: Sequence[Span]) -> str:
    return " OR ".join(["field BETWEEN ? AND ?"] * len(spans))


def objects_holding(db: sqlite3.Connection, field: str, value: str, limit: int) -> list[str]:
    """Return up to `limit` objects on whose field the latest word is this JSON."""
    rows = db.execute(
        "SELECT object FROM register WHERE field = ? AND value = ? ORDER BY object LIMIT ?",
        (field, value, limit),
    )
    return [name for (name,) in rows]


def first_object(db: sqlite3.Connection, at: str) -> str | None:
    """Return the first object from `at` on of which something is said, or None."""
    (found,) = db.execute("SELECT min(object) FROM register WHERE object >= ?", (at,)).fetchone()
    return None if found is None else str(found)


def discard(db: sqlite3.Connection, name: str, field: str) -> None:
    """Delete a row that nobody has said so."""
    db.execute("DELETE FROM register WHERE object = ? AND field = ?", (name, field))

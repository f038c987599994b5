"""The register table: the latest word on each field of each object.

A copy of the conversation is messages, which never change, and registers, which hold all that
can: who is in a room, what an item says, what became of a message.  An event says words, each
on one field of one object (`wire.merge`); a word is kept if its stamp is later than that of
the word that is there.  So a store is the same whatever order its events came in.

    object     field          value (JSON)                   stamp (wire.order)
    ─────────  ─────────────  ─────────────────────────────  ───────────────────────────────────
    rm_…       name           "防災"                         0000000000000al0
    rm_…       member:us_…    ["guest", until, since]        0000000000000bl0
    rm_…       pin:ms_…       [true, by, at]                 0000000000001ci0
    rm_…       purged         [before, by, at]               0001a2b3c4d5e6 0000000000001fl0
    ms_…       text           "訂正します"                   00000000000020l0
    ms_…       reaction:👍:us_…  true                        00000000000021i0
    tk_…       due            1790000000000                  00000000000022l0
    tk_…       answer:us_…    [{"type": "done"}, at]         00000000000023i0
    ap_…       step0:us_…     [{"type": "decision", …}, at]  00000000000024i0

A field without a colon is one word on the object.  Of a field with a colon there are many, one
for each of whom or of what it is, and they lie side by side: a range of the primary key, from
`kind:` up to `kind;`, the character behind the colon.  An object that was taken back keeps
its registers beside the word `removed` or `withdrawn`: a word that comes late finds it there.

Every function runs inside a transaction or a read of `zone.store.store`.  A statement that joins
registers to another table is put together from `zone.copy.register_pieces`; whoever compares,
searches or counts reads rows, in `zone.copy.register_rows`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from wire.merge import MEMBER, PIN, Register
from zone.copy import displaced

T = TypeVar("T")

# The words that take an object back: a message, an item.
WITHDRAWN, REMOVED = "withdrawn", "removed"

_encode = msgspec.json.Encoder().encode
# Reads what a word says, where its type does not matter.
decoded: Callable[[str], Any] = msgspec.json.Decoder().decode
# Words on these only go forward, or are the relay's: nobody takes one of them out again.
_ONLY_FORWARD: Final = frozenset({"purged", "notice", "file"})
_INSERT: Final = "INSERT INTO register (object, field, value, stamp) VALUES (?, ?, ?, ?)"


class Word(NamedTuple):
    """The latest word on a field, and its place in the order."""

    value: Any
    stamp: str


def put(db: sqlite3.Connection, said: Register, *, at: int = 0) -> bool:
    """Keep a word unless a later one is there; return whether it is the latest now.

    Of two words on a field the one that loses is set aside, at a time in milliseconds: the
    winner may yet be taken out again.
    """
    key = (said.object, said.field)
    if said.field in _ONLY_FORWARD:
        return _overwrite(db, said)
    if db.execute(f"{_INSERT} ON CONFLICT DO NOTHING", _row(said)).rowcount > 0:
        return True
    query = "SELECT value, stamp FROM register WHERE object = ? AND field = ?"
    before, stamp = db.execute(query, key).fetchone()
    if said.stamp > stamp:
        displaced.set_aside(db, *key, before, stamp, at)
        return _overwrite(db, said)
    if said.stamp < stamp:
        displaced.set_aside(db, *key, encoded(said.value), said.stamp, at)
    return False


def put_all(db: sqlite3.Connection, said: Sequence[Register], *, at: int = 0) -> list[Register]:
    """Keep the words of one event, as `put` does each, and return those that are the latest now.

    Of something new all fields are there at once, in one statement.
    """
    if len(said) < 2 or any(each.field in _ONLY_FORWARD for each in said):
        return [each for each in said if put(db, each, at=at)]
    rows = ", ".join(["(?, ?, ?, ?)"] * len(said))
    values = [value for each in said for value in _row(each)]
    into = f"INSERT INTO register (object, field, value, stamp) VALUES {rows}"  # noqa: S608 - question marks
    new = db.execute(f"{into} ON CONFLICT DO NOTHING RETURNING object, field", values).fetchall()
    fresh = set(new)
    return [each for each in said if (each.object, each.field) in fresh or put(db, each, at=at)]


def _row(said: Register) -> tuple[str, str, str, str]:
    return said.object, said.field, encoded(said.value), said.stamp


def _overwrite(db: sqlite3.Connection, said: Register) -> bool:
    cursor = db.execute(
        f"{_INSERT} ON CONFLICT (object, field)"
        " DO UPDATE SET value = excluded.value, stamp = excluded.stamp"
        " WHERE excluded.stamp > register.stamp",
        _row(said),
    )
    return cursor.rowcount > 0


def encoded(value: object) -> str:
    """Return a value as the table has it, to compare with."""
    return _encode(value).decode()


def word(db: sqlite3.Connection, name: str, field: str) -> Word | None:
    """Return the latest word on a field of an object, or None."""
    row = db.execute(
        "SELECT value, stamp FROM register WHERE object = ? AND field = ?", (name, field)
    ).fetchone()
    return None if row is None else Word(decoded(row[0]), row[1])


def value(db: sqlite3.Connection, name: str, field: str) -> Any | None:
    """Return what the latest word on a field of an object says, or None."""
    return None if (found := word(db, name, field)) is None else found.value


def words(db: sqlite3.Connection, name: str, fields: Sequence[str]) -> dict[str, Word]:
    """Return the latest words on these fields of an object, by field."""
    marks = ",".join("?" * len(fields))
    rows = db.execute(
        f"SELECT field, value, stamp FROM register WHERE object = ? AND field IN ({marks})",  # noqa: S608 - question marks
        (name, *fields),
    )
    return {field: Word(decoded(said), stamp) for field, said, stamp in rows}


def all_values(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Return all that is said of an object, by field."""
    rows = db.execute("SELECT field, value FROM register WHERE object = ?", (name,))
    return {field: decoded(said) for field, said in rows}


def own_values(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Return what an object says of itself, by field: all but those of which it has many."""
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND instr(field, ':') = 0", (name,)
    )
    return {field: decoded(said) for field, said in rows}


def stands(db: sqlite3.Connection, said: Register) -> bool:
    """Return whether a word is the latest on its field."""
    row = db.execute(
        "SELECT 1 FROM register WHERE object = ? AND field = ? AND stamp = ?",
        (said.object, said.field, said.stamp),
    ).fetchone()
    return row is not None


# Fields of which an object has many.


def of_kind(
    db: sqlite3.Connection, name: str, kind: str, decode: Callable[[str], T]
) -> dict[str, T]:
    """Return the words on all fields of a kind, the earliest word first: of whom or what -> value.

    `decode` reads the JSON of each.
    """
    rows = db.execute(
        "SELECT substr(field, ?), value FROM register WHERE object = ? AND field BETWEEN ? AND ?"
        " ORDER BY stamp, field",
        (len(kind) + 2, name, *_range(kind)),
    )
    return {of: decode(said) for of, said in rows}


def names(db: sqlite3.Connection, name: str, kind: str) -> set[str]:
    """Return of whom, or of what, there is a word of a kind."""
    rows = db.execute(
        "SELECT substr(field, ?) FROM register WHERE object = ? AND field BETWEEN ? AND ?",
        (len(kind) + 2, name, *_range(kind)),
    )
    return {of for (of,) in rows}


def _range(kind: str) -> tuple[str, str]:
    return f"{kind}:", f"{kind};"


def count_members(db: sqlite3.Connection, room: str) -> int:
    """Return how many are in a room: whoever left it has a word, too."""
    (found,) = db.execute(
        "SELECT count(*) FROM register WHERE object = ? AND field BETWEEN ? AND ?"
        " AND json_extract(value, '$[0]') <> 'none'",
        (room, *_range(MEMBER)),
    ).fetchone()
    return int(found)


# Of many objects.


def retentions(db: sqlite3.Connection) -> dict[str, int]:
    """Return the rooms in which things are deleted after a time: room -> days."""
    rows = db.execute("SELECT object, value FROM register WHERE field = 'retention_days'")
    return {room: days for room, said in rows if (days := decoded(said))}


def people_and_rooms(db: sqlite3.Connection) -> list[Register]:
    """Return what `zone.store.directory` keeps in memory: a range of objects for each prefix."""
    rows = db.execute(
        """
        SELECT object, field, value, stamp FROM register
         WHERE object BETWEEN 'us_' AND 'us`' OR object BETWEEN 'tn_' AND 'tn`'
            OR object BETWEEN 'og_' AND 'og`'
            OR (object BETWEEN 'bc_' AND 'bc`' AND field = 'audience')
            OR (object BETWEEN 'rm_' AND 'rm`' AND field NOT BETWEEN 'pin:' AND 'pin;')
        """
    )
    said = [Register(o, f, decoded(v), s) for o, f, v, s in rows]
    made = db.execute("SELECT id, author, stamp FROM item WHERE type = 'broadcast'")
    return said + [maker(*row) for row in made]


def maker(item: str, author: str, stamp: str) -> Register:
    """Return who made an item as a word like others: for memory alone, it is in a column."""
    return Register(item, "author", author, stamp)


# What goes.


def forget(db: sqlite3.Connection, objects: Iterable[str]) -> None:
    """Delete all that was said of objects that are deleted themselves."""
    names = [(name,) for name in objects]
    db.executemany("DELETE FROM register WHERE object = ?", names)
    displaced.forget(db, names)


def forget_pins(db: sqlite3.Connection, room: str) -> None:
    """Delete a room's pins of messages that are not there."""
    db.execute(
        "DELETE FROM register WHERE object = ? AND field BETWEEN ? AND ?"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE id = substr(field, ?))",
        (room, *_range(PIN), len(PIN) + 2),
    )

"""What can be found, read from a zone's store: one function for each source of it.

A document is a text with its room, its author and its time.  It belongs to an owner, a
message or an item, whose documents are always read together: itself and its files.  What
is not returned here any more (withdrawn, removed, purged, held) vanishes from the index.
Every function here runs on the thread of the zone's database and only reads.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wire.item_kinds import PREFIXES, TYPES
from zone.copy import register_pieces
from zone.copy.register_pieces import latest_text
from zone.copy.registers import REMOVED, WITHDRAWN
from zone.items import items
from zone.items.kinds import ITEM_KINDS

MESSAGE, FILE, ITEM = "message", "file", "item"
# All that can be asked for: an item is an item, and a note, a task, …
KINDS = (MESSAGE, FILE, ITEM, *TYPES)


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found.  `types`, of `KINDS`, are those it can be asked for by."""

    id: str
    owner: str
    room: str  # of a broadcast, which is of none, its own id
    author: str
    at: int
    types: tuple[str, ...]
    has_file: bool
    text: str


def read_documents(db: sqlite3.Connection, owners: Sequence[str]) -> list[Document]:
    """Return all documents of `owners` as they stand now."""
    found = [*_messages(db, owners), *_items(db, owners)]
    return found + _files(db, {one.owner: one for one in found if one.has_file})


def _messages(db: sqlite3.Connection, owners: Sequence[str]) -> list[Document]:
    # A placeholder of a held message has no text.
    rows = db.execute(
        f"""
        SELECT id, room, author, at,
               ltrim(coalesce({latest_text("message.id", "text")}, text)
                     || coalesce(char(10) || json_extract(more, '$.forwarded.text'), ''), char(10)),
               EXISTS (SELECT 1 FROM file WHERE message = message.id AND state <> 'withdrawn')
          FROM message
         WHERE id IN ({_marks(owners)}) AND text IS NOT NULL
           AND {register_pieces.lacks("message.id", WITHDRAWN)}
        """,  # noqa: S608 - marks and pieces
        owners,
    )
    return [
        Document(name, name, room, author, at, (MESSAGE,), bool(has_file), text)
        for name, room, author, at, text, has_file in rows
    ]


def _items(db: sqlite3.Connection, owners: Sequence[str]) -> Iterator[Document]:
    named = [owner for owner in owners if owner[:2] in PREFIXES]
    if not named:
        return
    rows = db.execute(
        f"""
        SELECT id, coalesce(room, id), author, at, type,
               EXISTS (SELECT 1 FROM file WHERE message = item.id AND state <> 'withdrawn')
          FROM item WHERE id IN ({_marks(named)})
           AND {register_pieces.lacks("item.id", REMOVED)}
        """,  # noqa: S608 - marks and pieces
        named,
    )
    for name, room, author, at, kind, has_file in rows.fetchall():
        search = ITEM_KINDS[TYPES[kind]].search
        text = "\n".join(_written(items.registers_of_item(db, name).said, search))
        yield Document(name, name, room, author, at, (kind, ITEM), bool(has_file), text)


def _written(said: object, search: frozenset[str], member: str = "") -> Iterator[str]:
    """Yield what people wrote in the members that are searched, wherever they are in an item."""
    match said:
        case str() if member in search:
            yield said
        case Mapping():
            for name, value in said.items():
                yield from _written(value, search, name)
        case list():
            for value in said:
                yield from _written(value, search, member)


def _files(db: sqlite3.Connection, owners: Mapping[str, Document]) -> list[Document]:
    if not owners:
        return []
    rows = db.execute(
        f"""
        SELECT fid, message, name FROM file
         WHERE message IN ({_marks(owners)}) AND state <> 'withdrawn'
        """,  # noqa: S608 - marks
        list(owners),
    )
    return [_file(fid, owners[owner], name) for fid, owner, name in rows]


def _file(fid: str, owner: Document, name: str) -> Document:
    # Whoever sees a message sees its files: they are where and when it is.
    return Document(fid, owner.owner, owner.room, owner.author, owner.at, (FILE,), True, name)


def older_owners(db: sqlite3.Connection, below: str, limit: int) -> list[str]:
    """Return up to `limit` owners with an id below `below`, the latest of a kind first.

    Ids of one kind begin with the time they were minted at (wire.ids).
    """
    rows = db.execute(
        "SELECT id FROM message WHERE id < ?1 UNION ALL SELECT id FROM item WHERE id < ?1"
        " ORDER BY id DESC LIMIT ?2",
        (below, limit),
    )
    return [name for (name,) in rows]


def _marks(values: Sequence[str] | Mapping[str, Document]) -> str:
    return ",".join("?" * len(values))

"""What can be found, read from a zone's store: one function for each source of it.

A document is a text with its room, its author and its time.  It belongs to an owner, a
message, whose documents are always read together: itself and its files.  What is not
returned here any more (withdrawn, purged, held) vanishes from the index.  Every function
here runs on the thread of the zone's database and only reads.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

MESSAGE_TYPE, FILE_TYPE = "message", "file"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found.  `types` are the words by which it can be asked for."""

    id: str
    owner: str
    room: str
    author: str
    at: int
    types: tuple[str, ...]
    has_file: bool
    text: str


def read_documents(db: sqlite3.Connection, owners: Sequence[str]) -> list[Document]:
    """Return all documents of `owners` as they stand now."""
    found = _messages(db, owners)
    return found + _files(db, {one.owner: one for one in found})


def _messages(db: sqlite3.Connection, owners: Sequence[str]) -> list[Document]:
    # A placeholder of a held message has no text.
    rows = db.execute(
        f"""
        SELECT id, room, author, at, coalesce(json_extract(edit.value, '$'), text),
               EXISTS (SELECT 1 FROM file WHERE message = message.id AND state <> 'withdrawn')
          FROM message LEFT JOIN register AS edit ON edit.object = id AND edit.field = 'text'
         WHERE id IN ({_marks(owners)}) AND text IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM register WHERE object = id AND field = 'withdrawn')
        """,  # noqa: S608 - marks
        owners,
    )
    return [
        Document(name, name, room, author, at, (MESSAGE_TYPE,), bool(has_file), text)
        for name, room, author, at, text, has_file in rows
    ]


def _files(db: sqlite3.Connection, owners: dict[str, Document]) -> list[Document]:
    if not any(owner.has_file for owner in owners.values()):
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
    return Document(fid, owner.owner, owner.room, owner.author, owner.at, (FILE_TYPE,), True, name)


def older_owners(db: sqlite3.Connection, below: str, limit: int) -> list[str]:
    """Return up to `limit` owners with an id below `below`, the newest first.

    Ids begin with the time they were minted at (wire.ids), whatever they are of.
    """
    rows = db.execute(
        "SELECT id FROM message WHERE id < ? ORDER BY id DESC LIMIT ?", (below, limit)
    )
    return [name for (name,) in rows]


def _marks(values: Sequence[str] | dict[str, Document]) -> str:
    return ",".join("?" * len(values))

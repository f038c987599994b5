"""What happened to the store since the index last looked: whose documents to read again.

The log that frontends follow says it all, and is durable: the index keeps its place in
it.  Only names are taken from it; how things stand is then read from the store, so that
nothing is indexed which has been taken back since.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from zone.copy.apply import purged_before
from zone.search.documents import Document, read_documents
from zone.store import event_log
from zone.store.sealing import Numbered

# What has documents, by the first word of the types of events that tell of it.
_TELLING = frozenset({"message", "item", "file"})


class _Named(Struct):
    id: str = ""
    message: str = ""


_decode = msgspec.json.Decoder(_Named).decode


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """Owners spoken of behind a place in the log, their documents, and rooms that were purged.

    `purged` says of each before when; `position` is where this leads to.
    """

    position: int
    owners: Sequence[str]
    documents: Sequence[Document]
    purged: dict[str, int]


def read_news(db: sqlite3.Connection, position: int, limit: int) -> IndexChanges:
    """Return up to `limit` entries' worth of news.  Raises `Refused` if the log was cut since."""
    entries = event_log.behind(db, position, limit)
    owners = list(dict.fromkeys(owner for entry in entries if (owner := _owner(entry))))
    rooms = {e.entry.room for e in entries if e.entry.type.startswith("room.")}
    purged = {room: before for room in rooms if room and (before := purged_before(db, room))}
    end = entries[-1].n if entries else position
    return IndexChanges(end, owners, read_documents(db, owners) if owners else (), purged)


def _owner(numbered: Numbered) -> str:
    if numbered.entry.type.partition(".")[0] not in _TELLING:
        return ""
    named = _decode(numbered.entry.body)
    return named.message or named.id  # a file names what it is of

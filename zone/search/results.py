"""What was found, as it stands now: the index says where to look, the store what is there.

So nothing is shown that was taken back a moment ago, and every text is the one that its
author wrote.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec import Struct

from zone.search.documents import Document, read_documents
from zone.search.excerpts import excerpt_of
from zone.search.finding import Hit, IndexQuery
from zone.search.folding import fold_text


class SearchResult(Struct, frozen=True):
    """Something that was found.  `owner` is itself, or the message or item that a file is of.

    `excerpt` is the part of its text, or of its name, around what was looked for, and `marks`
    where that stands in it: pairs of from and up to, in characters.
    """

    id: str
    type: str
    owner: str
    room: str
    author: str
    at: int
    excerpt: str
    marks: list[tuple[int, int]]


def read_found(db: sqlite3.Connection, hits: Sequence[Hit]) -> dict[str, Document]:
    """Return the documents of `hits`, by id, that are there still."""
    owners = list({hit.owner for hit in hits})
    return {one.id: one for one in read_documents(db, owners)} if owners else {}


def search_results(
    asked: IndexQuery, hits: Sequence[Hit], documents: dict[str, Document]
) -> Iterator[SearchResult]:
    """Yield what fits as it stands now, in the order of `hits`."""
    for hit in hits:
        one = documents.get(hit.id)
        if one is not None and _fits(asked, one):
            part = excerpt_of(one.text, asked.words.wanted)
            yield SearchResult(
                one.id, one.types[0], one.owner, one.room, one.author, one.at, part.text, part.marks
            )


def _fits(asked: IndexQuery, one: Document) -> bool:
    since = asked.rooms.get(one.room)
    return since is not None and one.at >= since and asked.words.fit(fold_text(one.text))

"""One search in the index: which documents fit, the newest first.

Runs on the thread that reads the index.  Rights come in as values: the rooms, and from
when on each is seen.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zone.search.index import number_at
from zone.search.query_words import SearchWords
from zone.search.terms import FILE_TERM, author_term, demand_for, match_expression, type_term

# Documents looked at for one page; a page may be shorter for it, and leads on.  10 ms.
MAX_EXAMINED = 2_000
_LEAST_EXAMINED = 100
_ROOMS_AT_ONCE = 128

EVER = 2**50  # milliseconds: later than any time


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuery:
    """What is looked for, and where: each room of the asker with the time they see it from."""

    rooms: Mapping[str, int]
    words: SearchWords
    author: str | None = None
    type: str | None = None
    has_file: bool = False
    since: int = 0
    until: int = EVER
    limit: int = 20
    below: int | None = None  # the `next` of the page before


class Hit(NamedTuple):
    """A document that fits."""

    n: int
    owner: str
    id: str


class Hits(NamedTuple):
    """The newest documents that fit.  `next` leads on, or is None if there is nothing more."""

    items: list[Hit]
    next: int | None


def find(db: sqlite3.Connection, asked: IndexQuery) -> Hits:
    """Return a page of what is looked for."""
    numbers = _numbers(db, [*asked.rooms, *([asked.author] if asked.author else [])])
    if asked.author is not None and asked.author not in numbers:
        return Hits([], None)
    wanted = demand_for(asked.words, _filters(asked, numbers))
    groups = list(_groups(asked, numbers))
    found: list[Hit] = []
    cut = 0  # of a group that was not looked at to its end, only what comes before is known
    for since, rooms in groups:
        examined = max(_LEAST_EXAMINED, MAX_EXAMINED // len(groups))
        hits, reached = _find_in(db, asked, match_expression(wanted, rooms), since, examined)
        found += hits
        cut = max(cut, reached)
    page = sorted((hit for hit in found if hit.n >= cut), reverse=True)[: asked.limit]
    if len(page) == asked.limit:
        return Hits(page, page[-1].n)
    return Hits(page, cut or None)


def _numbers(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    marks = ",".join("?" * len(names))
    rows = db.execute(f"SELECT name, n FROM number WHERE name IN ({marks})", names)  # noqa: S608 - marks
    return dict(rows.fetchall())


def _filters(asked: IndexQuery, numbers: Mapping[str, int]) -> Iterator[str]:
    if asked.author is not None:
        yield author_term(numbers[asked.author])
    if asked.type is not None:
        yield type_term(asked.type)
    if asked.has_file:
        yield FILE_TERM


def _groups(asked: IndexQuery, numbers: Mapping[str, int]) -> Iterator[tuple[int, list[int]]]:
    """Yield (from when, rooms).  What a guest may not see yet is not even looked at."""
    by_since: dict[int, list[int]] = defaultdict(list)
    for room, since in asked.rooms.items():
        if room in numbers:
            by_since[max(since, asked.since)].append(numbers[room])
    for since, rooms in by_since.items():
        for start in range(0, len(rooms), _ROOMS_AT_ONCE):
            yield since, rooms[start : start + _ROOMS_AT_ONCE]


def _find_in(
    db: sqlite3.Connection, asked: IndexQuery, question: str, since: int, examined: int
) -> tuple[list[Hit], int]:
    """Return what fits, and the number down to which was looked; 0 is to the end."""
    below = number_at(asked.until) if asked.below is None else asked.below
    rows = db.execute(
        "SELECT n, owner, id, text FROM term CROSS JOIN document ON n = term.rowid"
        " WHERE term MATCH ? AND term.rowid >= ? AND term.rowid < ?"
        " ORDER BY term.rowid DESC LIMIT ?",
        (question, number_at(since), min(below, number_at(asked.until)), examined),
    )
    found: list[Hit] = []
    reached, left = 0, examined
    for n, owner, name, text in rows:
        reached, left = n, left - 1
        if asked.words.fit(text):
            found.append(Hit(n, owner, name))
            if len(found) == asked.limit:
                return found, reached
    return found, 0 if left else reached

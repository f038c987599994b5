"""What people answered to an item: the words on it of which each is somebody's.

They are registers of the item, a field for each part and person: `answer:us_…`, `seen:us_…`, and
`step0:us_…` for each step of an approval.  Every function runs inside a transaction or a read of
`zone.store.store`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from wire.answers import MAX_STEPS
from wire.merge import field_name

T = TypeVar("T")

ANSWER, SEEN = "answer", "seen"
STEPS: Final = tuple(f"step{number}" for number in range(MAX_STEPS))
# All steps lie in one range: behind the digits comes the colon.
_ALL_STEPS = "field BETWEEN 'step0' AND 'step:'"


def answers(
    db: sqlite3.Connection, item: str, decode: Callable[[str], T]
) -> Iterator[tuple[str, str, T]]:
    """Yield every answer to an item: (part, user, what `decode` reads in it)."""
    rows = db.execute(
        f"SELECT field, value FROM register WHERE object = ? AND ({_ALL_STEPS}"  # noqa: S608 - a constant
        " OR field BETWEEN 'answer:' AND 'answer;' OR field BETWEEN 'seen:' AND 'seen;')"
        " ORDER BY field",
        (item,),
    )
    for field, said in rows:
        part, _, user = field.partition(":")
        yield part, user, decode(said)


def answers_of(
    db: sqlite3.Connection, item: str, uid: str, decode: Callable[[str], T]
) -> dict[str, T]:
    """Return what somebody answered to an item, by part, as `decode` reads it."""
    fields = [field_name(part, uid) for part in (ANSWER, SEEN, *STEPS)]
    marks = ",".join("?" * len(fields))
    rows = db.execute(
        f"SELECT field, value FROM register WHERE object = ? AND field IN ({marks})",  # noqa: S608 - question marks
        (item, *fields),
    )
    return {field.partition(":")[0]: decode(said) for field, said in rows}


def count_answers(db: sqlite3.Connection, item: str) -> tuple[int, int]:
    """Return how many answers an item has, steps included, and how many have read it."""
    answered, seen = db.execute(
        "SELECT (SELECT count(*) FROM register WHERE object = ?1"  # noqa: S608 - a constant
        f" AND (field BETWEEN 'answer:' AND 'answer;' OR {_ALL_STEPS})),"
        " (SELECT count(*) FROM register WHERE object = ?1 AND field BETWEEN 'seen:' AND 'seen;')",
        (item,),
    ).fetchone()
    return int(answered), int(seen)


def count_answers_before(db: sqlite3.Connection, item: str, deadline: int) -> int:
    """Return how many have answered an item before a time, 0 for ever, without reading them."""
    (found,) = db.execute(
        "SELECT count(*) FROM register WHERE object = ?1 AND field BETWEEN 'answer:' AND 'answer;'"
        " AND (?2 = 0 OR json_extract(value, '$[1]') < ?2)",
        (item, deadline),
    ).fetchone()
    return int(found)

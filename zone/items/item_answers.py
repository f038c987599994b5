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
from zone.copy import register_rows
from zone.copy.register_rows import Span

T = TypeVar("T")

ANSWER, SEEN = "answer", "seen"
STEPS: Final = tuple(f"step{number}" for number in range(MAX_STEPS))
# All of a kind lie in one range, since behind the colon comes the semicolon; and so do all
# steps, since behind the digits comes the colon.
_ANSWERS: Final[Span] = ("answer:", "answer;")
_SEEN: Final[Span] = ("seen:", "seen;")
_STEPS: Final[Span] = ("step0", "step:")


def answers(
    db: sqlite3.Connection, item: str, decode: Callable[[str], T]
) -> Iterator[tuple[str, str, T]]:
    """Yield every answer to an item: (part, user, what `decode` reads in it)."""
    for field, said in register_rows.values_between(db, item, (_ANSWERS, _SEEN, _STEPS)):
        part, _, user = field.partition(":")
        yield part, user, decode(said)


def answers_of(
    db: sqlite3.Connection, item: str, uid: str, decode: Callable[[str], T]
) -> dict[str, T]:
    """Return what somebody answered to an item, by part, as `decode` reads it."""
    fields = [field_name(part, uid) for part in (ANSWER, SEEN, *STEPS)]
    found = register_rows.values_between(db, item, [(field, field) for field in fields])
    return {field.partition(":")[0]: decode(said) for field, said in found}


def count_answers(db: sqlite3.Connection, item: str) -> tuple[int, int]:
    """Return how many answers an item has, steps included, and how many have read it."""
    answered = register_rows.count_between(db, item, (_ANSWERS, _STEPS))
    return answered, register_rows.count_between(db, item, (_SEEN,))


def count_answers_before(db: sqlite3.Connection, item: str, deadline: int) -> int:
    """Return how many have answered an item before a time, 0 for ever, without reading them."""
    return register_rows.count_between(db, item, (_ANSWERS,), before=deadline)

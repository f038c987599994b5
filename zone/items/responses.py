"""What people answered to an item: the latest word of each.

Runs on the database thread and only reads.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from wire.answers import Answer
from zone.copy.views import AnswerView
from zone.items import item_answers

_decode = msgspec.json.Decoder(tuple[Answer, int, str]).decode


def responses_to(db: sqlite3.Connection, item: str) -> Iterator[AnswerView]:
    """Yield all answers to an item, with their authors."""
    for part, user, (answer, at, frontend) in item_answers.answers(db, item, _decode):
        yield AnswerView(item, user, part, answer, at, frontend)


def own_responses(db: sqlite3.Connection, item: str, uid: str) -> dict[str, Answer]:
    """Return what somebody answered to an item, by part."""
    found = item_answers.answers_of(db, item, uid, _decode)
    return {part: answer for part, (answer, _, _) in found.items()}


def answered_before(db: sqlite3.Connection, item: str, deadline: int | None) -> int:
    """Return how many have answered an item in time, without reading thousands of answers."""
    return item_answers.count_answers_before(db, item, deadline or 0)

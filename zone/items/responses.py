"""What people answered to an item: the latest word of each.

Runs on the database thread and only reads.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from wire.answers import Answer
from zone.copy.views import AnswerView

_decode = msgspec.json.Decoder(tuple[Answer, int]).decode


def responses_to(db: sqlite3.Connection, item: str) -> Iterator[AnswerView]:
    """Yield all answers to an item, with their authors."""
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND instr(field, ':us_') > 0"
        " ORDER BY field",
        (item,),
    )
    for field, value in rows:
        part, _, user = field.partition(":")
        answer, at = _decode(value)
        yield AnswerView(item, user, part, answer, at)


def own_responses(db: sqlite3.Connection, item: str, uid: str) -> dict[str, Answer]:
    """Return what somebody answered to an item, by part."""
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ? AND field IN"
        " (SELECT column1 || ':' || ?2 FROM (VALUES ('answer'), ('seen'), ('step0'), ('step1'),"
        " ('step2'), ('step3'), ('step4'), ('step5'), ('step6'), ('step7'), ('step8'), ('step9')))",
        (item, uid),
    )
    return {field.partition(":")[0]: _decode(value)[0] for field, value in rows}


def answered_before(db: sqlite3.Connection, item: str, deadline: int | None) -> int:
    """Return how many have answered an item in time, without reading thousands of answers."""
    (count,) = db.execute(
        "SELECT count(*) FROM register WHERE object = ?1 AND field BETWEEN 'answer:' AND 'answer;'"
        " AND (?2 = 0 OR json_extract(value, '$[1]') < ?2)",
        (item, deadline or 0),
    ).fetchone()
    return int(count)

"""Refusals, counted: few records of many."""

import sqlite3

from runtime.tallies import PERIOD_MS, TALLY_SCHEMA, are_due, count_refusal, take_due
from wire.order import MAX_COUNT
from wire.reasons import Reason

T = 1_700_000_000_000


def opened() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(TALLY_SCHEMA)
    return db


def test_the_first_is_told_at_once_and_the_rest_with_the_next_period() -> None:
    db = opened()
    told = [count_refusal(db, Reason.GAP, T + i) for i in range(1_000)]
    assert told == [1] + [0] * 999
    assert count_refusal(db, Reason.GAP, T + PERIOD_MS - 1) == 0
    assert count_refusal(db, Reason.GAP, T + PERIOD_MS) == 1_001


def test_each_reason_is_counted_by_itself() -> None:
    db = opened()
    assert [count_refusal(db, reason, T) for reason in (Reason.GAP, Reason.FORK)] == [1, 1]


def test_what_nobody_repeats_is_told_when_its_period_is_over_and_once() -> None:
    db = opened()
    for _ in range(3):
        count_refusal(db, Reason.GAP, T)
    assert not are_due(db, T + PERIOD_MS - 1)
    assert are_due(db, T + PERIOD_MS)
    assert take_due(db, T + PERIOD_MS) == [(Reason.GAP, 2)]
    assert take_due(db, T + 9 * PERIOD_MS) == []


def test_a_clock_that_was_set_back_keeps_nothing_from_being_told() -> None:
    db = opened()
    count_refusal(db, Reason.GAP, T + 100 * PERIOD_MS)
    assert count_refusal(db, Reason.GAP, T) == 1


def test_a_count_is_bounded() -> None:
    db = opened()
    count_refusal(db, Reason.GAP, T)
    db.execute("UPDATE refusal SET times = ?", (MAX_COUNT,))
    count_refusal(db, Reason.GAP, T)
    assert take_due(db, T + PERIOD_MS) == [(Reason.GAP, MAX_COUNT)]

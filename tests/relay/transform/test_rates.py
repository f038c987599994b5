"""What one sender may use up."""

from hypothesis import given
from hypothesis import strategies as st

from relay.transform.policy import Action, ByteRate, EventRate, Rates
from relay.transform.rates import (
    DAY_MS,
    MINUTE_MS,
    OUTAGE_MS,
    Bucket,
    full_bucket,
    refill_bucket,
    spend_from,
)
from wire.reasons import Reason

NOW = 1_700_000_000_000
RATES = Rates(events=EventRate(per_minute=6, burst=3), bytes=ByteRate(per_day=1_000))


def passed(bucket: Bucket, times: list[int], *, now: int = NOW, size: int = 1) -> int:
    """Return how many events done at `times` pass."""
    count = 0
    for at in times:
        bucket, objection = spend_from(
            refill_bucket(bucket, RATES, done_at=at, now=now), RATES, size
        )
        count += objection is None
    return count


def test_a_burst_passes_and_no_more() -> None:
    assert passed(full_bucket(RATES), [NOW] * 10) == 3


def test_what_was_used_up_comes_back_with_time() -> None:
    times = [NOW - MINUTE_MS] * 10 + [NOW] * 10
    assert passed(full_bucket(RATES), times) == 3 + 3


def test_what_was_said_during_an_outage_is_weighed_by_when_it_was_said() -> None:
    times = [NOW - OUTAGE_MS + i * 10_000 for i in range(500)]
    assert passed(full_bucket(RATES), times) == 500


def test_too_many_bytes_are_held_for_a_person() -> None:
    bucket, objection = spend_from(full_bucket(RATES), RATES, 1_001)
    assert objection is not None
    assert (objection.action, objection.reason) == (Action.HOLD, Reason.RATE_EXCEEDED)
    assert bucket == full_bucket(RATES)


@given(st.lists(st.integers(0, NOW + 10 * DAY_MS), max_size=300))
def test_lying_about_time_gains_nothing_over_having_waited(times: list[int]) -> None:
    """Whatever is claimed, no more passes than an outage's worth and a burst."""
    emptied = Bucket(0, 1_000, NOW - MINUTE_MS)
    # From an emptied bucket, a minute ago: a minute's worth is all there is.
    assert passed(emptied, times, size=0) <= 6


def test_what_is_said_to_be_of_tomorrow_fills_no_bucket_today() -> None:
    emptied = Bucket(0, 0, NOW)
    assert refill_bucket(emptied, RATES, done_at=NOW + 10 * DAY_MS, now=NOW) == emptied


@given(st.integers(0, NOW), st.integers(0, 2 * NOW), st.floats(0, 3), st.floats(0, 1_000))
def test_a_bucket_never_overflows_nor_runs_backwards(
    at: int, done_at: int, events: float, size: float
) -> None:
    after = refill_bucket(Bucket(events, size, at), RATES, done_at=done_at, now=NOW)
    assert at <= after.at <= max(at, NOW)
    assert events <= after.events <= 3
    assert size <= after.bytes <= 1_000


def test_a_sender_who_was_forgotten_is_as_one_who_was_silent() -> None:
    """Why a bucket may be deleted that was not touched for an outage and a day."""
    silent = Bucket(0, 0, NOW - OUTAGE_MS - DAY_MS - 1)
    for done_at in (0, NOW - OUTAGE_MS, NOW):
        assert refill_bucket(silent, RATES, done_at=done_at, now=NOW) == refill_bucket(
            full_bucket(RATES), RATES, done_at=done_at, now=NOW
        )

"""Lists of operators: whose key counts, and from when to when."""

import pytest

from runtime.operators import OperatorKey, Operators
from tests.operators import key_of, operator, operator_id
from wire.reasons import Reason, Refused


def found(entry: OperatorKey, number: int, generation: int, now: int) -> Reason | None:
    try:
        Operators([entry]).find(operator_id(number), key_of(1, generation).id, now=now)
    except Refused as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize(
    ("now", "reason"),
    [(9, Reason.REVOKED_KEY), (10, None), (19, None), (20, Reason.REVOKED_KEY)],
)
def test_a_key_counts_from_its_beginning_to_before_its_end(now: int, reason: Reason) -> None:
    assert found(operator(1, since=10, until=20), 1, 0, now) is reason


def test_a_key_is_of_one_operator() -> None:
    assert found(operator(1), 2, 0, 1) is Reason.UNKNOWN_KEY
    assert found(operator(1), 1, 1, 1) is Reason.UNKNOWN_KEY


def test_whoever_changed_keys_is_still_who_they_were() -> None:
    both = Operators([operator(1, until=5), operator(1, generation=1, since=5)])
    entry, _ = both.find(operator_id(1), key_of(1, 1).id, now=5)
    assert entry.id == operator_id(1)


@pytest.mark.parametrize(
    "entries",
    [
        [operator(1), operator(1)],
        [operator(1), operator(2, key=operator(1).key)],
        [operator(1, key="00" * 32)],
        [operator(1, id="us_" + "0" * 26)],
    ],
    ids=["twice", "one key for two", "a weak key", "a person"],
)
def test_a_list_that_cannot_be_is_refused(entries: list[OperatorKey]) -> None:
    with pytest.raises(Refused):
        Operators(entries)

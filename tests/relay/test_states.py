"""The promises that the relay makes, checked on every way a transfer can go."""

from collections.abc import Iterator
from itertools import product

import pytest

from relay.states import STEPS, IllegalStep, State, TransferStep, next_state

Journey = tuple[tuple[State, TransferStep], ...]

# Where a transfer begins, in each stage, and where it is over.
BEGINNINGS = (State.RECEIVED, State.AWAITED, State.TAKEN)
ENDS = (State.SETTLED, State.DELIVERED, State.BARRED)


def journeys(start: State, to: State, been: frozenset[State] = frozenset()) -> Iterator[Journey]:
    """Yield every way from `start` to `to` that comes by no state twice."""
    if start is to:
        yield ()
        return
    for happened, after in STEPS[start].items():
        if after not in been | {start}:
            for rest in journeys(after, to, been | {start}):
                yield ((start, happened), *rest)


SEALINGS = [way for start in State for way in journeys(start, State.SEALED) if way]
FORWARDINGS = [way for start in BEGINNINGS for way in journeys(start, State.FORWARDED)]


def test_there_is_a_way_across() -> None:
    assert SEALINGS
    assert FORWARDINGS


@pytest.mark.parametrize("way", SEALINGS)
def test_nothing_is_sealed_that_was_not_allowed(way: Journey) -> None:
    assert way[-1] == (State.TAKEN, TransferStep.ALLOWED)


@pytest.mark.parametrize("way", FORWARDINGS)
def test_nothing_is_forwarded_that_was_not_judged_cleaned_or_decided(way: Journey) -> None:
    assert way[-1][1] in {
        TransferStep.JUDGED,
        TransferStep.CLEANED,
        TransferStep.DECIDED,
        TransferStep.GIVEN_UP,
    }


@pytest.mark.parametrize("way", FORWARDINGS)
def test_what_was_held_waits_for_a_decision(way: Journey) -> None:
    happened = [each for _, each in way]
    if TransferStep.FLAGGED in happened:
        after = happened[happened.index(TransferStep.FLAGGED) + 1]
        assert after in {TransferStep.DECIDED, TransferStep.APPROVED}


def test_a_file_that_was_approved_is_cleaned_all_the_same() -> None:
    assert STEPS[State.HELD][TransferStep.APPROVED] is State.ARRIVED


@pytest.mark.parametrize("way", list(journeys(State.AWAITED, State.FORWARDED)))
def test_a_file_is_forwarded_only_if_it_was_cleaned_or_refused(way: Journey) -> None:
    """Given up and decided against: both put a refusal on its way, and no bytes."""
    assert way[-1][1] in {TransferStep.CLEANED, TransferStep.GIVEN_UP, TransferStep.DECIDED}


@pytest.mark.parametrize("way", list(journeys(State.EXPECTED, State.SEALED)))
def test_a_file_is_sealed_only_if_its_bytes_were_complete(way: Journey) -> None:
    assert way[0] == (State.EXPECTED, TransferStep.COMPLETED)


def test_nothing_is_settled_behind_the_back_of_the_verify_stage_but_what_never_reached_it() -> None:
    for start in BEGINNINGS:
        for way in journeys(start, State.SETTLED):
            assert way[-1] in {
                (State.FORWARDED, TransferStep.SETTLED),
                (State.AWAITED, TransferStep.DROPPED),
                (State.ARRIVED, TransferStep.DROPPED),
                (State.HELD, TransferStep.DROPPED),
            }


@pytest.mark.parametrize("state", State)
def test_from_anywhere_there_is_an_end(state: State) -> None:
    assert any(list(journeys(state, end)) for end in ENDS) or state in ENDS


@pytest.mark.parametrize("end", ENDS)
def test_what_is_over_is_over(end: State) -> None:
    assert STEPS[end] == {}


@pytest.mark.parametrize("state", State)
def test_every_state_can_come_about(state: State) -> None:
    assert state in BEGINNINGS or any(list(journeys(start, state)) for start in BEGINNINGS)


@pytest.mark.parametrize(("state", "happened"), list(product(State, TransferStep)))
def test_what_is_not_in_the_table_cannot_happen(state: State, happened: TransferStep) -> None:
    if happened in STEPS[state]:
        assert next_state(state, happened) is STEPS[state][happened]
    else:
        with pytest.raises(IllegalStep):
            next_state(state, happened)

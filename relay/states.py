"""The life of a transfer: one event, or one file of it, on its way through the relay.

Rule 1: everything that can happen is in `STEPS`.  No other module knows what
comes after what.

Rule 2: nothing here does anything.  A state says what is still to be done, so
what a restart does is what normal work does.
"""

from collections.abc import Mapping
from enum import StrEnum, auto


class State(StrEnum):
    """How far a transfer has come, and so what is to be done for it."""

    # In the transform stage.
    RECEIVED = auto()  # judge it by the policy
    HELD = auto()  # wait until a person decides; a placeholder has gone ahead
    AWAITED = auto()  # a file: wait for its bytes
    ARRIVED = auto()  # a file: take it apart and rebuild it
    FORWARDED = auto()  # hand it to the verify stage, and wait for its word
    SETTLED = auto()  # nothing: the sender has been told

    # In the verify stage.
    TAKEN = auto()  # decide
    EXPECTED = auto()  # a file: wait for the bytes that were rebuilt
    SEALED = auto()  # hand it to the far zone
    DELIVERED = auto()  # nothing: the transform stage has been told
    BARRED = auto()  # nothing: likewise


class TransferStep(StrEnum):
    """What can happen to a transfer."""

    JUDGED = auto()  # passed or refused: either way the verify stage puts it on record
    FLAGGED = auto()
    DECIDED = auto()  # a person has released or denied it, or its time was up
    APPROVED = auto()  # a person lets a file be rebuilt; no one can let it through as it is
    COMPLETED = auto()
    DROPPED = auto()  # the message it belongs to was refused or withdrawn
    GIVEN_UP = auto()  # a file whose bytes never were those announced
    CLEANED = auto()  # rebuilt, or refused by the sanitizer
    SETTLED = auto()
    ANNOUNCED = auto()
    ALLOWED = auto()
    FORBIDDEN = auto()
    CONFIRMED = auto()


STEPS: Mapping[State, Mapping[TransferStep, State]] = {
    State.RECEIVED: {TransferStep.JUDGED: State.FORWARDED, TransferStep.FLAGGED: State.HELD},
    State.HELD: {
        TransferStep.DECIDED: State.FORWARDED,
        TransferStep.APPROVED: State.ARRIVED,
        TransferStep.DROPPED: State.SETTLED,
    },
    State.AWAITED: {
        TransferStep.COMPLETED: State.ARRIVED,
        TransferStep.GIVEN_UP: State.FORWARDED,
        TransferStep.DROPPED: State.SETTLED,
    },
    State.ARRIVED: {
        TransferStep.CLEANED: State.FORWARDED,
        TransferStep.FLAGGED: State.HELD,
        TransferStep.DROPPED: State.SETTLED,
    },
    State.FORWARDED: {TransferStep.SETTLED: State.SETTLED},
    State.SETTLED: {},
    State.TAKEN: {
        TransferStep.ANNOUNCED: State.EXPECTED,
        TransferStep.ALLOWED: State.SEALED,
        TransferStep.FORBIDDEN: State.BARRED,
    },
    # The promise of the product is this row: there is no way from bytes that were
    # not looked at to SEALED.
    State.EXPECTED: {TransferStep.COMPLETED: State.TAKEN},
    # What was handed over and not confirmed may yet have been taken in: only the far
    # zone's word ends it.
    State.SEALED: {TransferStep.CONFIRMED: State.DELIVERED},
    State.DELIVERED: {},
    State.BARRED: {},
}


class IllegalStep(Exception):
    """Something was reported that cannot happen.  This is always our bug."""


def next_state(state: State, happened: TransferStep) -> State:
    """Return the state that `happened` leads to from `state`."""
    try:
        return STEPS[state][happened]
    except KeyError:
        raise IllegalStep(f"a transfer that is {state} cannot be {happened}") from None

"""How many bits got through: what was sent in each slot, and what was seen in it.  Pure.

The receiver knows when each slot begins and what was sent in the first half of them.  From that
half it takes the one thing it sees, and the threshold, that tell the two symbols apart best, and
reads the other half with it.  What chance would do as well in one of a hundred tries is nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, log2

# Of reading the second half by tossing a coin.
BY_CHANCE = 0.01

# What was seen in one slot, by name.
Seen = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """How well a path was read: by what, with how many errors of how many, at what rate."""

    by: str
    errors: int
    slots: int
    bits_per_s: float


def read(sent: Sequence[bool], seen: Sequence[Seen], slot_s: float) -> Reading:
    """Return how well what was `sent` in slots of `slot_s` can be read from what was `seen`."""
    half = len(sent) // 2
    by, threshold, is_above = _learn(sent[:half], seen[:half])
    errors = sum(
        ((each[by] > threshold) == is_above) != bit
        for bit, each in zip(sent[half:], seen[half:], strict=True)
    )
    slots = len(sent) - half
    return Reading(by, errors, slots, _capacity(errors, slots) / slot_s)


def _learn(sent: Sequence[bool], seen: Sequence[Seen]) -> tuple[str, float, bool]:
    """Return what tells the symbols apart best: its name, the threshold, and who is above it."""
    choices = [
        (_misread(sent, seen, by, threshold, is_above), by, threshold, is_above)
        for by in seen[0]
        for threshold in _between(sorted({each[by] for each in seen}))
        for is_above in (True, False)
    ]
    _, by, threshold, is_above = min(choices)
    return by, threshold, is_above


def _between(values: Sequence[float]) -> list[float]:
    """Return the places between neighbours, or the only value if there are no two."""
    return [(a + b) / 2 for a, b in pairwise(values)] or list(values)


def _misread(
    sent: Sequence[bool], seen: Sequence[Seen], by: str, threshold: float, is_above: bool
) -> int:
    return sum(
        ((each[by] > threshold) == is_above) != bit for bit, each in zip(sent, seen, strict=True)
    )


def _capacity(errors: int, slots: int) -> float:
    """Return the bits of one slot of a symmetric channel that errs so often, or 0 by chance."""
    by_chance = sum(comb(slots, k) for k in range(errors + 1)) / 2**slots
    if by_chance > BY_CHANCE:
        return 0.0
    wrong = errors / slots
    return 1.0 - sum(-p * log2(p) for p in (wrong, 1 - wrong) if p > 0)

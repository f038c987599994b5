"""Spans of a copy: the sums of their rows, and how one is split into parts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from wire.digests import SPANS

T = TypeVar("T")

MODULUS: Final = 1 << 128
# Hashed rows that are looked at in one go: half a millisecond.
MANY: Final = 500


class HashedRow(NamedTuple):
    """A row: where it is, what stands for it, what it is of, who said it, and whether it counts."""

    place: str
    sum: int
    object: str
    field: str
    stamp: str
    counts: bool


@dataclass(frozen=True, slots=True)
class SpanSum:
    """The sum of the rows of a span that count, and how many there are."""

    sum: int = 0
    rows: int = 0

    def __add__(self, other: "SpanSum") -> "SpanSum":
        """Return the sum of two spans that lie side by side."""
        return SpanSum((self.sum + other.sum) % MODULUS, self.rows + other.rows)

    @property
    def digest(self) -> str:
        """The sum as a digest of a span writes it."""
        return f"{self.sum:032x}"


def sum_rows(rows: Sequence[HashedRow]) -> SpanSum:
    """Return the sum of the rows that count."""
    counted = [row.sum for row in rows if row.counts]
    return SpanSum(sum(counted) % MODULUS, len(counted))


def in_slices(rows: Sequence[T], many: int = MANY) -> Iterator[Sequence[T]]:
    """Yield `rows`, `many` at a time: as many as may be looked at in one go."""
    return (rows[start : start + many] for start in range(0, len(rows), many))


class PartsOfSpan:
    """A span that is split into up to 32 parts of about as many rows."""

    def __init__(self, rows: int, upto: str) -> None:
        """Split a span up to `upto`, in which there are so many rows."""
        self._share = max(1, -(-rows // (SPANS - 1)))
        self._upto = upto
        self._made: list[tuple[str, SpanSum]] = []
        self._growing = SpanSum()

    def add(self, parts: Iterable[tuple[str, SpanSum]]) -> None:
        """Add what lies behind all that was added before: (end, sum) of each."""
        for end, each in parts:
            self._growing += each
            is_full = self._growing.rows >= self._share
            if is_full and len(self._made) < SPANS - 1 and end < self._upto:
                self._made.append((end, self._growing))
                self._growing = SpanSum()

    def made(self) -> list[tuple[str, SpanSum]]:
        """Return (end, sum) of each part; the last one ends where the span does."""
        return [*self._made, (self._upto, self._growing)]

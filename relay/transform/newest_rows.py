"""The newest rows of a numbered table, so that who sends them need not read them back.  Pure."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Row = TypeVar("Row")

# At 5,000 events a second in full payloads, three seconds.
LENGTH = 64


class NewestRows(Generic[Row]):
    """Consecutive rows, the last `LENGTH` of them."""

    def __init__(self, number: Callable[[Row], int]) -> None:
        """Begin with none; `number` tells a row's."""
        self._number = number
        self._rows: deque[Row] = deque(maxlen=LENGTH)

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows that follow those that are here."""
        self._rows.extend(rows)

    def after(self, number: int) -> list[Row] | None:
        """Return the rows after `number`, or None if some of them may no longer be here."""
        if not self._rows or self._number(self._rows[0]) > number + 1:
            return None
        return [row for row in self._rows if self._number(row) > number]

"""What is remembered of a page: its sum and, where it is a long one, the sums of its blocks.

A staff list that was imported at once is one page of a hundred thousand rows, and the whole copy
of a new city.  Nobody has to read it again in order to say the same of its parts.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from wire.digests import SPANS
from wire.lane import Zone
from wire.order import zone_of
from zone.reconcile import copy_rows
from zone.reconcile.cuts import Cut
from zone.reconcile.spans import HashedRow, SpanSum, sum_rows

# A page of fewer rows is soon read again.
LONG: Final = 1_000
# Two for each span of a digest.
BLOCKS: Final = 2 * SPANS


class PageSums:
    """The sums of a page, while its rows are added up, and from then on."""

    def __init__(self, page: str, rows: int) -> None:
        """Remember a page of so many rows, which are to be added in their order."""
        self._page = page
        self.end = copy_rows.last_place(page)
        self.sum = SpanSum()
        self.blocks: list[tuple[str, SpanSum]] = []  # (end, sum) of each, if it is long
        self._block = -(-rows // BLOCKS) if rows >= LONG else 0
        self._latest: dict[Zone, str] = {}  # the last stamp in it, of each zone
        self._is_whole = True  # all of its rows counted

    def add(self, rows: Sequence[HashedRow]) -> None:
        """Add rows that lie behind all that were added before."""
        for row in rows:
            zone = zone_of(row.stamp)
            self._latest[zone] = max(self._latest.get(zone, ""), row.stamp)
        self._is_whole = self._is_whole and all(row.counts for row in rows)
        self.sum += sum_rows(rows)
        step = self._block or len(rows)
        for start in range(0, len(rows) if self._block else 0, step):
            some = rows[start : start + step]
            self.blocks.append((some[-1].place, sum_rows(some)))

    def holds_at(self, cut: Cut) -> bool:
        """Return whether this is so at another cut as well: all of its rows count there, too."""
        return self._is_whole and all(map(cut.counts, self._latest.values()))

    def between(self, after: str, upto: str) -> SpanSum | None:
        """Return the sum of what of the page is in a span, if its blocks tell, or else None."""
        if after < self._page and self.end <= upto:
            return self.sum
        first = 0 if after < self._page else self._behind_block(after)
        last = len(self.blocks) if self.end <= upto else self._behind_block(upto)
        if not self.blocks or first is None or last is None:
            return None
        total = SpanSum()
        for _, each in self.blocks[first:last]:
            total += each
        return total

    def _behind_block(self, place: str) -> int | None:
        """Return how many blocks there are up to where one of them ends, or None."""
        at = bisect_left(self.blocks, (place,))
        is_end = at < len(self.blocks) and self.blocks[at][0] == place
        return at + 1 if is_end else None

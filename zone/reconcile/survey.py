"""What this zone's copy is: the rows of a page, and the sums of pages, computed when asked for.

Nothing is kept beside the data, and nothing is added to what posting does: a page is read when
somebody asks, its sum is remembered in memory, and forgotten when an object of it is spoken of
(`zone.store.writing.Writing.touched`).  Once a day all is forgotten, so that what was changed
behind the daemon's back is seen, too.  Of the page that was read last the rows are remembered as
well, until anything is to be looked at afresh: its spans are compared one after the other.

Pages are read and summed up in slices, and between two of them everybody else has their turn:
nothing waits for more than a few milliseconds.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Final, NamedTuple

from runtime import failpoints
from wire.order import event_stamp
from zone.reconcile import copy_rows
from zone.reconcile.copy_rows import CopyRow, Cursor
from zone.reconcile.cuts import Cut, make_cut
from zone.reconcile.page_sums import PageSums
from zone.reconcile.spans import MANY, HashedRow, PartsOfSpan, SpanSum, in_slices, sum_rows
from zone.store.store import ZoneStore

PAUSE_S: Final = 0.002
DAY_MS: Final = 24 * 3_600_000
_PLACE = attrgetter("place")


class RowsOfPage(NamedTuple):
    """The rows of a page as they were read for one cut."""

    page: str
    cut: Cut
    rows: list[HashedRow]


@dataclass(slots=True)
class CopySurvey:
    """The copy of one zone, page by page.  One task asks it at a time."""

    store: ZoneStore
    _pages: dict[str, PageSums] = field(default_factory=dict)
    _last: RowsOfPage | None = None
    _since: int = 0
    read_rows: int = 0  # how many rows were read and hashed so far

    def refresh(self) -> None:
        """Forget what is no longer so."""
        touched, self.store.touched = self.store.touched, set()
        now = self.store.now()
        if "" in touched or now - self._since > DAY_MS:
            self._pages.clear()
            self._since = now
        for name in touched:
            self._pages.pop(copy_rows.page_of(name), None)
        self._last = None

    async def cut(self, said: int | None = None, seen: int | None = None) -> Cut:
        """Return the cut at which both zones can be compared; up to `said` and `seen`, if given."""
        return await make_cut(self.store, said, seen)

    async def rows(self, page: str, cut: Cut) -> list[HashedRow]:
        """Return the rows of a page in the order of the copy, those that do not count included."""
        last = self._last
        if last is None or last.page != page or last.cut is not cut:
            last = self._last = RowsOfPage(page, cut, await self._hash(page, cut))
        return last.rows

    async def _hash(self, page: str, cut: Cut) -> list[HashedRow]:
        found = await self._read(page)
        hashed: list[HashedRow] = []
        done = 0
        for name in sorted(found):
            rows = []
            for row in copy_rows.without_withdrawn(found[name]):
                rows.append(_hashed(row, cut))
                done += 1
                if done % copy_rows.SLICE == 0:
                    await asyncio.sleep(PAUSE_S)
            rows.sort()
            hashed += rows
        self.read_rows += done
        return hashed

    async def _read(self, page: str) -> dict[str, list[CopyRow]]:
        """Return the rows of a page by their object."""
        elsewhere = await self.store.read(partial(copy_rows.apart, page=page))
        found: dict[str, list[CopyRow]] = {}
        cursor: Cursor | None = Cursor()
        while cursor is not None:
            read = partial(copy_rows.read_slice, page=page, cursor=cursor)
            some, cursor = await self.store.read(read)
            failpoints.reach("zone.reconcile.read")
            for row in some:
                if row.object not in elsewhere:
                    found.setdefault(row.object, []).append(row)
            await asyncio.sleep(0)
        return found

    async def pages(self, after: str, upto: str) -> list[str]:
        """Return the pages that have rows, or could, behind one place and up to another."""
        found: list[str] = []
        behind = copy_rows.before_pages(after)
        while some := await self.store.read(partial(copy_rows.next_pages, after=behind)):
            found += [page for page in some if page <= upto]
            if some[-1] > upto:
                break
            behind = copy_rows.end_of(some[-1])
        return found

    async def sum(self, after: str, upto: str, cut: Cut) -> SpanSum:
        """Return the sum of a span."""
        total = SpanSum()
        for page in await self.pages(after, upto):
            total += await self._part(page, after, upto, cut)
        return total

    async def _part(self, page: str, after: str, upto: str, cut: Cut) -> SpanSum:
        """Return the sum of what of a page is in a span."""
        found = (await self._page(page, cut)).between(after, upto)
        if found is not None:
            return found
        total = SpanSum()
        for some in in_slices(await self.rows_between(page, after, upto, cut)):
            total += sum_rows(some)
            await asyncio.sleep(0)
        return total

    async def _page(self, page: str, cut: Cut) -> PageSums:
        known = self._pages.get(page)
        if known is not None and known.holds_at(cut):
            return known
        rows = await self.rows(page, cut)
        known = self._pages[page] = PageSums(page, len(rows))
        for some in in_slices(rows):
            known.add(some)
            await asyncio.sleep(0)
        return known

    async def rows_between(self, page: str, after: str, upto: str, cut: Cut) -> list[HashedRow]:
        """Return the rows of a page that are in a span."""
        rows = await self.rows(page, cut)
        first, behind = (bisect_right(rows, end, key=_PLACE) for end in (after, upto))
        return rows[first:behind]

    async def slices(
        self, after: str, upto: str, cut: Cut, many: int = MANY
    ) -> AsyncIterator[tuple[str, list[HashedRow]]]:
        """Yield the rows of a span in their order, `many` at a time, and up to where that is all.

        What is mended meanwhile is seen from the next slice on.
        """
        while after < upto:
            after, some = await self._next_slice(after, upto, cut, many)
            yield after, some
            await asyncio.sleep(0)

    async def _next_slice(
        self, after: str, upto: str, cut: Cut, many: int
    ) -> tuple[str, list[HashedRow]]:
        behind = copy_rows.before_pages(after)
        while True:
            page = await self.store.read(partial(copy_rows.next_page, after=behind))
            if page is None or page > upto:
                return upto, []
            some = (await self.rows_between(page, after, upto, cut))[:many]
            if some:
                return some[-1].place, some
            behind = copy_rows.end_of(page)

    async def split(self, after: str, upto: str, cut: Cut) -> list[tuple[str, SpanSum]]:
        """Return a span in up to 32 parts of about as many rows: (end, sum) of each.

        No part has nearly all of the rows: a page that has most of them is split as well.
        """
        pages = {
            page: await self._part(page, after, upto, cut) for page in await self.pages(after, upto)
        }
        rows = sum(each.rows for each in pages.values())
        parts = PartsOfSpan(rows, upto)
        for page, each in pages.items():
            if 2 * each.rows <= rows:
                parts.add([(copy_rows.last_place(page), each)])
            else:
                await self._split_page(page, (after, upto), cut, parts)
        return parts.made()

    async def _split_page(
        self, page: str, span: tuple[str, str], cut: Cut, parts: PartsOfSpan
    ) -> None:
        """Add what of a page is in a span, in many parts."""
        after, upto = span
        known = await self._page(page, cut)
        if known.blocks and after < page and known.end <= upto:
            parts.add(known.blocks)
            return
        for some in in_slices(await self.rows_between(page, after, upto, cut)):
            parts.add((row.place, SpanSum(row.sum, 1)) for row in some if row.counts)
            await asyncio.sleep(0)


def _hashed(row: CopyRow, cut: Cut) -> HashedRow:
    stamp = event_stamp(row.stamp)
    return HashedRow(row.place, row.sum, row.object, row.field, stamp, cut.counts(stamp))

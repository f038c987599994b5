"""What this zone's copy is: the rows of a page, and the sums of pages, computed when asked for.

Nothing is kept beside the data, and nothing is added to what posting does: a page is read when
somebody asks, its sum is remembered in memory, and forgotten when an object of it is spoken of
(`zone.store.writing.Writing.touched`).  Once a day all is forgotten, so that what was changed
behind the daemon's back is seen, too.

A row counts if its word was said up to a cut: so far in what one zone said, so far in what the
other did.  Own words that the other zone does not have, being on their way, held or refused, do
not count; whoever compares does not find them missing.

Pages are read in slices of some hundred rows, and between two of them everybody else has their
turn: nothing waits for more than a few milliseconds.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from wire.digests import SPANS
from wire.lane import Zone
from wire.order import event_stamp, hlc_of, last_place, make_stamp, zone_of
from zone.link import reconciliation
from zone.reconcile import copy_rows
from zone.reconcile.copy_rows import CopyRow, Cursor
from zone.store.store import ZoneStore

MODULUS: Final = 1 << 128
PAUSE_S: Final = 0.002
# Hashed rows that are looked at in one go: half a millisecond.
MANY: Final = 1_000
# Open events are read so many at a time.
OPEN_AT_ONCE: Final = 2_000
DAY_MS: Final = 24 * 3_600_000


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


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to where words count, in each zone; and the stamps of own words that do not."""

    upto: Mapping[Zone, int]
    last: Mapping[Zone, str]
    open: frozenset[str]

    def counts(self, stamp: str) -> bool:
        """Return whether a word with this stamp counts."""
        return stamp <= self.last[zone_of(stamp)] and stamp not in self.open


def _cut(upto: Mapping[Zone, int], opened: set[str]) -> Cut:
    last = {zone: last_place(count, zone) for zone, count in upto.items()}
    return Cut(upto, last, frozenset(opened))


@dataclass(slots=True)
class _Page:
    sum: SpanSum
    latest: dict[Zone, str]  # the last stamp in it, of each zone
    is_whole: bool  # all of its rows counted


@dataclass(slots=True)
class CopySurvey:
    """The copy of one zone, page by page."""

    store: ZoneStore
    _pages: dict[str, _Page] = field(default_factory=dict)
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

    async def cut(self, said: int | None = None, seen: int | None = None) -> Cut:
        """Return the cut at which both zones can be compared; up to `said` and `seen`, if given."""
        side = self.store.side
        ahead, behind = await self.store.read(_positions)
        opened: set[str] = set()
        after = 0
        while rows := await self.store.read(partial(_open, after=after)):
            opened |= {make_stamp(hlc, side.zone) for _, hlc in rows}
            after = rows[-1][0]
        upto = {
            side.zone: ahead if said is None else said,
            side.far: behind if seen is None else seen,
        }
        return _cut(upto, opened)

    async def rows(self, page: str, cut: Cut) -> list[HashedRow]:
        """Return the rows of a page in the order of the copy, those that do not count included."""
        elsewhere = await self.store.read(partial(copy_rows.apart, page=page))
        found: dict[str, list[CopyRow]] = {}
        cursor: Cursor | None = Cursor()
        while cursor is not None:
            read = partial(copy_rows.read_slice, page=page, cursor=cursor)
            some, cursor = await self.store.read(read)
            for row in some:
                if row.object not in elsewhere:
                    found.setdefault(row.object, []).append(row)
            await asyncio.sleep(0)
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

    async def pages(self, after: str, upto: str) -> list[str]:
        """Return the pages that have rows, or could, behind one place and up to another."""
        found: list[str] = []
        behind = after[: copy_rows.PAGE_LENGTH]
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
        if after < page and copy_rows.last_place(page) <= upto:
            return await self._page(page, cut)
        return sum_rows(await self.rows_between(page, after, upto, cut))

    async def _page(self, page: str, cut: Cut) -> SpanSum:
        known = self._pages.get(page)
        if known is not None and known.is_whole and all(map(cut.counts, known.latest.values())):
            return known.sum
        rows = await self.rows(page, cut)
        latest: dict[Zone, str] = {}
        total, is_whole = SpanSum(), True
        for start in range(0, len(rows), MANY):
            some = rows[start : start + MANY]
            for row in some:
                zone = zone_of(row.stamp)
                latest[zone] = max(latest.get(zone, ""), row.stamp)
            total += sum_rows(some)
            is_whole = is_whole and all(row.counts for row in some)
            await asyncio.sleep(0)
        self._pages[page] = _Page(total, latest, is_whole)
        return total

    async def rows_between(self, page: str, after: str, upto: str, cut: Cut) -> list[HashedRow]:
        """Return the rows of a page that are in a span."""
        return [row for row in await self.rows(page, cut) if after < row.place <= upto]

    async def all_rows(self, after: str, upto: str, cut: Cut) -> list[HashedRow]:
        """Return the rows of a span that is known to be short."""
        return [
            row
            for page in await self.pages(after, upto)
            for row in await self.rows_between(page, after, upto, cut)
        ]

    async def split(self, after: str, upto: str, cut: Cut) -> list[tuple[str, SpanSum]]:
        """Return a span in up to 32 parts of about as many rows: (end, sum) of each."""
        parts = [
            (copy_rows.last_place(page), await self._part(page, after, upto, cut))
            for page in await self.pages(after, upto)
        ]
        if len(parts) == 1:
            rows = await self.all_rows(after, upto, cut)
            counted = [row for row in rows if row.counts]
            parts = [(row.place, SpanSum(row.sum, 1)) for row in counted]
        return _gathered(parts, upto)


def sum_rows(rows: Sequence[HashedRow]) -> SpanSum:
    """Return the sum of the rows that count."""
    counted = [row.sum for row in rows if row.counts]
    return SpanSum(sum(counted) % MODULUS, len(counted))


def _gathered(parts: Sequence[tuple[str, SpanSum]], upto: str) -> list[tuple[str, SpanSum]]:
    """Put parts that lie side by side together until there are 32 at most, up to `upto`."""
    share = -(-sum(each.rows for _, each in parts) // (SPANS - 1))
    made: list[tuple[str, SpanSum]] = []
    growing = SpanSum()
    for end, each in parts:
        growing += each
        if growing.rows >= max(1, share) and len(made) < SPANS - 1 and end < upto:
            made.append((end, growing))
            growing = SpanSum()
    return [*made, (upto, growing)]


def _hashed(row: CopyRow, cut: Cut) -> HashedRow:
    stamp = event_stamp(row.stamp)
    return HashedRow(row.place, row.sum, row.object, row.field, stamp, cut.counts(stamp))


def _positions(db: sqlite3.Connection) -> tuple[int, int]:
    """Return up to where what was said here has a verdict, and up to where we heard the other."""
    (first_open,) = db.execute(
        f"SELECT min(hlc) FROM {reconciliation.OPEN} AND verdict IS NULL"  # noqa: S608 - a constant
    ).fetchone()
    (clock,) = db.execute("SELECT clock FROM counter").fetchone()
    (heard,) = db.execute("SELECT max(stamp) FROM heard").fetchone()
    ahead = int(clock) if first_open is None else int(first_open) - 1
    return ahead, 0 if heard is None else hlc_of(heard)


def _open(db: sqlite3.Connection, after: int) -> list[tuple[int, int]]:
    return db.execute(
        f"SELECT seq, hlc FROM {reconciliation.OPEN} AND hlc IS NOT NULL AND seq > ?"  # noqa: S608 - a constant
        " ORDER BY seq LIMIT ?",
        (after, OPEN_AT_ONCE),
    ).fetchall()

"""Up to where words count when two copies are compared: what is on its way is no difference.

A row counts if its word was said up to a cut: so far in what one zone said, so far in what the
other did.  Own words that the other zone does not have, being on their way, held or refused, do
not count; whoever compares does not find them missing.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from wire.lane import Zone
from wire.order import hlc_of, last_place, make_stamp, zone_of
from zone.link import reconciliation
from zone.store.store import ZoneStore

# Open events are read so many at a time: half a millisecond.
OPEN_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to where words count, in each zone; and the stamps of own words that do not."""

    upto: Mapping[Zone, int]
    last: Mapping[Zone, str]
    open: frozenset[str]

    def counts(self, stamp: str) -> bool:
        """Return whether a word with this stamp counts."""
        return stamp <= self.last[zone_of(stamp)] and stamp not in self.open


async def make_cut(store: ZoneStore, said: int | None = None, seen: int | None = None) -> Cut:
    """Return the cut at which both zones can be compared; up to `said` and `seen`, if given."""
    side = store.side
    ahead, behind = await store.read(_positions)
    opened: set[str] = set()
    after = 0
    while rows := await store.read(partial(_open, after=after)):
        opened.update(make_stamp(hlc, side.zone) for _, hlc in rows)
        after = rows[-1][0]
    upto = {
        side.zone: ahead if said is None else said,
        side.far: behind if seen is None else seen,
    }
    last = {zone: last_place(count, zone) for zone, count in upto.items()}
    return Cut(upto, last, frozenset(opened))


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

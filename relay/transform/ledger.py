"""One transaction's view of a lane: where it stands, and what the transaction adds to it.

A lane is six counters, each of which only grows.  The transform stage keeps five in one row,
the verify stage the sixth in its own store.  Whoever numbers a thing is the only one to do so,
and whoever receives it remembers the last number and its hash; so what is missing shows as a
gap, what is sent twice as a number already passed, and a restored backup as a number that
went down.

    near zone              transform stage                     verify stage        far zone
    seals events ──seq──▶  1 high:  the last event taken in
                           2 item:  the last transfer ──n──▶   taken, settled
                           3 batch: the last run of
                                    transfers, each naming
                                    the hash of the one before
    ◀──────────────tick──  4 tick:  the last receipt
                                                               5 high: the last
                                                                 event sealed ───▶ acked
                           6 epoch: which life of the near chain `high` counts in

One event becomes one transfer, each of its files one more, and what was turned away at the
door becomes one without an event; so `item` runs ahead of `high`.  What was refused is not
sealed, and what the relay itself has to say is, so the verify stage's `high` goes its own way.
The numbers on either side of a stage never have to agree; `span` is where one is looked up
from the other: transfer `first`+i speaks of event `seq`+i.  An operator opens a new epoch
when the near chain cannot be continued, and `high` begins again in it; the others go on.

Transfers for the verify stage and receipts for the near zone are numbered here and nowhere
else.  Everything is written when the transaction ends (`Ledger.close`); what the memory must
follow once it is durable is gathered in a `Change`.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import msgspec

from relay import normal_form
from relay.normal_form import OperatorAct, Transfer, TransferBatch, TransferSource
from runtime import tallies
from wire.chain import Chain
from wire.fields import MAX_EVENTS
from wire.ids import ACT, mint_id
from wire.lane import Lane
from wire.payload import GENESIS
from wire.reasons import Desk, Reason
from wire.receipts import Verdict
from wire.removed import removed_bits

Entropy = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What every transaction of one process shares."""

    site: str
    lane: Lane
    policy_sha256: str
    entropy: Entropy  # 10 random bytes
    tolerance: int  # how far a zone's clock may be ahead of this one, in milliseconds


@dataclass(slots=True)
class LanePosition:
    """The row of the table `lane`."""

    epoch: int
    high: int
    head: str
    tick: int
    item: int
    batch: int
    prev: str
    halt: str | None

    @property
    def chain(self) -> Chain:
        """How far the near zone's chain is taken in."""
        return Chain(self.epoch, self.high, self.head)


class Staged(NamedTuple):
    """A batch as it goes to the verify stage."""

    number: int
    last: int
    sha256: str
    encoded: bytes


# By which rule something was held or refused, until when it is held, in milliseconds, who
# decides upon it, and how many times the rule found something in a file.
DecidedBy = tuple[str, int, Desk | None, int]
NOBODY: DecidedBy = ("", 0, None, 0)


class ToldVerdict(NamedTuple):
    """What the near zone is told of the events `first` to `last`, or of one's n-th file.

    `removed` is in the bits of a receipt.  `rule` held or refused them, for what it `found` so many
    times in a file; what is held expires at `until`, in milliseconds, and `desk` decides upon it.
    """

    tick: int
    first: int
    last: int
    file: int
    verdict: Verdict
    reason: Reason | None
    removed: int
    rule: str = ""
    until: int = 0
    desk: Desk | None = None
    found: int = 0


class TransferSpan(NamedTuple):
    """What the sender will be told of a run of items, once the verify stage settles them.

    Item `first`+i concerns event `seq`+i, or with `seq` 0 no event.  `removed` is in the
    bits of a receipt, `rule` and what follows are as in `ToldVerdict`.
    """

    first: int
    last: int
    seq: int
    file: int
    verdict: Verdict
    reason: Reason | None
    removed: int = 0
    rule: str = ""
    until: int = 0
    desk: Desk | None = None
    found: int = 0


@dataclass(slots=True)
class Change:
    """What a transaction did, for the memory to follow."""

    position: LanePosition
    waiting: int = 0  # items more, or less, that the verify stage has not settled
    batches: list[Staged] = field(default_factory=list)
    receipts: list[ToldVerdict] = field(default_factory=list)
    files: dict[str, int | None] = field(default_factory=dict)  # size if wanted, by hash
    cleanable: bool = False  # there may be a file to clean
    handable: bool = False  # there may be one to hand over
    needless_sources: set[str] = field(default_factory=set)  # bytes nobody needs any more
    needless_cleaned: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)  # files that will not be sent again


class Ledger:
    """A transaction in the making.  `db` is for the modules that know the other tables."""

    def __init__(self, db: sqlite3.Connection, context: LaneContext, now: int) -> None:
        """Begin with where the lane stands."""
        row = db.execute("SELECT epoch, high, head, tick, item, batch, prev, halt FROM lane")
        self.db = db
        self.now = now
        self.context = context
        self.position = LanePosition(*row.fetchone())
        self.change = Change(self.position)

    def mint(self) -> str:
        """Return an id for an event of the relay's own."""
        return mint_id(ACT, now=self.now, entropy=self.context.entropy())

    def source(self, seq: int, sha256: str) -> TransferSource:
        """Return where an item comes from."""
        return TransferSource(self.position.epoch, seq, sha256)

    def stage(self, drafts: Sequence[Transfer], spans: Sequence[TransferSpan]) -> None:
        """Number `drafts` and put them on their way; `spans` count from 0 within them.

        What was removed is read off the drafts, and cuts the spans where it differs.
        """
        base = self.position.item + 1
        items = [
            msgspec.structs.replace(draft, n=base + index) for index, draft in enumerate(drafts)
        ]
        self._encode(items)
        self.db.executemany(
            "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run._replace(first=base + run.first, last=base + run.last)
                for span in spans
                for run in _runs(drafts, span)
            ],
        )
        self.change.waiting += len(items)

    def stage_one(
        self, draft: Transfer, verdict: Verdict, *, file: int = 0, by: DecidedBy = NOBODY
    ) -> int:
        """Put one item on its way and return its number; its sender is told `by` whom."""
        seq, reason = draft.source.seq, draft.reason
        self.stage([draft], [TransferSpan(0, 0, seq, file, verdict, reason, 0, *by)])
        return self.position.item

    def refuse_at_door(self, reason: Reason, sha256: str) -> None:
        """Note that something was turned away of which nothing was read; retries are counted."""
        self._record_refusals(reason, sha256, tallies.count_refusal(self.db, reason, self.now))

    def sum_up_refusals(self) -> None:
        """Put on record how often what is turned away came in a period that is over."""
        for reason, times in tallies.take_due(self.db, self.now):
            self._record_refusals(reason, GENESIS, times)

    def _record_refusals(self, reason: Reason, sha256: str, times: int) -> None:
        if times:
            source = self.source(0, sha256)
            draft = Transfer(0, self.now, source, "refused", None, reason, times=times)
            self.stage_one(draft, Verdict.REFUSED)

    def put_on_record(self, act: OperatorAct) -> None:
        """Put on record what an operator does that is no decision on an item."""
        draft = Transfer(0, self.now, self.source(0, GENESIS), "noted", None, note=act)
        self.stage_one(draft, Verdict.DELIVERED)

    def _encode(self, items: list[Transfer]) -> None:
        position, context = self.position, self.context
        batch = TransferBatch(
            1, context.site, context.lane, position.prev, context.policy_sha256, items
        )
        encoded = normal_form.encode(batch)
        # NFC makes a text at most three times as long, so this is rare.
        if len(encoded) > normal_form.MAX_BATCH_BYTES or len(items) > 2 * MAX_EVENTS:
            self._encode(items[: len(items) // 2])
            self._encode(items[len(items) // 2 :])
            return
        position.item = items[-1].n
        position.batch += 1
        position.prev = normal_form.digest(encoded)
        self.change.batches.append(Staged(position.batch, position.item, position.prev, encoded))

    def tell(
        self,
        verdict: Verdict,
        reason: Reason | None,
        *,
        first: int,
        last: int,
        file: int = 0,
        removed: int = 0,
        by: DecidedBy = NOBODY,
    ) -> int:
        """Tell the near zone what became of a run of events, and return the tick of that.

        `by` says by which rule, until when, who decides, and how much was found.
        """
        told = self.change.receipts
        if told and not file and told[-1][2:] == (first - 1, 0, verdict, reason, removed, *by):
            told[-1] = told[-1]._replace(last=last)
            return told[-1].tick
        self.position.tick += 1
        span = (first, last, file, verdict, reason, removed)
        told.append(ToldVerdict(self.position.tick, *span, *by))
        return self.position.tick

    def close(self) -> Change:
        """Write what was numbered, and return what the memory is to follow."""
        self.db.executemany("INSERT INTO batch VALUES (?, ?, ?, ?)", self.change.batches)
        self.db.executemany(
            "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self.change.receipts
        )
        lane = self.position
        self.db.execute(
            "UPDATE lane SET epoch = ?, high = ?, head = ?, tick = ?, item = ?, batch = ?,"
            " prev = ?, halt = ?",
            (
                lane.epoch,
                lane.high,
                lane.head,
                lane.tick,
                lane.item,
                lane.batch,
                lane.prev,
                lane.halt,
            ),
        )
        return self.change


def _runs(drafts: Sequence[Transfer], span: TransferSpan) -> Iterator[TransferSpan]:
    """Cut `span` into runs of items out of which the same was removed."""
    first = span.first
    removals = (removed_bits(draft.changes) for draft in drafts[span.first : span.last + 1])
    for removed, run in groupby(removals):
        last = first + sum(1 for _ in run) - 1
        seq = span.seq and span.seq + first - span.first
        yield span._replace(first=first, last=last, seq=seq, removed=removed)
        first = last + 1

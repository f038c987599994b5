"""What the verify stage says of items, and what the near zone is told of it.

Every function here runs inside a transaction, and doing it twice does no harm: what
is settled is no longer there to be settled.
"""

from collections.abc import Sequence

from relay.states import State, TransferStep, next_state
from relay.transform.lane_files import forget_cleaned
from relay.transform.ledger import NOBODY, DecidedBy, Ledger, TransferSpan
from relay.transform.rates import DAY_MS, OUTAGE_MS
from wire.reasons import Reason, Refused
from wire.receipts import Verdict
from wire.records import Progress


def settle(ledger: Ledger, reports: Sequence[Progress]) -> None:
    """Take in what the verify stage says, in order."""
    for report in reports:
        if report.lane is not ledger.context.lane or report.last > ledger.position.item:
            raise Refused(Reason.OUT_OF_BOUNDS, "word of items that there are not")
        match report.verdict:
            case Verdict.NONE:
                # The last one stays: its hash is what a rollback there shows against.
                ledger.db.execute("DELETE FROM batch WHERE last < ?", (report.last,))
            case Verdict.ARRIVED:
                _hand_over(ledger, report)
            case _:
                _settle(ledger, report)


def _hand_over(ledger: Ledger, report: Progress) -> None:
    """The verify stage has the bytes of a file that was rebuilt."""
    rows = ledger.db.execute(
        "UPDATE file SET handed = 1 WHERE item BETWEEN ? AND ? RETURNING clean",
        (report.first, report.last),
    ).fetchall()
    for (clean,) in rows:
        if clean is not None:
            forget_cleaned(ledger, clean)


def _settle(ledger: Ledger, report: Progress) -> None:
    """Tell the sender what became of a run of items that is unsettled as yet."""
    for span in _spans(ledger, report):
        first, last = max(span.first, report.first), min(span.last, report.last)
        _cut_out(ledger, span, first, last)
        ledger.change.waiting -= last - first + 1
        if span.seq == 0:
            continue
        verdict, reason, removed = span.verdict, span.reason, span.removed
        by: DecidedBy = (span.rule, span.until, span.desk, span.found)
        if report.verdict is Verdict.REFUSED and verdict is not Verdict.REFUSED:
            verdict, reason, removed, by = report.verdict, report.reason, 0, NOBODY
        if verdict is Verdict.HELD:
            reason = reason or Reason.HELD_BY_RULE
        seq = span.seq + first - span.first
        tick = ledger.tell(
            verdict,
            reason,
            first=seq,
            last=seq + last - first,
            file=span.file,
            removed=removed,
            by=by,
        )
        if span.file:
            _settle_file(ledger, first, tick)


def _spans(ledger: Ledger, report: Progress) -> list[TransferSpan]:
    """Return the unsettled spans in which the items of `report` lie."""
    rows = ledger.db.execute(
        """
        SELECT first, last, seq, file, verdict, reason, removed, rule, until, desk, found FROM span
         WHERE first >= coalesce((SELECT max(first) FROM span WHERE first <= ?1), 0)
           AND first <= ?2 AND last >= ?1
         ORDER BY first
        """,
        (report.first, report.last),
    ).fetchall()
    return [
        TransferSpan(
            first,
            last,
            seq,
            file,
            Verdict(verdict),
            Reason(reason) if reason else None,
            removed,
            *by,
        )
        for first, last, seq, file, verdict, reason, removed, *by in rows
    ]


def _cut_out(ledger: Ledger, span: TransferSpan, first: int, last: int) -> None:
    """Leave of `span` what is not in `first` to `last`."""
    ledger.db.execute("DELETE FROM span WHERE first = ?", (span.first,))
    rest = []
    if span.first < first:
        rest.append(span._replace(last=first - 1))
    if last < span.last:
        seq = span.seq and span.seq + last + 1 - span.first
        rest.append(span._replace(first=last + 1, seq=seq))
    ledger.db.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rest)


def _settle_file(ledger: Ledger, item: int, tick: int) -> None:
    """The last word on a file is spoken, unless `item` was only the notice of its being held."""
    row = ledger.db.execute(
        "UPDATE file SET state = ?, tick = ? WHERE item = ? AND state = ? RETURNING clean",
        (next_state(State.FORWARDED, TransferStep.SETTLED), tick, item, State.FORWARDED),
    ).fetchone()
    if row is not None and row[0] is not None:
        forget_cleaned(ledger, row[0])


def prune(ledger: Ledger, tick: int) -> None:
    """Forget what the near zone knows: receipts up to `tick`, and files these settled.

    And senders who have been silent for so long that they are as good as new.
    """
    ledger.db.execute("DELETE FROM bucket WHERE at < ?", (ledger.now - OUTAGE_MS - DAY_MS,))
    ledger.db.execute("DELETE FROM receipt WHERE tick <= ?", (tick,))
    gone = ledger.db.execute(
        "DELETE FROM file WHERE state = ? AND tick <= ? RETURNING sha256", (State.SETTLED, tick)
    ).fetchall()
    for (sha256,) in gone:
        query = "SELECT 1 FROM file WHERE sha256 = ?"
        if ledger.db.execute(query, (sha256,)).fetchone() is None:
            ledger.change.unknown.add(sha256)

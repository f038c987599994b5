"""What the relay's receipts do to the store: how far we have come, and each verdict.

Every function here runs inside a transaction, and doing it twice does no harm.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from wire.receipts import LaneStatus, Verdict
from zone.clearances import clearance_rows
from zone.copy import hold_words
from zone.copy.change_views import Delivery
from zone.copy.views import DeliveryUpdate, DeliveryView
from zone.store.notifications import tell_file
from zone.store.writing import Writing

# Verdicts told at once: with all that the relay can have removed they take 150 KB.
VERDICTS = 256

_STATE: dict[Verdict, Delivery] = {
    Verdict.DELIVERED: "delivered",
    Verdict.ALTERED: "altered",
    Verdict.HELD: "held",
    Verdict.REFUSED: "refused",
}
# To its sender a file that crossed as it was is clean.
_FILE_STATE: dict[Verdict, str] = {**_STATE, Verdict.DELIVERED: "clean"}


def apply_all(writing: Writing, statuses: Sequence[LaneStatus]) -> None:
    """Take in receipts in the order they came."""
    for status in statuses:
        _apply(writing, status)


def _apply(writing: Writing, status: LaneStatus) -> None:
    lane = writing.side.leaving
    writing.db.execute("UPDATE chain SET acked = max(acked, ?) WHERE lane = ?", (status.high, lane))
    # The last one acknowledged stays: its hash is what a rollback shows against.
    writing.db.execute("DELETE FROM outbox WHERE last < ?", (status.high,))
    if status.verdict is Verdict.NONE:
        return
    changed = writing.db.execute(
        "UPDATE chain SET tick = ? WHERE lane = ? AND tick < ?", (status.tick, lane, status.tick)
    )
    if changed.rowcount == 0:
        return  # played again
    if status.file:
        _settle_file(writing, status)
    else:
        _settle_events(writing, status)


def _settle_events(writing: Writing, status: LaneStatus) -> None:
    state, removed, rule = _STATE[status.verdict], list(status.removed), status.rule or None
    hold = hold_words.hold_of(state, rule, status.until, status.desk)
    rows = writing.db.execute(
        """
        UPDATE delivery
           SET verdict = ?, reason = ?, removed = ?, rule = ?, until = ?, desk = ?
         WHERE seq BETWEEN ? AND ? AND (verdict IS NULL OR verdict = 'held')
        RETURNING event, author, about
        """,
        (
            state,
            status.reason,
            _json(removed),
            rule,
            status.until or None,
            status.desk,
            status.first,
            status.last,
        ),
    ).fetchall()
    told = defaultdict(list)
    for event, author, about in rows:
        told[author].append(DeliveryView(event, state, status.reason, removed, about, rule, hold))
    for author, items in told.items():
        for start in range(0, len(items), VERDICTS):
            update = DeliveryUpdate(items[start : start + VERDICTS])
            writing.tell("delivery.updated", update, audience=author)


def _settle_file(writing: Writing, status: LaneStatus) -> None:
    state = "arrived" if status.verdict is Verdict.ARRIVED else _FILE_STATE[status.verdict]
    _follow_clearance(writing, status)
    removed = [(word, 0) for word in status.removed]  # a receipt does not say how many
    row = writing.db.execute(
        """
        UPDATE file
           SET state = ?, reason = ?, removed = ?, rule = ?, until = ?, desk = ?, found = ?
         WHERE event = (SELECT event FROM delivery WHERE seq = ?) AND place = ?
           AND state IN ('crossing', 'arrived', 'held')
        RETURNING fid, message
        """,
        (
            state,
            status.reason,
            _json(removed),
            status.rule or None,
            status.until or None,
            status.desk,
            status.found,
            status.first,
            status.file,
        ),
    ).fetchone()
    if row is not None:
        tell_file(writing, row[1], row[0])


def _follow_clearance(writing: Writing, status: LaneStatus) -> None:
    """Take in what became of what waits for a superior; a file that was withdrawn here, too."""
    row = writing.db.execute(
        "SELECT fid FROM file"
        " WHERE event = (SELECT event FROM delivery WHERE seq = ?) AND place = ?",
        (status.first, status.file),
    ).fetchone()
    if row is not None:
        clearance_rows.follow_file(writing.db, row[0], status, writing.now)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()

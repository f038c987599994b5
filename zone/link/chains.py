"""Where this zone's two chains stand, and whether store and relay still agree.

A store that was restored from a backup has forgotten what it sealed or took in.
That shows when the other side remembers more; then nothing is sent or taken in
until an operator opens a new epoch.
"""

import sqlite3

from wire.chain import Chain
from wire.lane import Lane
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import LaneStatus


def chain_position(db: sqlite3.Connection, lane: Lane) -> tuple[Chain, int]:
    """Return where a lane's chain stands here and the last receipt's tick.

    Raises `Refused` if the lane was halted.
    """
    epoch, high, head, tick, halted = db.execute(
        "SELECT epoch, high, head, tick, halted FROM chain WHERE lane = ?", (lane,)
    ).fetchone()
    if halted is not None:
        raise Refused(Reason(halted), "the lane is halted until an operator opens a new epoch")
    return Chain(epoch, high, head), tick


def halt_lane(db: sqlite3.Connection, lane: Lane, reason: Reason) -> None:
    """Stop a lane of this zone, durably."""
    db.execute(
        "UPDATE chain SET halted = ? WHERE lane = ? AND halted IS NULL", (reason.value, lane)
    )


def demand_no_rollback(db: sqlite3.Connection, lane: Lane, status: LaneStatus) -> None:
    """Refuse if what the relay says it took in is not what this store sealed."""
    epoch, high, head, acked = db.execute(
        "SELECT epoch, high, head, acked FROM chain WHERE lane = ?", (lane,)
    ).fetchone()
    if status.epoch != epoch:
        raise Refused(Reason.WRONG_EPOCH, f"the relay is in epoch {status.epoch}, we in {epoch}")
    if status.high > high:
        what = f"the relay has taken in {status.high} events, this store has made {high}"
        raise Refused(Reason.ROLLBACK, f"{what}: it was restored from an older backup")
    if status.high < acked:
        what = f"the relay had taken in {acked} events and now knows of {status.high}"
        raise Refused(Reason.ROLLBACK, f"{what}: its store was restored from an older backup")
    if status.high and status.chain != _hash_at(db, status.high, high, head):
        raise Refused(Reason.ROLLBACK, f"event {status.high} at the relay is not the one made here")


def _hash_at(db: sqlite3.Connection, place: int, high: int, head: str) -> str | None:
    if place == high:
        return head
    row = db.execute("SELECT sha256 FROM outbox WHERE last = ?", (place,)).fetchone()
    return None if row is None else str(row[0])


def demand_way_out(db: sqlite3.Connection, lane: Lane, outbox_events: int) -> None:
    """Raise `Unavailable` while a lane is halted, or so many events wait to be taken in."""
    high, acked, halted = db.execute(
        "SELECT high, acked, halted FROM chain WHERE lane = ?", (lane,)
    ).fetchone()
    if halted is not None:
        raise Unavailable(f"nothing leaves this zone: {halted}")
    if high - acked >= outbox_events:
        raise Unavailable("too much waits for the relay already")

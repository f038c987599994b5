"""The store of a verify stage, as the far zone sees it: what is sealed, sent and taken in."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from relay.states import TransferStep, next_state
from relay.verify import store
from relay.verify.decisions import DecisionRun
from relay.verify.store import VerifyPosition, demand_running, lane_position, read_runs
from wire.reasons import Reason, Refused
from wire.records import Acknowledgement, Hello


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the far zone has taken in for good, and files that nobody needs any more."""

    runs: tuple[DecisionRun, ...] = ()
    unneeded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope for the far zone, and the number of its last event."""

    last: int
    envelope: bytes


def greet(db: sqlite3.Connection, hello: Hello, tree_size: int) -> Confirmed:
    """Compare where the far zone stands with what it has acknowledged.

    Raises `Refused`: ROLLBACK if it or we have forgotten something, FORK if it holds
    something that we never sealed.
    """
    found = lane_position(db)
    _demand_served(found)
    if hello.epoch != found.chain.epoch:
        raise Refused(Reason.WRONG_EPOCH, f"epoch {hello.epoch}, ours is {found.chain.epoch}")
    if hello.high < found.acked:
        raise Refused(
            Reason.ROLLBACK, f"the far zone is at {hello.high} and acknowledged {found.acked}"
        )
    if hello.tree_size > tree_size:
        raise Refused(
            Reason.ROLLBACK,
            f"the far zone has witnessed {hello.tree_size} audit records, we have {tree_size}",
        )
    return _confirm_events(db, found, hello.high, hello.chain)


def acknowledge(db: sqlite3.Connection, words: Sequence[Acknowledgement]) -> Confirmed:
    """Take in what the far zone says, in this order, it has durably.  Raises as `greet`."""
    found = lane_position(db)
    _demand_served(found)
    confirmed = [_confirm_file(db, word.sha256, found) for word in words if word.high == 0]
    last = max((word for word in words if word.high), key=lambda word: word.high, default=None)
    if last is not None and last.high >= found.acked:  # it may say again where it stood
        if last.epoch != found.chain.epoch:
            raise Refused(Reason.WRONG_EPOCH, f"epoch {last.epoch}, ours is {found.chain.epoch}")
        confirmed.append(_confirm_events(db, found, last.high, last.sha256))
    return Confirmed(
        tuple(run for each in confirmed for run in each.runs),
        tuple(sha256 for each in confirmed for sha256 in each.unneeded),
    )


def stop(db: sqlite3.Connection, reason: Reason) -> None:
    """Hand out nothing more until an operator resumes.  The audit log does not say so."""
    db.execute("UPDATE lane SET far_stopped = ? WHERE far_stopped IS NULL", (reason,))


def _demand_served(found: VerifyPosition) -> None:
    """Refuse whatever it is while nothing is handed out."""
    demand_running(found)
    if found.far_stopped is not None:
        raise Refused(found.far_stopped, "nothing is handed out until an operator has looked")


def _confirm_events(
    db: sqlite3.Connection, found: VerifyPosition, high: int, sha256: str
) -> Confirmed:
    if high > found.chain.high:
        raise Refused(Reason.ROLLBACK, f"the far zone is at {high}, we are at {found.chain.high}")
    known = found.acked_head
    if high > found.acked:
        row = db.execute("SELECT sha256 FROM envelope WHERE last = ?", (high,)).fetchone()
        known = row[0] if row else ""
    if known != sha256:
        raise Refused(Reason.FORK, f"the far zone holds another payload than ours at {high}")
    if high == found.acked:
        return Confirmed()
    db.execute("DELETE FROM envelope WHERE last <= ?", (high,))
    db.execute("UPDATE lane SET acked = ?, acked_head = ?", (high, sha256))
    return Confirmed(_confirm_runs(db, high))


def _confirm_file(db: sqlite3.Connection, sha256: str, found: VerifyPosition) -> Confirmed:
    cursor = db.execute("DELETE FROM file WHERE sha256 = ? AND seq IS NOT NULL", (sha256,))
    if cursor.rowcount == 0:
        return Confirmed()
    is_needed = db.execute("SELECT 1 FROM file WHERE sha256 = ?", (sha256,)).fetchone()
    return Confirmed(_confirm_runs(db, found.acked), () if is_needed else (sha256,))


def _confirm_runs(db: sqlite3.Connection, acked: int) -> tuple[DecisionRun, ...]:
    """Return the runs that are over: their events are confirmed, and the bytes of a file."""
    over = [
        replace(run, state=next_state(run.state, TransferStep.CONFIRMED))
        for run in read_runs(
            db,
            "state = 'sealed' AND seq <= ?1 AND seq + last - first <= ?1"
            " AND NOT EXISTS (SELECT 1 FROM file WHERE file.n = run.first)",
            (acked,),
        )
    ]
    for run in over:
        _keep_outcome(db, run)
    store.forget(db)
    return tuple(over)


def _keep_outcome(db: sqlite3.Connection, run: DecisionRun) -> None:
    """Keep what became of `run`, as part of the run before it if that ended in the same way.

    So the table does not grow with a transform stage that for days does not say where it stands.
    """
    merged = db.execute(
        "UPDATE run SET last = ? WHERE last = ? AND state = ? AND verdict = ? AND reason IS ?"
        " AND first = (SELECT max(first) FROM run WHERE first < ?)",
        (run.last, run.first - 1, run.state, run.verdict, run.reason, run.first),
    )
    if merged.rowcount:
        db.execute("DELETE FROM run WHERE first = ?", (run.first,))
    else:
        db.execute("UPDATE run SET state = ? WHERE first = ?", (run.state, run.first))


def sealed_after(db: sqlite3.Connection, high: int, number: int) -> list[Sealed]:
    """Return up to `number` envelopes from event `high` + 1 on."""
    rows = db.execute(
        "SELECT last, sealed FROM envelope WHERE first > ? ORDER BY first LIMIT ?", (high, number)
    )
    return [Sealed(last, sealed) for last, sealed in rows]


def files_up_to(db: sqlite3.Connection, high: int) -> list[str]:
    """Return the files that events up to `high` have announced and the far zone has not."""
    rows = db.execute(
        "SELECT sha256, min(seq) FROM file WHERE seq <= ? GROUP BY sha256 ORDER BY min(seq)",
        (high,),
    )
    return [sha256 for sha256, _ in rows]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: events and bytes for the far zone, and since which audit record."""

    events: int
    bytes: int
    expected: int
    since: int | None


def backlog(db: sqlite3.Connection) -> Backlog:
    """Return what waits to be taken in by the far zone."""
    events, since = db.execute(
        "SELECT high - acked, (SELECT at FROM envelope ORDER BY first LIMIT 1) FROM lane"
    ).fetchone()
    waiting, size = db.execute(
        "SELECT count(*) FILTER (WHERE seq IS NULL),"
        " coalesce(sum(size) FILTER (WHERE seq IS NOT NULL), 0) FROM file"
    ).fetchone()
    return Backlog(events, size, waiting, since)

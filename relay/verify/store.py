"""The store of a verify stage: what each thing that happens does to it.

Every function takes a connection and runs inside a transaction of `runtime.database`.
What is decided there is sealed and put on record in the same transaction, by
`relay.verify.sealing`.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from relay.normal_form import Transfer, TransferBatch
from relay.states import State
from relay.verify import decisions
from relay.verify.audit_record import Noted, Occurrence
from relay.verify.decisions import Decided, DecisionRun, announced_by, decide_item
from runtime import audit_log, tallies
from wire.chain import Chain
from wire.lane import Lane
from wire.reasons import Reason, Refused
from wire.receipts import Verdict
from wire.records import Hello, Progress

KIND = "verify"

# Items whose batches are known again if they come twice; only what was on the link can.
KEPT_ITEMS = 100_000

# Why each item, by number, may not be released, or None.
Objections = Mapping[int, Reason | None]

_encode_item = msgspec.json.Encoder().encode
_decode_item = msgspec.json.Decoder(Transfer).decode


def schema() -> str:
    """Return the SQL that makes an empty store."""
    return (
        files("relay.verify").joinpath("schema.sql").read_text("utf-8")
        + audit_log.AUDIT_SCHEMA
        + tallies.TALLY_SCHEMA
    )


@dataclass(frozen=True, slots=True)
class VerifyPosition:
    """Where the lane stands."""

    taken: int
    taken_head: str
    settled: int
    chain: Chain
    acked: int
    acked_head: str
    halted: Reason | None
    far_stopped: Reason | None  # why nothing is handed out any more


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """A batch that has come in, its hash, and what there is to object to each item."""

    batch: TransferBatch
    sha256: str
    objections: Sequence[Reason | None]


@dataclass(frozen=True, slots=True)
class TakenBatch:
    """A batch that is in the store now: what was decided, and which files it announces."""

    first: int
    last: int
    sha256: str
    decided: tuple[Decided, ...] = ()
    announced: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """The batches of one link that are in the store now, and why the next one is not."""

    taken: tuple[TakenBatch, ...]
    refusal: Refused | None


@dataclass(frozen=True, slots=True)
class Completed:
    """Files that were decided: their bytes had come and were checked, or cannot be right."""

    sha256: str
    decided: tuple[Decided, ...]
    is_needed: bool  # whether the far zone, or another item, has use for the bytes


def lane_position(db: sqlite3.Connection) -> VerifyPosition:
    """Return where the lane stands."""
    (taken, taken_head, settled, epoch, high, head, acked, acked_head, *ends) = db.execute(
        "SELECT taken, taken_head, settled, epoch, high, head, acked, acked_head,"
        " halted, far_stopped FROM lane"
    ).fetchone()
    halted, far_stopped = (Reason(end) if end else None for end in ends)
    chain = Chain(epoch, high, head)
    return VerifyPosition(taken, taken_head, settled, chain, acked, acked_head, halted, far_stopped)


def demand_running(found: VerifyPosition) -> None:
    """Refuse whatever it is while the lane is halted."""
    if found.halted is not None:
        raise Refused(found.halted, "the lane is halted and waits for an operator")


def take(db: sqlite3.Connection, batches: Sequence[CheckedBatch]) -> Intake:
    """Take in batches up to the first that is refused, and say why it is.

    GAP is a batch too far ahead, FORK a second one in a place that is taken.
    """
    taken: list[TakenBatch] = []
    for checked in batches:
        try:
            taken.append(_take(db, checked))
        except Refused as refusal:
            return Intake(tuple(taken), refusal)
    return Intake(tuple(taken), None)


def _take(db: sqlite3.Connection, checked: CheckedBatch) -> TakenBatch:
    found, batch, sha256 = lane_position(db), checked.batch, checked.sha256
    demand_running(found)
    first, last = batch.items[0].n, batch.items[-1].n
    if first > found.taken + 1:
        raise Refused(Reason.GAP, f"item {first} after {found.taken}")
    if first <= found.taken:
        known = db.execute("SELECT sha256 FROM batch WHERE first = ?", (first,)).fetchone()
        if known != (sha256,):
            raise Refused(Reason.FORK, f"item {first} was taken in with another content")
        return TakenBatch(first, last, sha256)
    if batch.prev != found.taken_head:
        raise Refused(Reason.FORK, f"item {first} follows another batch than ours")
    objections = checked.objections
    if not has_read(db, batch.policy_sha256):
        objections = [Reason.NO_AUTHORITY] * len(batch.items)
    decided = decisions.decide(batch, objections)
    db.execute("INSERT INTO batch VALUES (?, ?, ?)", (first, last, sha256))
    db.execute("DELETE FROM batch WHERE first < ?", (first - KEPT_ITEMS,))
    db.execute("UPDATE lane SET taken = ?, taken_head = ?", (last, sha256))
    announced = tuple(_await_files(db, [each for each in decided if each.waits]))
    if announced:
        decided = [each for each in decided if not each.waits]
    return TakenBatch(first, last, sha256, tuple(decided), announced)


def _await_files(db: sqlite3.Connection, decided: list[Decided]) -> Iterator[tuple[str, int]]:
    for each in decided:
        announced = announced_by(each.event) if each.event is not None else None
        if announced is None:
            continue
        db.execute(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?, NULL)",
            (each.item.n, *announced, each.policy_sha256, _encode_item(each.item)),
        )
        yield announced


def complete(db: sqlite3.Connection, sha256: str, objections: Objections) -> Completed:
    """Decide the files that waited for these bytes."""
    demand_running(lane_position(db))
    decided = []
    for item, policy in expected(db, sha256):
        if item.n not in objections:
            continue  # announced while the bytes were looked at: its turn comes
        objection = objections[item.n]
        if objection is None:
            decided.append(decide_item(item, policy))
        else:
            decided.append(decisions.barred(item, policy, objection))
            db.execute("DELETE FROM file WHERE n = ?", (item.n,))
    is_needed = db.execute("SELECT 1 FROM file WHERE sha256 = ?", (sha256,)).fetchone() is not None
    return Completed(sha256, tuple(decided), is_needed)


def expected(db: sqlite3.Connection, sha256: str) -> list[tuple[Transfer, str]]:
    """Return the items that wait for these bytes, and under which policy."""
    rows = db.execute(
        "SELECT item, policy FROM file WHERE sha256 = ? AND seq IS NULL ORDER BY n", (sha256,)
    )
    return [(_decode_item(item), policy) for item, policy in rows.fetchall()]


def awaited(db: sqlite3.Connection) -> dict[str, int]:
    """Return hash and size of all bytes that are waited for."""
    return dict(db.execute("SELECT sha256, min(size) FROM file WHERE seq IS NULL GROUP BY sha256"))


def needed(db: sqlite3.Connection) -> set[str]:
    """Return the hashes of all files whose bytes are still needed."""
    return {sha256 for (sha256,) in db.execute("SELECT DISTINCT sha256 FROM file")}


def settle(db: sqlite3.Connection, hello: Hello) -> None:
    """Forget what the transform stage knows, or raise `Refused` if one of us is too old."""
    found = lane_position(db)
    demand_running(found)
    if not found.settled <= hello.high <= found.taken:
        raise Refused(
            Reason.ROLLBACK,
            f"the transform stage has settled {hello.high}, after {found.settled}"
            f" and of {found.taken} taken in",
        )
    if hello.tree_size > audit_log.head(db).size:
        raise Refused(Reason.ROLLBACK, "the near zone has witnessed more audit records than ours")
    db.execute("UPDATE lane SET settled = ?", (hello.high,))
    db.execute("DELETE FROM batch WHERE last <= ?", (hello.high,))
    forget(db)


def forget(db: sqlite3.Connection) -> None:
    """Delete the runs that are over for both sides."""
    db.execute(
        "DELETE FROM run WHERE last <= (SELECT settled FROM lane) AND state IN (?, ?)",
        (State.DELIVERED, State.BARRED),
    )


def progress(db: sqlite3.Connection, lane: Lane, *, is_blind: bool) -> list[Progress]:
    """Return what the transform stage has to know of all that is not settled."""
    found = lane_position(db)
    standing = Progress(lane, Verdict.NONE, None, 0, found.taken, found.taken_head)
    arrived = db.execute("SELECT n FROM file WHERE seq IS NOT NULL ORDER BY n")
    unsettled = read_runs(db, "last > ?", (found.settled,))
    return [
        standing,
        *(Progress(lane, Verdict.ARRIVED, None, n, n) for (n,) in arrived),
        *(verdict_of(lane, run) for run in unsettled if is_told(run, is_blind=is_blind)),
    ]


def is_told(run: DecisionRun, *, is_blind: bool) -> bool:
    """Return whether the transform stage can be told: of a refusal at once, else at the end.

    Where it `is_blind` to the far zone, the end is the release.
    """
    return is_blind or run.state is not State.SEALED or run.verdict is Verdict.REFUSED


def verdict_of(lane: Lane, run: DecisionRun) -> Progress:
    """Return how the transform stage is told of a run."""
    return Progress(lane, run.verdict, decisions.told(run.reason), run.first, run.last)


def read_runs(db: sqlite3.Connection, where: str, values: Sequence[object]) -> list[DecisionRun]:
    """Return the runs for which the condition `where`, which is always ours, holds."""
    rows = db.execute(
        f"SELECT first, last, state, verdict, reason, seq FROM run WHERE {where} ORDER BY first",  # noqa: S608 - no value is put into it
        values,
    )
    return [
        DecisionRun(
            first, last, State(state), Verdict(verdict), Reason(reason) if reason else None, seq
        )
        for first, last, state, verdict, reason, seq in rows
    ]


def halt(db: sqlite3.Connection, reason: Reason) -> Noted | None:
    """Stop the lane until an operator resumes it."""
    if lane_position(db).halted is not None:
        return None
    db.execute("UPDATE lane SET halted = ?", (reason,))
    return Noted(Occurrence.LANE_HALTED, reason)


def resume(db: sqlite3.Connection, operator: str) -> Noted | None:
    """Let a halted lane go on, and what was stopped for the far zone's errors."""
    found = lane_position(db)
    halted = found.halted or found.far_stopped
    if halted is None:
        return None
    db.execute("UPDATE lane SET halted = NULL, far_stopped = NULL")
    return Noted(Occurrence.LANE_RESUMED, halted, operator)


def add_policy(db: sqlite3.Connection, sha256: str, *, now: int) -> None:
    """Remember a policy that this stage has itself read."""
    db.execute("INSERT INTO policy VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, now))


def has_read(db: sqlite3.Connection, policy_sha256: str) -> bool:
    """Return whether this stage has itself read that policy."""
    return (
        db.execute("SELECT 1 FROM policy WHERE sha256 = ?", (policy_sha256,)).fetchone() is not None
    )

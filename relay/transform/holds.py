"""Holds: what waits for a person, and what becomes of it when one has decided.

An event that is held is not lost and holds nothing up: a placeholder goes ahead of
it at once.  Transactions only.
"""

import sqlite3
from typing import Literal, NamedTuple

import msgspec

from relay.normal_form import OperatorAct, Transfer
from relay.states import TransferStep
from relay.transform import file_rows, lane_files
from relay.transform.file_rows import FileRow
from relay.transform.judge import Judged, without_hashes
from relay.transform.ledger import Ledger
from relay.transform.policy import Action as Judgement
from relay.transform.policy import HeldTally, RuleFinding
from relay.transform.policy import Holds as Limits
from wire.bodies import RelayNotice
from wire.events import Author, Event
from wire.ids import FILE
from wire.reasons import Reason, Refused
from wire.receipts import Verdict

# One transaction should not take long; the next sweep takes the rest.
MAX_EXPIRED = 100

_FIRST, _SECOND = 1, 2  # revisions of a notice: held, and then what was decided


class Hold(NamedTuple):
    """A row of the table `hold`."""

    seq: int
    event: str
    sender: str
    source: str
    rule: str
    changes: bytes
    at: int
    until: int
    size: int
    body: bytes


class Listed(NamedTuple):
    """What the list of holds says of each: never what it holds."""

    id: str
    what: str
    rule: str
    room: str | None
    author: str
    at: int
    until: int
    size: int


def demand_room(
    ledger: Ledger, judged: Judged, finding: RuleFinding, limits: Limits
) -> RuleFinding:
    """Return `finding`, or one that refuses because too much is held already."""
    kept = "SELECT count(*), coalesce(sum(size), 0) FROM hold"
    of_all = HeldTally(*ledger.db.execute(kept).fetchone())
    sender = (judged.event.author.uid,)
    of_sender = HeldTally(*ledger.db.execute(f"{kept} WHERE sender = ?", sender).fetchone())
    shortage = limits.shortage(of_all, of_sender, judged.size)
    if shortage is None:
        return finding
    return RuleFinding(Judgement.REFUSE, Reason.RATE_EXCEEDED, shortage)


def hold(
    ledger: Ledger, judged: Judged, seq: int, source: str, rule: str, limits: Limits
) -> Transfer:
    """Keep an event back, and return the placeholder that goes in its place."""
    event, until = judged.event, limits.end(ledger.now)
    changes = msgspec.json.encode(judged.changes)
    body = msgspec.json.encode(event)
    ledger.db.execute(
        "INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        Hold(
            seq,
            event.id,
            event.author.uid,
            source,
            rule,
            changes,
            ledger.now,
            until,
            judged.size,
            body,
        ),
    )
    notice = _notice(ledger, event, "held", rule)
    told = msgspec.structs.replace(
        notice, body=msgspec.structs.replace(notice.body, until=until, desk=limits.desk)
    )
    return Transfer(
        0,
        ledger.now,
        ledger.source(seq, source),
        "held",
        told,
        Reason.HELD_BY_RULE,
        rule,
    )


def _notice(
    ledger: Ledger, event: Event, state: Literal["held", "denied", "expired"], rule: str
) -> Event:
    """Return what the far zone is told of an event that it does not get."""
    revision = _FIRST if state == "held" else _SECOND
    body = RelayNotice(event.id, state, revision, event.kind, rule)
    return Event(ledger.mint(), event.hlc, ledger.now, event.room, event.author, body)


def release(ledger: Ledger, subject: str, approver: str) -> None:
    """Let through what was held: an event goes on, a file is rebuilt.

    Raises `Refused` (NOT_FOUND) if nothing of that id is held.
    """
    if subject.startswith(FILE):
        file = _held_file(ledger.db, subject)
        lane_files.approve(ledger, file, approver)
        return
    row = _held_event(ledger.db, subject)
    changes = msgspec.json.decode(row.changes, type=list[str])
    event = msgspec.json.decode(row.body, type=Event)
    draft = Transfer(
        0,
        ledger.now,
        ledger.source(row.seq, row.source),
        "released",
        without_hashes(event),
        None,
        row.rule,
        approver,
        changes,
    )
    ledger.stage_one(draft, Verdict.ALTERED if changes else Verdict.DELIVERED)
    _forget(ledger, row)
    ledger.change.cleanable = True


def deny(ledger: Ledger, subject: str, approver: str) -> None:
    """Keep back for good what was held.  Raises `Refused` (NOT_FOUND)."""
    if subject.startswith(FILE):
        _refuse_file(ledger, _held_file(ledger.db, subject), Reason.DENIED, approver)
    else:
        row = _held_event(ledger.db, subject)
        _refuse_event(ledger, row, "denied", Reason.DENIED, approver)


def withdraw(ledger: Ledger, message: str) -> None:
    """Drop what is held of a message that its author took back."""
    for row in _rows(ledger.db, "WHERE event = ?", message):
        _refuse_event(ledger, row, "denied", Reason.WITHDRAWN, None)


def expire(ledger: Ledger) -> None:
    """Keep back for good what nobody has decided upon by the time that was told of it."""
    due = "WHERE until <= ? ORDER BY until LIMIT ?"
    for row in _rows(ledger.db, due, ledger.now, MAX_EXPIRED):
        _refuse_event(ledger, row, "expired", Reason.EXPIRED, None)
    for file in file_rows.due(ledger.db, ledger.now)[:MAX_EXPIRED]:
        _refuse_file(ledger, file, Reason.EXPIRED, None)


def _refuse_event(
    ledger: Ledger,
    row: Hold,
    decision: Literal["denied", "expired"],
    reason: Reason,
    approver: str | None,
) -> None:
    event = msgspec.json.decode(row.body, type=Event)
    draft = Transfer(
        0,
        ledger.now,
        ledger.source(row.seq, row.source),
        decision,
        _notice(ledger, event, decision, row.rule),
        reason,
        row.rule,
        approver,
    )
    ledger.stage_one(draft, Verdict.REFUSED, by=(row.rule, 0, None, 0))
    _forget(ledger, row)
    lane_files.drop(ledger, file_rows.of_event(ledger, row.seq), reason)


def _refuse_file(ledger: Ledger, file: FileRow, reason: Reason, approver: str | None) -> None:
    decided = file._replace(approver=approver)
    lane_files.forward(ledger, decided, TransferStep.DECIDED, file_rows.unread(file, reason))


def _forget(ledger: Ledger, row: Hold) -> None:
    ledger.db.execute("DELETE FROM hold WHERE seq = ?", (row.seq,))


def _rows(db: sqlite3.Connection, where: str, *values: object) -> list[Hold]:
    columns = ", ".join(Hold._fields)
    query = f"SELECT {columns} FROM hold {where}"  # noqa: S608 - our own column names
    return [Hold(*row) for row in db.execute(query, values)]


def _held_event(db: sqlite3.Connection, event: str) -> Hold:
    rows = _rows(db, "WHERE event = ? ORDER BY seq LIMIT 1", event)
    if not rows:
        raise Refused(Reason.NOT_FOUND, "nothing of this id is held")
    return rows[0]


def _held_file(db: sqlite3.Connection, fid: str) -> FileRow:
    for file in file_rows.held(db):
        if file.fid == fid:
            return file
    raise Refused(Reason.NOT_FOUND, "nothing of this id is held")


def listed(db: sqlite3.Connection) -> list[Listed]:
    """Return what is held, the oldest first."""
    found = []
    for row in _rows(db, "ORDER BY at, seq"):
        event = msgspec.json.decode(row.body, type=Event)
        uid = event.author.uid
        place = (event.room, uid, row.at, row.until, row.size)
        found.append(Listed(event.id, event.kind, row.rule, *place))
    for file in file_rows.held(db):
        uid = msgspec.json.decode(file.author, type=Author).uid
        place = (file.room, uid, file.held_at or 0, file.until or 0, file.size)
        found.append(Listed(file.fid, "file", file.rule or lane_files.RULE, *place))
    return found


def count(db: sqlite3.Connection) -> int:
    """Return how much is held."""
    (events,) = db.execute("SELECT count(*) FROM hold").fetchone()
    return int(events) + len(file_rows.held(db))


def are_due(db: sqlite3.Connection, now: int) -> bool:
    """Return whether there is something for `expire` to do."""
    found = db.execute("SELECT 1 FROM hold WHERE until <= ? LIMIT 1", (now,)).fetchone()
    return found is not None or bool(file_rows.due(db, now))


def view(ledger: Ledger, event: str, operator: str) -> Event:
    """Return an event that is held, for the person who decides: that they looked is on record.

    Raises `Refused`.
    """
    held = msgspec.json.decode(_held_event(ledger.db, event).body, type=Event)
    ledger.put_on_record(OperatorAct("hold.viewed", operator, event))
    return held

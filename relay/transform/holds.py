"""Holds: what waits for a person, and what becomes of it when one has decided.

An event that is held is not lost and holds nothing up: a placeholder goes ahead of
it at once.  Transactions only.
"""

import sqlite3
from typing import Literal, NamedTuple

import msgspec

from relay.normal_form import Transfer
from relay.states import State, TransferStep
from relay.transform import file_rows, held_things, hold_rows, lane_files
from relay.transform.file_rows import FileRow
from relay.transform.hold_rows import Hold
from relay.transform.judge import Judged, without_hashes
from relay.transform.ledger import Ledger
from relay.transform.policy import Action as Judgement
from relay.transform.policy import HeldTally, RuleFinding
from relay.transform.policy import Holds as Limits
from wire.bodies import RelayNotice
from wire.consents import SignedConsent
from wire.events import Event
from wire.ids import FILE
from wire.reasons import Reason
from wire.receipts import Verdict

# One transaction should not take long; the next sweep takes the rest.
MAX_EXPIRED = 100

_FIRST, _SECOND = 1, 2  # revisions of a notice: held, and then what was decided


class Waiting(NamedTuple):
    """How much waits for a person, and since when the newest of it, in milliseconds."""

    number: int
    newest: int


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


def release(ledger: Ledger, subject: str, consents: list[SignedConsent]) -> None:
    """Let through what was held: an event goes on, a file is rebuilt.

    Raises `Refused` (NOT_FOUND) if nothing of that id is held.
    """
    _forget_consents(ledger, subject)
    if subject.startswith(FILE):
        lane_files.approve(ledger, held_things.held_file(ledger.db, subject), consents)
        return
    row = hold_rows.find(ledger.db, subject)
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
        consents,
        changes,
    )
    ledger.stage_one(draft, Verdict.ALTERED if changes else Verdict.DELIVERED)
    _forget(ledger, row)
    ledger.change.cleanable = True


def deny(ledger: Ledger, subject: str, consents: list[SignedConsent]) -> None:
    """Keep back for good what was held.  Raises `Refused` (NOT_FOUND)."""
    _forget_consents(ledger, subject)
    if subject.startswith(FILE):
        file = held_things.held_file(ledger.db, subject)
        _refuse_file(ledger, file, Reason.DENIED, consents)
    else:
        row = hold_rows.find(ledger.db, subject)
        _refuse_event(ledger, row, "denied", Reason.DENIED, consents)


def withdraw(ledger: Ledger, message: str) -> None:
    """Drop what is held of a message that its author took back."""
    for row in hold_rows.select(ledger.db, "WHERE event = ?", message):
        _refuse_event(ledger, row, "denied", Reason.WITHDRAWN, [])


def expire(ledger: Ledger) -> None:
    """Keep back for good what nobody has decided upon by the time that was told of it."""
    due = "WHERE until <= ? ORDER BY until LIMIT ?"
    for row in hold_rows.select(ledger.db, due, ledger.now, MAX_EXPIRED):
        _refuse_event(ledger, row, "expired", Reason.EXPIRED, [])
    for file in file_rows.due(ledger.db, ledger.now)[:MAX_EXPIRED]:
        _refuse_file(ledger, file, Reason.EXPIRED, [])
    ledger.db.execute("DELETE FROM consent WHERE until <= ?", (ledger.now,))


def _refuse_event(
    ledger: Ledger,
    row: Hold,
    decision: Literal["denied", "expired"],
    reason: Reason,
    consents: list[SignedConsent],
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
        consents,
    )
    ledger.stage_one(draft, Verdict.REFUSED, by=(row.rule, 0, None, 0))
    _forget(ledger, row)
    lane_files.drop(ledger, file_rows.of_event(ledger, row.seq), reason)


def _refuse_file(
    ledger: Ledger, file: FileRow, reason: Reason, consents: list[SignedConsent]
) -> None:
    decided = file._replace(consents=msgspec.json.encode(consents) if consents else None)
    lane_files.forward(ledger, decided, TransferStep.DECIDED, file_rows.unread(file, reason))


def _forget(ledger: Ledger, row: Hold) -> None:
    ledger.db.execute("DELETE FROM hold WHERE seq = ?", (row.seq,))
    _forget_consents(ledger, row.event)


def _forget_consents(ledger: Ledger, subject: str) -> None:
    ledger.db.execute("DELETE FROM consent WHERE subject = ?", (subject,))


def waiting(db: sqlite3.Connection) -> Waiting:
    """Return how much is held, and since when the newest of it."""
    events = "SELECT count(*), coalesce(max(at), 0) FROM hold"
    files = "SELECT count(*), coalesce(max(held_at), 0) FROM file WHERE state = ?"
    number, newest = db.execute(events).fetchone()
    more, later = db.execute(files, (State.HELD,)).fetchone()
    return Waiting(number + more, max(newest, later))


def are_due(db: sqlite3.Connection, now: int) -> bool:
    """Return whether there is something for `expire` to do."""
    found = db.execute("SELECT 1 FROM hold WHERE until <= ? LIMIT 1", (now,)).fetchone()
    return found is not None or bool(file_rows.due(db, now))

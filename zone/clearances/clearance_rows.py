"""The rows of clearances: what of ours waits at the relay for a superior's word.

    receipt "held", for a supervisor ─▶ waiting ─▶ released, denied, expired, withdrawn, refused
                                       people decide; the relay's next receipt says what came of it

A row is a to-do note: `due` says when those who may decide are next told, and it is null once
nobody waits any more.  Every function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from wire.consents import content_of_file
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.clearances.approvers import Sender
from zone.clearances.clearance_views import ClearanceState, DecisionView
from zone.copy import journal

# The desk of what waits for a superior; operators sit at the others.
DESK: Final = "supervisor"
# Of what was refused: what had become of the clearance.
_ENDS: Final[Mapping[Reason | None, ClearanceState]] = {
    Reason.DENIED: "denied",
    Reason.EXPIRED: "expired",
    Reason.WITHDRAWN: "withdrawn",
}
_HOUR_MS: Final = 3_600_000


class ClearanceRow(NamedTuple):
    """A row of the table `clearance`."""

    subject: str
    message: str
    room: str | None
    author: str
    person: str | None
    tenant: str
    content: str  # the hash of what is decided upon (`wire.consents`)
    rule: str
    at: int
    until: int
    rung: int  # of those who are asked (`zone.clearances.approvers`)
    told: int  # how often
    due: int | None
    state: ClearanceState

    @property
    def sender(self) -> Sender:
        """Whose it is."""
        return Sender(self.author, self.person)


_COLUMNS: Final = ", ".join(ClearanceRow._fields)


def follow_file(db: sqlite3.Connection, fid: str, status: LaneStatus, now: int) -> None:
    """Take in what the relay says of a file that was sent here."""
    if status.verdict is Verdict.HELD and status.desk == DESK:
        _open(db, fid, status, now)
    elif status.verdict not in (Verdict.HELD, Verdict.ARRIVED):
        _close(db, fid, status, now)


def _open(db: sqlite3.Connection, fid: str, status: LaneStatus, now: int) -> None:
    found = db.execute("SELECT event, message, sha256, size FROM file WHERE fid = ?", (fid,))
    event, message, sha256, size = found.fetchone()
    said = next((each for each in journal.said_about(db, message) if each.id == event), None)
    if said is None or sha256 is None:
        return  # it was deleted here meanwhile, and the relay hears of that
    row = ClearanceRow(
        subject=fid,
        message=message,
        room=said.room,
        author=said.author.uid,
        person=said.author.person,
        tenant=said.author.tenant,
        content=content_of_file(fid, message, sha256, size),
        rule=status.rule,
        at=now,
        until=status.until,
        rung=0,
        told=0,
        due=now,
        state="waiting",
    )
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO clearance ({_COLUMNS}) VALUES ({marks})", row)  # noqa: S608 - ours


def _close(db: sqlite3.Connection, fid: str, status: LaneStatus, now: int) -> None:
    state: ClearanceState = "released"
    if status.verdict is Verdict.REFUSED:
        state = _ENDS.get(status.reason, "refused")
    # Those who were told that it waits are told that it does not.
    db.execute(
        "UPDATE clearance SET state = ?, due = ? WHERE subject = ? AND state = 'waiting'",
        (state, now, fid),
    )


def find_clearance(db: sqlite3.Connection, subject: str) -> ClearanceRow | None:
    """Return a clearance, or None."""
    return next(iter(_rows(db, "subject = ?", subject)), None)


def waiting_clearances(db: sqlite3.Connection) -> list[ClearanceRow]:
    """Return what waits, the oldest first."""
    return _rows(db, "state = 'waiting' ORDER BY at, subject")


def clearances_of(db: sqlite3.Connection, uid: str, limit: int) -> list[ClearanceRow]:
    """Return those of what somebody sent, or spoke through a shared account, the latest first."""
    return _rows(db, "? IN (author, person) ORDER BY at DESC, subject LIMIT ?", uid, limit)


def clearances_decided_by(db: sqlite3.Connection, uid: str, limit: int) -> list[ClearanceRow]:
    """Return those upon which somebody decided, the latest first."""
    return _rows(
        db,
        "subject IN (SELECT subject FROM clearance_word WHERE user = ?)"
        " ORDER BY at DESC, subject LIMIT ?",
        uid,
        limit,
    )


def due_clearances(db: sqlite3.Connection, now: int, limit: int) -> list[ClearanceRow]:
    """Return those of which somebody is to be told now."""
    return _rows(db, "due <= ? ORDER BY due, subject LIMIT ?", now, limit)


def note_told(db: sqlite3.Connection, row: ClearanceRow, *, rung: int, due: int | None) -> None:
    """Note that people were told, which rung was asked, and when they are told again."""
    db.execute(
        "UPDATE clearance SET rung = ?, told = told + 1, due = ? WHERE subject = ?",
        (rung, due, row.subject),
    )


def put_decision(db: sqlite3.Connection, subject: str, said: DecisionView) -> None:
    """Keep what somebody decided: once."""
    db.execute(
        "INSERT INTO clearance_word VALUES (?, ?, ?, ?, ?)",
        (subject, said.user, said.decision, said.reason, said.at),
    )


def decisions_on(db: sqlite3.Connection, subject: str) -> list[DecisionView]:
    """Return what people decided, in the order in which they did."""
    rows = db.execute(
        "SELECT user, decision, reason, at FROM clearance_word WHERE subject = ? ORDER BY at, user",
        (subject,),
    ).fetchall()
    return [DecisionView(user=u, decision=d, reason=r, at=at) for u, d, r, at in rows]


def next_due(at: int, now: int, *, rung: int, has_more: bool, remind: int, escalate: int) -> int:
    """Return when people are told next.  `remind` and `escalate` are hours, the rest milliseconds.

    `at` is when it was asked, and `rung` the one that is asked now.
    """
    due = now + remind * _HOUR_MS
    return min(due, escalates_at(at, rung, escalate)) if has_more else due


def escalates_at(at: int, rung: int, escalate: int) -> int:
    """Return when the rung above `rung` is asked as well."""
    return at + (rung + 1) * escalate * _HOUR_MS


def _rows(db: sqlite3.Connection, where: str, *values: Any) -> list[ClearanceRow]:
    query = f"SELECT {_COLUMNS} FROM clearance WHERE {where}"  # noqa: S608 - constants of ours
    return [ClearanceRow(*row) for row in db.execute(query, values)]

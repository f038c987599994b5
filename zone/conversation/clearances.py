"""Clearances: what waits for one's word, and giving it.

Whoever may not decide upon one, did not and has not sent it, does not see it.  What is decided is
signed with the consent key of this zone, for whoever decided, and leaves for the relay: its stages
believe that signature and nobody's word for it.
"""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wire.consents import MAX_LIFE_MS, Consent, ConsentDecision, ConsentGive, sign_consent
from wire.keys import SigningKey
from wire.reasons import Reason, Refused
from wire.text import normalise_text
from zone.clearances import clearance_rows
from zone.clearances.approvers import Approvers
from zone.clearances.clearance_rows import ClearanceRow
from zone.clearances.clearance_views import (
    ClearancesPage,
    ClearanceUpdate,
    ClearanceView,
    ClearanceWord,
    DecisionView,
)
from zone.conversation.actor import Actor
from zone.copy import files, messages
from zone.copy.hold_words import rule_words
from zone.copy.side import Side

# What has ended is looked at for a while, and then in the audit log.
SHOWN: Final = 200
_BREAKS: Final = re.compile(r"\s+")
_SAYS: Final[dict[ClearanceWord, ConsentDecision]] = {
    "approve": "release",
    "deny": "deny",
    "return": "deny",
}


@dataclass(frozen=True, slots=True)
class ConsentSeal:
    """With what a zone signs for its people, and for which installation."""

    site: str
    key: SigningKey


@dataclass(frozen=True, slots=True)
class ClearanceReader:
    """Who asks, and how people stand at that moment."""

    side: Side
    uid: str
    approvers: Approvers

    def waiting(self, db: sqlite3.Connection) -> ClearancesPage:
        """Return what waits for the word of whoever asks, the oldest first."""
        rows = [r for r in clearance_rows.waiting_clearances(db) if self._counts(r)]
        return self._page(db, rows)

    def sent(self, db: sqlite3.Connection) -> ClearancesPage:
        """Return what they sent and had to be cleared, the latest first."""
        return self._page(db, clearance_rows.clearances_of(db, self.uid, SHOWN))

    def decided(self, db: sqlite3.Connection) -> ClearancesPage:
        """Return what they decided upon, the latest first."""
        return self._page(db, clearance_rows.clearances_decided_by(db, self.uid, SHOWN))

    def find(self, db: sqlite3.Connection, subject: str) -> ClearanceView:
        """Return a clearance, or raise `Refused` (NOT_FOUND)."""
        return self.find_with_row(db, subject)[0]

    def find_with_row(
        self, db: sqlite3.Connection, subject: str
    ) -> tuple[ClearanceView, ClearanceRow]:
        """Return a clearance and its row, or raise `Refused` (NOT_FOUND)."""
        row = clearance_rows.find_clearance(db, subject)
        view = None if row is None else self._view(db, row)
        if row is None or view is None or not self._sees(row, view.said):
            raise Refused(Reason.NOT_FOUND)
        return view, row

    def objection(self, view: ClearanceView, row: ClearanceRow) -> Refused | None:
        """Return why what was found is not for whoever asks, as people stand now, or None."""
        return None if self._sees(row, view.said) else Refused(Reason.NOT_FOUND)

    def demand_counted(self, db: sqlite3.Connection, subject: str) -> ClearanceRow:
        """Return what waits for the word of whoever asks, or raise `Refused`."""
        row = self.find_with_row(db, subject)[1]
        if row.state != "waiting":
            raise Refused(Reason.CONFLICT, f"it is {row.state}")
        if self.uid in (row.author, row.person):
            raise Refused(Reason.FORBIDDEN, "nobody approves what they send themselves")
        if not self._counts(row):
            raise Refused(Reason.FORBIDDEN, "your word does not count here any more")
        return row

    def _page(self, db: sqlite3.Connection, rows: Iterable[ClearanceRow]) -> ClearancesPage:
        views = (self._view(db, row) for row in rows)
        return ClearancesPage([view for view in views if view is not None])

    def _counts(self, row: ClearanceRow) -> bool:
        return row.state == "waiting" and self.approvers.may_decide(self.uid, row.sender, row.rung)

    def _sees(self, row: ClearanceRow, said: Iterable[DecisionView]) -> bool:
        is_theirs = self.uid in (row.author, row.person)
        return is_theirs or self._counts(row) or any(each.user == self.uid for each in said)

    def _view(self, db: sqlite3.Connection, row: ClearanceRow) -> ClearanceView | None:
        """Return what is shown of a row; None once its file was deleted."""
        found = files.find(db, row.subject)
        if found is None:
            return None
        message = messages.find_message(db, self.side, row.message)
        said = clearance_rows.decisions_on(db, row.subject)
        is_open = row.state == "waiting"
        asked = self.approvers.asked(row.sender, row.rung) if is_open else []
        ja, en = rule_words(row.rule)
        return ClearanceView(
            id=row.subject,
            message=row.message,
            room=row.room,
            author=row.author,
            person=row.person,
            at=row.at,
            until=row.until,
            rule=row.rule,
            ja=ja,
            en=en,
            to=self.side.far.value,
            state=row.state,
            text=(message.text or "") if message else "",
            file=found[0],
            approvers=asked,
            said=said,
            mine=self.uid in asked and all(each.user != self.uid for each in said),
        )


def decide_on(
    actor: Actor,
    reader: ClearanceReader,
    seal: ConsentSeal,
    subject: str,
    decision: ClearanceWord,
    reason: str,
) -> ClearanceView:
    """Decide upon what waits: once, for good, and on record.  Raises `Refused`."""
    writing, uid = actor.writing, actor.who.uid
    row = reader.demand_counted(writing.db, subject)
    if writing.now >= row.until:
        raise Refused(Reason.CONFLICT, "its time is up")
    said = clearance_rows.decisions_on(writing.db, subject)
    if any(each.user == uid for each in said):
        raise Refused(Reason.CONFLICT, "you have decided upon it")
    reason = _BREAKS.sub(" ", normalise_text(reason).text).strip()
    if decision != "approve" and not reason:
        raise Refused(Reason.INVALID, "whoever says no says why")
    consent = Consent(
        1,
        seal.site,
        writing.side.leaving,
        row.subject,
        row.content,
        _SAYS[decision],
        uid,
        "approver",
        row.author,
        reason,
        writing.now,
        min(row.until, writing.now + MAX_LIFE_MS),
    )
    actor.say(ConsentGive(sign_consent(consent, seal.key)), room=None, crosses=True)
    made = DecisionView(user=uid, decision=decision, reason=reason, at=writing.now)
    clearance_rows.put_decision(writing.db, subject, made)
    view = reader.find(writing.db, subject)
    _tell(actor, row, view)
    return view


def _tell(actor: Actor, row: ClearanceRow, view: ClearanceView) -> None:
    """Tell who waits for it, and the others who may decide, that somebody has."""
    update = ClearanceUpdate(
        id=row.subject,
        message=row.message,
        file=view.file.name,
        by=row.sender.oneself,
        state=row.state,
        until=row.until,
        reminder=row.told,
    )
    for user in dict.fromkeys([row.sender.oneself, row.author, *view.approvers]):
        actor.writing.tell("clearance.updated", update, audience=user)

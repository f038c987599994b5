"""Consents as they come in: whose they are, and whether there are enough of them.

Whatever is wrong with one is refused here, so that its maker hears of it.  The verify stage looks
at each again, with other code, and is the one that has to be convinced.  Transactions only.
"""

import sqlite3
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from relay.normal_form import MAX_CONSENTS, OperatorAct
from relay.transform import held_things, holds
from relay.transform.files.lane_files import APPROVAL
from relay.transform.held_things import HeldThing
from relay.transform.ledger import Ledger
from relay.transform.policy import Holds
from runtime.operators import Operators
from wire.consents import (
    MAX_LIFE_MS,
    Consent,
    SignedConsent,
    decode_consent,
    encode_consent,
    is_consent_of,
)
from wire.keyring import Keyring
from wire.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose consents this stage takes, and how many the policy asks for."""

    keyring: Keyring
    operators: Operators
    limits: Holds


class ConsentOutcome(msgspec.Struct, frozen=True):
    """What a consent came to: `said` of the `needed` people have agreed so far."""

    id: str
    decision: str  # released, denied or waiting
    said: int
    needed: int


def take(ledger: Ledger, signed: SignedConsent, trust: Trust) -> ConsentOutcome:
    """Take in somebody's yes or no, and do what follows.  Raises `Refused`."""
    consent = signed.consent
    held = held_things.find(ledger.db, consent.subject)
    _demand_genuine(ledger, signed, trust)
    _demand_about(consent, held)
    if consent.capacity == "approver" and held.rule != APPROVAL:
        raise Refused(Reason.NO_AUTHORITY, "this waits for operators and for no superior")
    if consent.decision == "look":
        raise Refused(Reason.NO_AUTHORITY, "who looks decides nothing")
    if consent.decision == "deny":
        holds.deny(ledger, consent.subject, [signed])
        return ConsentOutcome(consent.subject, "denied", 1, 1)
    _keep(ledger.db, signed)
    given = [each for each in of_subject(ledger.db, held.id) if _still_counts(each, ledger, trust)]
    said = len({_person(each.consent, trust) for each in given if _is_alike(each, signed)})
    limits = trust.limits
    needed = limits.operators if consent.capacity == "operator" else limits.approvers
    if not 0 < needed <= said:
        return ConsentOutcome(held.id, "waiting", said, needed)
    holds.release(ledger, held.id, [each for each in given if _is_alike(each, signed)])
    return ConsentOutcome(held.id, "released", said, needed)


def look(ledger: Ledger, signed: SignedConsent, trust: Trust) -> HeldThing:
    """Return what is held, for whoever decides: that they looked is on record.

    Raises `Refused`.
    """
    consent = signed.consent
    held = held_things.find(ledger.db, consent.subject)
    _demand_genuine(ledger, signed, trust)
    if consent.decision != "look":
        raise Refused(Reason.NO_AUTHORITY, "expected somebody who looks")
    ledger.put_on_record(OperatorAct("hold.viewed", consent.by, held.id, signed))
    return held


def of_subject(db: sqlite3.Connection, subject: str) -> list[SignedConsent]:
    """Return who has agreed so far that `subject` is released, the first one first."""
    rows = db.execute("SELECT signed FROM consent WHERE subject = ? ORDER BY at, by", (subject,))
    return [decode_consent(signed) for (signed,) in rows]


def _keep(db: sqlite3.Connection, signed: SignedConsent) -> None:
    consent = signed.consent
    others = "SELECT count(*) FROM consent WHERE subject = ? AND by <> ?"
    (kept,) = db.execute(others, (consent.subject, consent.by)).fetchone()
    if kept >= MAX_CONSENTS:
        raise Refused(Reason.CONFLICT, "as many have agreed as can")
    db.execute(
        "INSERT OR REPLACE INTO consent VALUES (?, ?, ?, ?, ?)",
        (consent.subject, consent.by, consent.at, consent.until, encode_consent(signed)),
    )


def _demand_genuine(ledger: Ledger, signed: SignedConsent, trust: Trust) -> None:
    """Refuse a consent that is not by who it says, for this lane, and for now."""
    consent, context = signed.consent, ledger.context
    try:
        public = _key(ledger, signed, trust)
    except Refused as refusal:
        raise Refused(Reason.NO_AUTHORITY, refusal.detail) from None
    if not is_consent_of(public, signed):
        raise Refused(Reason.NO_AUTHORITY, "not signed by who says so")
    if consent.site != context.site or consent.lane is not context.lane:
        raise Refused(Reason.NO_AUTHORITY, "a consent for another lane")
    is_of_now = consent.at - context.tolerance <= ledger.now < consent.until
    if not is_of_now or consent.until - consent.at > MAX_LIFE_MS:
        raise Refused(Reason.NO_AUTHORITY, "a consent that does not count now")


def _key(ledger: Ledger, signed: SignedConsent, trust: Trust) -> Ed25519PublicKey:
    consent = signed.consent
    if consent.capacity == "approver":
        role = f"{ledger.context.lane.source}-consent"
        return trust.keyring.find(role, signed.key, now=ledger.now)
    operator, public = trust.operators.find(consent.by, signed.key, now=ledger.now)
    if consent.decision != "look":
        if operator.user == consent.author:
            raise Refused(Reason.NO_AUTHORITY, "nobody decides upon their own words")
        if not consent.reason.strip():
            raise Refused(Reason.NO_AUTHORITY, "an operator gives a reason")
    return public


def _demand_about(consent: Consent, held: HeldThing) -> None:
    """Refuse a consent to something else than what is held."""
    if consent.author != held.author.uid or consent.by in (held.author.uid, held.author.person):
        raise Refused(Reason.NO_AUTHORITY, "nobody decides upon their own words")
    if consent.content != held.content:
        raise Refused(Reason.NO_AUTHORITY, "a consent to another content")


def _still_counts(signed: SignedConsent, ledger: Ledger, trust: Trust) -> bool:
    """Return whether a consent that was taken in earlier is one still."""
    try:
        _demand_genuine(ledger, signed, trust)
    except Refused:
        return False
    return True


def _is_alike(one: SignedConsent, other: SignedConsent) -> bool:
    return one.consent.capacity == other.consent.capacity


def _person(consent: Consent, trust: Trust) -> str:
    """Return who somebody is: an operator who is a person in the zones is that person."""
    users = {each.id: each.user for each in trust.operators.entries}
    return users.get(consent.by) or consent.by

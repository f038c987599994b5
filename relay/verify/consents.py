"""Whether those have agreed who must: the verify stage's own look at each consent.  Pure.

It assumes that the transform stage, which hands them over, says yes in everybody's name if it can.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from relay.normal_form import OperatorAct, Transfer
from relay.verify.policy.quorum import Quorum
from runtime.operators import Operators
from wire.bodies import FileReady, RelayNotice
from wire.consents import (
    MAX_LIFE_MS,
    Consent,
    ConsentDecision,
    SignedConsent,
    content_of_file,
    is_consent_of,
)
from wire.events import Event, content_of_event
from wire.ids import USER, is_id
from wire.keyring import Keyring
from wire.lane import Lane
from wire.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """Whose consent counts on a lane, and how many of them are needed."""

    site: str
    lane: Lane
    keyring: Keyring
    operators: Operators = field(default_factory=Operators)
    quorum: Quorum = field(default_factory=Quorum)


def consent_fault(item: Transfer, rules: ConsentRules, *, now: int, tolerance: int) -> str | None:
    """Return why what `item` does is not agreed to at the time `now`, or None if it is."""
    return next(_faults(item, rules, now, tolerance), None)


def _faults(item: Transfer, rules: ConsentRules, now: int, tolerance: int) -> Iterator[str]:
    if item.note is not None:
        if item.consents:
            yield "nobody had to agree to this"
        yield from _faults_of_look(item.note, rules, now, tolerance)
        return
    event, consents = item.event, item.consents
    decision: ConsentDecision = "deny" if item.decision == "denied" else "release"
    if consents and (event is None or item.decision not in ("released", "denied", "refused")):
        yield "nobody had to agree to this"
        return
    if event is None:
        return
    is_file = isinstance(event.body, FileReady) and event.body.sha256 is not None
    if is_file and item.decision != "released" and rules.quorum.is_for_files:
        yield "nobody has agreed that this file leaves"
    for signed in consents:
        yield from _faults_of(signed, decision, rules, now, tolerance)
        yield from _mismatches(signed.consent, item, event, rules)
    if item.decision == "released" and not _is_quorum(consents, rules, now):
        yield "too few have agreed"
    if item.decision == "denied" and not consents and item.reason is not Reason.WITHDRAWN:
        yield "nobody has denied it"


def _faults_of_look(
    note: OperatorAct, rules: ConsentRules, now: int, tolerance: int
) -> Iterator[str]:
    """Yield what is wrong with the note that somebody looked at what is held."""
    if note.act == "lane.resumed":
        return
    if note.consent is None:
        yield "nobody has signed that they looked, or decided"
        return
    is_look = note.act == "hold.viewed"
    decision = "look" if is_look else note.consent.consent.decision
    yield from _faults_of(note.consent, decision, rules, now, tolerance)
    if is_look is not (note.consent.consent.decision == "look"):
        yield "who looks decides nothing"
    if (note.consent.consent.by, note.consent.consent.subject) != (note.operator, note.subject):
        yield "somebody else looked, or at something else"


def _faults_of(
    signed: SignedConsent, decision: ConsentDecision, rules: ConsentRules, now: int, tolerance: int
) -> Iterator[str]:
    """Yield what is wrong with a consent, whatever it is about."""
    consent = signed.consent
    if (consent.site, consent.lane) != (rules.site, rules.lane):
        yield "it is of another lane"
    if consent.decision != decision:
        yield "it is another decision"
    if not 0 < consent.until - consent.at <= MAX_LIFE_MS:
        yield "it counts for too long"
    if not consent.at - tolerance <= now < consent.until:
        yield "it does not count now"
    yield from _faults_of_person(signed, rules, now)


def _faults_of_person(signed: SignedConsent, rules: ConsentRules, now: int) -> Iterator[str]:
    """Yield what is wrong with who says so: unknown, ended, or not who signed."""
    consent = signed.consent
    try:
        if consent.capacity == "operator":
            operator, public = rules.operators.find(consent.by, signed.key, now=now)
            if operator.user == consent.author and consent.decision != "look":
                yield "nobody decides upon their own words"
            if consent.decision != "look" and not consent.reason.strip():
                yield "an operator gives a reason"
        else:
            public = rules.keyring.find(f"{rules.lane.source}-consent", signed.key, now=now)
            if not is_id(USER, consent.by):
                yield "only a person approves"
    except Refused as refusal:
        yield refusal.detail
        return
    if not is_consent_of(public, signed):
        yield "it is not signed by who says so"


def _mismatches(
    consent: Consent, item: Transfer, event: Event, rules: ConsentRules
) -> Iterator[str]:
    """Yield in what a consent is not about what is released, or denied, here."""
    body, author = event.body, event.author
    match body:
        case FileReady(file=subject) | RelayNotice(subject=subject):
            pass
        case _:
            subject = event.id
    if consent.subject != subject:
        yield "it is about something else"
    is_for_superior = rules.quorum.is_for_files and isinstance(body, FileReady)
    if consent.capacity == "approver" and not is_for_superior:
        yield "this waits for operators and for no superior"
    if consent.author != author.uid or consent.by in (author.uid, author.person):
        yield "nobody decides upon their own words"
    if item.decision != "denied" and consent.content != _content(item, event):
        yield "it is about another content"


def _content(item: Transfer, event: Event) -> str | None:
    body, file = event.body, item.file
    if not isinstance(body, FileReady):
        return content_of_event(event)
    if file is None or file.fid != body.file:
        return None
    return content_of_file(body.file, body.message, file.sha256_in, file.size_in)


def _is_quorum(consents: list[SignedConsent], rules: ConsentRules, now: int) -> bool:
    """Return whether enough different people have agreed: nobody counts twice."""
    operators, approvers = set(), set()
    for signed in consents:
        consent = signed.consent
        if consent.capacity == "operator":
            entry, _ = rules.operators.find(consent.by, signed.key, now=now)
            operators.add(entry.user or entry.id)
        else:
            approvers.add(consent.by)
    return rules.quorum.is_met(operators=len(operators), approvers=len(approvers))

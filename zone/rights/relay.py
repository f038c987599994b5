"""The rows of what the relay and the daemons say of events: held, rebuilt, refused.  Pure."""

from typing import Final

from wire.bodies import EventRefuse, FileReady, RelayNotice
from wire.consents import ConsentGive
from wire.digests import NOTHING, CopyDigest
from wire.ids import ACT, MESSAGE
from wire.item_kinds import PREFIXES
from wire.reasons import Reason
from zone.rights import question
from zone.rights.facts import Facts
from zone.rights.question import TAKEN, UNSEEN, Objection, Question

# What a zone answers to an event that it does not apply.
ANSWERS: Final = frozenset(
    {
        Reason.NO_AUTHORITY.value,
        Reason.ROOM_NOT_ALLOWED.value,
        Reason.OUT_OF_BOUNDS.value,
        Reason.CLOCK_AHEAD.value,
        Reason.UNCLEAN_TEXT.value,
    }
)


def to_outcome(q: Question[FileReady], facts: Facts) -> Objection | None:
    """Of a file that the far zone announced, with the message it is of, by its author."""
    body, found = q.body, facts.file(q.body.file)
    if found is None or not found.is_far or (found.owner, found.author) != (body.message, q.uid):
        return UNSEEN
    owner = facts.message(body.message) or facts.item(body.message)
    if owner is None:
        return None  # it was deleted, and its file with it
    is_there = (owner.room, owner.zone) == (q.room, q.zone)
    return None if is_there or owner.room == q.room else UNSEEN


def to_notice(q: Question[RelayNotice], facts: Facts) -> Objection | None:
    """Of an event of the far zone, by its author and in its room, and of what it is."""
    body = q.body
    if not _is_named_so(body):
        return question.invalid("an event of this kind is not named so")
    known = facts.message(body.subject) or facts.item(body.subject)
    if known is not None:
        is_its = (known.author, known.room, known.zone) == (q.uid, q.room, q.zone)
        return None if is_its else TAKEN
    held = facts.held(body.subject)
    if held is not None and (held.author, held.room, held.what) != (q.uid, q.room, body.what):
        return TAKEN
    return None


def _is_named_so(body: RelayNotice) -> bool:
    """Return whether the id of an event is as those of its kind are."""
    prefix = body.subject[:2]
    match body.what:
        case "message.post":
            return prefix == MESSAGE
        case "item.put":
            return prefix in PREFIXES or prefix == ACT
        case _:
            return prefix == ACT


def to_refusal(q: Question[EventRefuse], facts: Facts) -> Objection | None:
    """The daemon of the zone that does not apply what the other one sent: of that and no more."""
    if any(each.reason not in ANSWERS for each in q.body.events):
        return question.invalid("this is not why a zone refuses an event")
    if q.is_far and not all(facts.has_crossed(each.id) for each in q.body.events):
        return UNSEEN
    return None


def to_digest(q: Question[CopyDigest], _facts: Facts) -> Objection | None:
    """The daemon of a zone, of its own copy: spans in their order, and nothing in an empty one."""
    end = q.body.after
    for span in q.body.spans:
        if span.upto < end or (span.upto == end and span.digest != NOTHING):
            return question.invalid("these are not spans of a copy")
        end = span.upto
    return None


def to_consent(q: Question[ConsentGive], _facts: Facts) -> Objection | None:
    """Whoever decides, in their own name, to the relay: never of what they sent themselves.

    Whose word counts depends on the moment, and is the use case's to ask
    (`zone.clearances.approvers`).
    """
    if q.is_far:
        return question.forbidden("this is for the relay, and goes no further")
    said = q.body.consent.consent
    if (said.by, said.capacity, said.lane) != (q.uid, "approver", q.side.leaving):
        return question.invalid("everybody decides in their own name, and for their own lane")
    return question.forbidden("nobody approves of their own") if said.author == q.uid else None

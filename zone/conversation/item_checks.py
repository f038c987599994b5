"""What a kind of item asks for beyond its types: one function for each that asks for something.

What can be asked of the far zone as well is in `zone.items.rules`; what is here depends on
the moment: who is in the room, what is booked, what was answered.
"""

from collections.abc import Iterable, Sequence

from wire.answers import Answer, Decision, Delegate, FormAnswer, Reply, Seen, Vote
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Payment,
    StoredFile,
    Survey,
    Task,
)
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.conversation.broadcasts import demand_broadcast, demand_reply
from zone.copy.views import AnswerView
from zone.items import approvals, bookings
from zone.items.approvals import NOTHING_SAID, approval_state
from zone.items.forms import Unfit, misfits_of_fields, misfits_of_values
from zone.items.items import ItemPlace, item_place
from zone.items.responses import answered_before, responses_to
from zone.items.rules import objection_to_answer, objection_to_change, objection_to_new

# Whoever takes the money is told who pays.
_NAMELESS = "an anonymous form asks for no payment"


def demand_new(actor: Actor, room: str | None, content: Content, files: Sequence[str]) -> None:
    """Refuse what cannot be the first word on an item."""
    _demand_no(objection_to_new(content, actor.who.uid))
    match content:
        case Booking() as booking:
            _demand_free(actor, booking)
        case Approval(steps=steps):
            for step in steps or ():
                _demand_members(actor, room, step.approvers)
        case StoredFile() if not files:
            raise Refused(Reason.INVALID, "a stored file begins with a file")
        case Broadcast() as broadcast:
            demand_broadcast(actor, None, broadcast)
    _demand_sense(actor, room, content)


def demand_change(
    actor: Actor, item: str, found: ItemPlace, now: Content, content: Content
) -> None:
    """Refuse what an item that says `now` cannot be told."""
    is_author = found.author == actor.who.uid
    _demand_no(objection_to_change(content, is_author=is_author))
    match now, content:
        case Survey(choices=asked), Survey(choices=list(wanted)):
            if wanted[: len(asked or ())] != asked and _is_answered(actor, item):
                raise Refused(Reason.CONFLICT, "choices are added behind those that were answered")
        case Form(anonymous=True), Form(payment=Payment()):
            raise Refused(Reason.INVALID, _NAMELESS)
        case Form(), Form(fields=list()) if _is_answered(actor, item):
            raise Refused(Reason.CONFLICT, "it was answered: close it and make another")
        case Approval() as approval, Approval():
            given = responses_to(actor.writing.db, item)
            stands = approval_state(approval, found.author, given, actor.writing.now)
            if stands.standing != "open":
                raise Refused(Reason.CONFLICT, f"it is {stands.standing}")
        case Broadcast(), Broadcast() as broadcast:
            demand_broadcast(actor, item, broadcast)
    _demand_sense(actor, found.room, content)


def _demand_no(objection: str | None) -> None:
    if objection is not None:
        raise Refused(Reason.INVALID, objection)


def _demand_sense(actor: Actor, room: str | None, content: Content) -> None:
    match content:
        case Task(assignees=list(people)) | AgendaEntry(invited=list(people)):
            _demand_members(actor, room, people)
        case Form(anonymous=True, payment=Payment()):
            raise Refused(Reason.INVALID, _NAMELESS)
        case Form(fields=list(fields)):
            misfits = list(misfits_of_fields(fields))
            if misfits:
                raise Unfit("/content/fields", misfits)


def _is_answered(actor: Actor, item: str) -> bool:
    return answered_before(actor.writing.db, item, None) > 0


def _demand_free(actor: Actor, booking: Booking) -> None:
    """Refuse to book what is booked: what the other zone booked meanwhile is told later."""
    resource, starts, ends = booking.resource or "", booking.starts or 0, booking.ends or 0
    for name, kind in ((resource, "resource"), (booking.entry, "entry")):
        found = item_place(actor.writing.db, name) if name else None
        if name and (found is None or found.type != kind or not actor.sees_item(name, found)):
            raise Refused(Reason.NOT_FOUND, f"there is no such {kind}")
    if bookings.overlapping(actor.writing.db, resource, starts, ends):
        raise Refused(Reason.CONFLICT, "it is booked for that time")


def _demand_members(actor: Actor, room: str | None, people: Iterable[str]) -> None:
    for user in people:
        if room is None or actor.directory.member(room, user, now=actor.writing.now) is None:
            raise Refused(Reason.INVALID, f"{user} is not in this room")


def demand_answer(
    actor: Actor, item: str, found: ItemPlace, content: Content, answer: Answer
) -> None:
    """Refuse an answer that does not fit an item as it stands."""
    deadline = getattr(content, "deadline", None)
    is_over = getattr(content, "closed", None) or (deadline and actor.writing.now >= deadline)
    if is_over and not isinstance(
        content, Broadcast
    ):  # late answers to a broadcast are still heard
        raise Refused(Reason.CONFLICT, f"{item} takes no more answers")
    given = list(responses_to(actor.writing.db, item)) if isinstance(content, Approval) else []
    objection = objection_to_answer(content, found.author, actor.who.uid, answer, given)
    if objection is not None:
        raise Refused(Reason.FORBIDDEN, objection)
    match content, answer:
        case Survey() as survey, Vote(choices):
            _demand_choices(survey, choices)
        case Form() as form, FormAnswer(values):
            misfits = list(misfits_of_values(form.fields or [], values))
            if misfits:
                raise Unfit("/answer/values", misfits)
        case Approval() as approval, Decision(step) | Delegate(step):
            stands = approval_state(approval, found.author, given, actor.writing.now)
            if stands.step != step:
                raise Refused(
                    Reason.CONFLICT, f"it is {stands.standing}, and this step is not open"
                )
            if isinstance(answer, Delegate):
                _demand_delegate(actor, found, approval, answer, given)
        case Broadcast() as broadcast, Seen() | Reply():
            demand_reply(actor, item, broadcast, answer)


def _demand_delegate(
    actor: Actor,
    found: ItemPlace,
    approval: Approval,
    answer: Delegate,
    given: Sequence[AnswerView],
) -> None:
    """Refuse a delegate who is not in the room, or has a seat: then fewer eyes would look."""
    _demand_members(actor, found.room, [answer.to])
    words = approvals.said(approval, given).get(answer.step, NOTHING_SAID)
    if answer.to in approvals.entitled((approval.steps or [])[answer.step], found.author, words):
        raise Refused(Reason.INVALID, "they decide at this step already")


def _demand_choices(survey: Survey, choices: Sequence[int]) -> None:
    if any(choice >= len(survey.choices or ()) for choice in choices):
        raise Refused(Reason.INVALID, "there is no such choice")
    if len(choices) > 1 and not survey.several:
        raise Refused(Reason.INVALID, "one choice only")

"""What a kind of item asks for beyond its types: one function for each that asks for something.

What can be asked of the far zone as well is in `zone.item_rules`; what is here depends on
the moment: who is in the room, what is booked, what was answered.
"""

from collections.abc import Iterable, Sequence

from wire.answers import Answer, Decision, Delegate, FormAnswer, Reply, Seen, Vote
from wire.items import (
    Approval,
    Booking,
    Call,
    Content,
    Entry,
    Form,
    Payment,
    StoredFile,
    Survey,
    Task,
)
from wire.reasons import Reason, Refused
from zone.approvals import NOTHING_SAID, approval_state, entitled, said
from zone.bookings import overlapping
from zone.conversation.acting import Acting
from zone.conversation.calling import demand_call, demand_reply
from zone.filling import Unfit, misfits_of_fields, misfits_of_values
from zone.item_rules import objection_to_answer, objection_to_change, objection_to_new
from zone.items import ItemPlace, place
from zone.responses import answered_before, responses
from zone.views import AnswerView

# Whoever takes the money is told who pays.
_NAMELESS = "an anonymous form asks for no payment"


def demand_new(acting: Acting, room: str | None, content: Content, files: Sequence[str]) -> None:
    """Refuse what cannot be the first word on an item."""
    _demand_no(objection_to_new(content, acting.who.uid))
    match content:
        case Booking() as booking:
            _demand_free(acting, booking)
        case Approval(steps=steps):
            for step in steps or ():
                _demand_members(acting, room, step.approvers)
        case StoredFile() if not files:
            raise Refused(Reason.INVALID, "a stored file begins with a file")
        case Call() as call:
            demand_call(acting, None, call)
    _demand_sense(acting, room, content)


def demand_change(
    acting: Acting, item: str, found: ItemPlace, now: Content, content: Content
) -> None:
    """Refuse what an item that says `now` cannot be told."""
    is_author = found.author == acting.who.uid
    _demand_no(objection_to_change(content, is_author=is_author))
    match now, content:
        case Survey(choices=asked), Survey(choices=list(wanted)):
            if wanted[: len(asked or ())] != asked and _is_answered(acting, item):
                raise Refused(Reason.CONFLICT, "choices are added behind those that were answered")
        case Form(anonymous=True), Form(payment=Payment()):
            raise Refused(Reason.INVALID, _NAMELESS)
        case Form(), Form(fields=list()) if _is_answered(acting, item):
            raise Refused(Reason.CONFLICT, "it was answered: close it and make another")
        case Approval() as approval, Approval():
            given = responses(acting.writing.db, item)
            stands = approval_state(approval, found.author, given, acting.writing.now)
            if stands.standing != "open":
                raise Refused(Reason.CONFLICT, f"it is {stands.standing}")
        case Call(), Call() as call:
            demand_call(acting, item, call)
    _demand_sense(acting, found.room, content)


def _demand_no(objection: str | None) -> None:
    if objection is not None:
        raise Refused(Reason.INVALID, objection)


def _demand_sense(acting: Acting, room: str | None, content: Content) -> None:
    match content:
        case Task(assignees=list(people)) | Entry(invited=list(people)):
            _demand_members(acting, room, people)
        case Form(anonymous=True, payment=Payment()):
            raise Refused(Reason.INVALID, _NAMELESS)
        case Form(fields=list(fields)):
            misfits = list(misfits_of_fields(fields))
            if misfits:
                raise Unfit("/content/fields", misfits)


def _is_answered(acting: Acting, item: str) -> bool:
    return answered_before(acting.writing.db, item, None) > 0


def _demand_free(acting: Acting, booking: Booking) -> None:
    """Refuse to book what is booked: what the other zone booked meanwhile is told later."""
    resource, starts, ends = booking.resource or "", booking.starts or 0, booking.ends or 0
    for name, kind in ((resource, "resource"), (booking.entry, "entry")):
        found = place(acting.writing.db, name) if name else None
        if name and (found is None or found.type != kind or not acting.sees_item(name, found)):
            raise Refused(Reason.NOT_FOUND, f"there is no such {kind}")
    if overlapping(acting.writing.db, resource, starts, ends):
        raise Refused(Reason.CONFLICT, "it is booked for that time")


def _demand_members(acting: Acting, room: str | None, people: Iterable[str]) -> None:
    for user in people:
        if room is None or acting.directory.member(room, user, now=acting.writing.now) is None:
            raise Refused(Reason.INVALID, f"{user} is not in this room")


def demand_answer(
    acting: Acting, item: str, found: ItemPlace, content: Content, answer: Answer
) -> None:
    """Refuse an answer that does not fit an item as it stands."""
    deadline = getattr(content, "deadline", None)
    is_over = getattr(content, "closed", None) or (deadline and acting.writing.now >= deadline)
    if is_over and not isinstance(content, Call):  # who is late for a call is still heard
        raise Refused(Reason.CONFLICT, f"{item} takes no more answers")
    given = list(responses(acting.writing.db, item)) if isinstance(content, Approval) else []
    objection = objection_to_answer(content, found.author, acting.who.uid, answer, given)
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
            stands = approval_state(approval, found.author, given, acting.writing.now)
            if stands.step != step:
                raise Refused(
                    Reason.CONFLICT, f"it is {stands.standing}, and this step is not open"
                )
            if isinstance(answer, Delegate):
                _demand_delegate(acting, found, approval, answer, given)
        case Call() as call, Seen() | Reply():
            demand_reply(acting, item, call, answer)


def _demand_delegate(
    acting: Acting, found: ItemPlace, approval: Approval, answer: Delegate,
    given: Sequence[AnswerView],
) -> None:  # fmt: skip
    """Refuse a delegate who is not in the room, or has a seat: then fewer eyes would look."""
    _demand_members(acting, found.room, [answer.to])
    words = said(approval, given).get(answer.step, NOTHING_SAID)
    if answer.to in entitled((approval.steps or [])[answer.step], found.author, words):
        raise Refused(Reason.INVALID, "he decides at this step already")


def _demand_choices(survey: Survey, choices: Sequence[int]) -> None:
    if any(choice >= len(survey.choices or ()) for choice in choices):
        raise Refused(Reason.INVALID, "there is no such choice")
    if len(choices) > 1 and not survey.several:
        raise Refused(Reason.INVALID, "one choice only")

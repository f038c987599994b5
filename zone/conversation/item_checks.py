"""What a kind of item asks for beyond its types: one function for each that asks for something.

Who may say it at all is in the table of rights; what is here depends on the moment: what is
booked, what was answered, what is over.
"""

from collections.abc import Sequence
from typing import assert_never

from wire.answers import (
    Answer,
    Decision,
    Delegate,
    Done,
    FormAnswer,
    Reply,
    Rsvp,
    Seen,
    Vote,
)
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Payment,
    Post,
    Resource,
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
from zone.items.items import ItemPlace
from zone.items.kinds import takes_answers
from zone.items.responses import answered_before, responses_to

# Whoever takes the money is told who pays.
_NAMELESS = "an anonymous form asks for no payment"


def demand_new(actor: Actor, content: Content, files: Sequence[str]) -> None:
    """Refuse what cannot be the first word on an item."""
    match content:
        case Booking() as booking:
            _demand_free(actor, booking)
        case StoredFile():
            if not files:
                raise Refused(Reason.INVALID, "a stored file begins with a file")
        case Broadcast() as broadcast:
            demand_broadcast(actor, None, broadcast)
        case Note() | Task() | Survey() | AgendaEntry() | Resource() | Post() | Form() | Approval():
            pass
        case _:
            assert_never(content)
    _demand_sense(content)


def demand_change(
    actor: Actor, item: str, found: ItemPlace, now: Content, content: Content
) -> None:
    """Refuse what an item that says `now` cannot be told."""
    match now:  # what it is to say is of the same kind
        case Survey(choices=asked) if isinstance(content, Survey):
            wanted = content.choices
            keeps = wanted is None or wanted[: len(asked or ())] == asked
            if not keeps and _is_answered(actor, item):
                raise Refused(Reason.CONFLICT, "choices are added behind those that were answered")
        case Form(anonymous=anonymous) if isinstance(content, Form):
            if anonymous and content.payment is not None:
                raise Refused(Reason.INVALID, _NAMELESS)
            if content.fields is not None and _is_answered(actor, item):
                raise Refused(Reason.CONFLICT, "it was answered: close it and make another")
        case Approval() as approval:
            given = responses_to(actor.writing.db, item)
            stands = approval_state(approval, found.author, given, actor.writing.now)
            if stands.status != "open":
                raise Refused(Reason.CONFLICT, f"it is {stands.status}")
        case Broadcast() if isinstance(content, Broadcast):
            demand_broadcast(actor, item, content)
        case Survey() | Form() | Broadcast():
            raise TypeError(f"{item} is of another kind than what it is to say")
        case Note() | Task() | AgendaEntry() | Resource() | Booking() | Post() | StoredFile():
            pass
        case _:
            assert_never(now)
    _demand_sense(content)


def _demand_sense(content: Content) -> None:
    match content:
        case Form(anonymous=True, payment=Payment()):
            raise Refused(Reason.INVALID, _NAMELESS)
        case Form(fields=list(fields)):
            misfits = list(misfits_of_fields(fields))
            if misfits:
                raise Unfit("/content/fields", misfits)
        case Task() | AgendaEntry() | Form():
            pass
        case Note() | Survey() | Resource() | Booking() | Post():
            pass
        case StoredFile() | Approval() | Broadcast():
            pass
        case _:
            assert_never(content)


def _is_answered(actor: Actor, item: str) -> bool:
    return answered_before(actor.writing.db, item, None) > 0


def _demand_free(actor: Actor, booking: Booking) -> None:
    """Refuse to book what is booked: what the other zone booked meanwhile is told later."""
    resource, starts, ends = booking.resource or "", booking.starts or 0, booking.ends or 0
    if bookings.overlapping(actor.writing.db, resource, starts, ends):
        raise Refused(Reason.CONFLICT, "it is booked for that time")


def demand_answer(
    actor: Actor, item: str, found: ItemPlace, content: Content, answer: Answer
) -> None:
    """Refuse an answer that does not fit an item as it stands."""
    if not takes_answers(content, actor.writing.now):
        raise Refused(Reason.CONFLICT, f"{item} takes no more answers")
    match answer:  # of those that its kind takes (`ItemKind.answers`)
        case Vote(choices) if isinstance(content, Survey):
            _demand_choices(content, choices)
        case FormAnswer(values) if isinstance(content, Form):
            misfits = list(misfits_of_values(content.fields or [], values))
            if misfits:
                raise Unfit("/answer/values", misfits)
        case Decision(step) | Delegate(step) if isinstance(content, Approval):
            given = list(responses_to(actor.writing.db, item))
            stands = approval_state(content, found.author, given, actor.writing.now)
            if stands.step != step:
                raise Refused(Reason.CONFLICT, f"it is {stands.status}, and this step is not open")
            if isinstance(answer, Delegate):
                _demand_delegate(found, content, answer, given)
        case Reply() if isinstance(content, Broadcast):
            demand_reply(content, answer)
        case Done() | Rsvp() | Seen():
            pass
        case Vote() | FormAnswer() | Decision() | Delegate() | Reply():
            raise TypeError(f"{item} does not take such an answer")
        case _:
            assert_never(answer)


def _demand_delegate(
    found: ItemPlace,
    approval: Approval,
    answer: Delegate,
    given: Sequence[AnswerView],
) -> None:
    """Refuse a delegate who has a seat: then fewer eyes would look."""
    words = approvals.said(approval, given).get(answer.step, NOTHING_SAID)
    if answer.to in approvals.entitled((approval.steps or [])[answer.step], found.author, words):
        raise Refused(Reason.INVALID, "they decide at this step already")


def _demand_choices(survey: Survey, choices: Sequence[int]) -> None:
    if any(choice >= len(survey.choices or ()) for choice in choices):
        raise Refused(Reason.INVALID, "there is no such choice")
    if len(choices) > 1 and not survey.several:
        raise Refused(Reason.INVALID, "one choice only")

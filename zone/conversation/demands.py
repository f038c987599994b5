"""What a kind of item asks for beyond its types: one function for each that asks for something."""

from collections.abc import Iterable

from wire.answers import Answer, Decision, Delegate, Reply, Seen, Vote
from wire.items import Approval, Booking, Call, Content, Entry, Step, Survey, Task
from wire.reasons import Reason, Refused
from zone.bookings import overlapping
from zone.conversation.acting import Acting
from zone.conversation.calling import demand_call, demand_reply
from zone.items import place


def demand_content(acting: Acting, item: str | None, room: str | None, content: Content) -> None:
    """Refuse what an item cannot say.  `item` is None for a new one."""
    match content:
        case Entry(starts=starts, ends=ends):
            _demand_span(starts, ends)
        case Booking() as booking:
            _demand_span(booking.starts, booking.ends)
            _demand_free(acting, item, booking)
        case Task(assignees=people):
            _demand_members(acting, room, people or ())
        case Approval(steps=steps):
            for step in steps or ():
                _demand_step(acting, room, step)
        case Call() as call:
            demand_call(acting, item, call)


def _demand_span(starts: int | None, ends: int | None) -> None:
    if (starts is None) != (ends is None) or (starts is not None and ends and ends <= starts):
        raise Refused(Reason.INVALID, "it starts and ends, in this order")


def _demand_free(acting: Acting, item: str | None, booking: Booking) -> None:
    """Refuse to book what is booked: what the other zone booked meanwhile is told later."""
    if booking.resource is None or booking.starts is None or booking.ends is None:
        if item is None or booking.starts is not None:
            raise Refused(Reason.INVALID, "a resource, and when it is taken and given back")
        return
    found = place(acting.writing.db, booking.resource)
    if found is None or not acting.sees_item(booking.resource, found):
        raise Refused(Reason.NOT_FOUND, "there is no such resource")
    db = acting.writing.db
    if overlapping(db, booking.resource, booking.starts, booking.ends, but=item):
        raise Refused(Reason.CONFLICT, "it is booked for that time")


def _demand_members(acting: Acting, room: str | None, people: Iterable[str]) -> None:
    for user in people:
        if room is None or acting.directory.member(room, user, now=acting.writing.now) is None:
            raise Refused(Reason.INVALID, f"{user} is not in this room")


def _demand_step(acting: Acting, room: str | None, step: Step) -> None:
    if len(set(step.approvers)) != len(step.approvers) or step.quorum > len(step.approvers):
        raise Refused(Reason.INVALID, "a step names each approver once, and no more than there are")
    if acting.who.uid in step.approvers:
        raise Refused(Reason.INVALID, "nobody approves what he asks for himself")
    _demand_members(acting, room, step.approvers)


def demand_answer(acting: Acting, item: str, content: Content, answer: Answer) -> None:
    """Refuse an answer that does not fit an item as it stands."""
    deadline = getattr(content, "deadline", None)
    is_over = getattr(content, "closed", None) or (deadline and acting.writing.now >= deadline)
    if is_over and not isinstance(content, Call):  # who is late for a call is still heard
        raise Refused(Reason.CONFLICT, f"{item} takes no more answers")
    match content, answer:
        case Survey() as survey, Vote(choices):
            _demand_choices(survey, choices)
        case Approval() as approval, Decision(step) | Delegate(step):
            if step >= len(approval.steps or ()):
                raise Refused(Reason.INVALID, "there is no such step")
        case Call() as call, Seen() | Reply():
            demand_reply(acting, item, call, answer)


def _demand_choices(survey: Survey, choices: list[int]) -> None:
    if any(choice >= len(survey.choices or ()) for choice in choices):
        raise Refused(Reason.INVALID, "there is no such choice")
    if len(choices) > 1 and not survey.several:
        raise Refused(Reason.INVALID, "one choice only")

"""What may be said of an item beyond its types: the same for what is done here and there.  Pure.

One function for each question, one case for each kind that has something to say to it.  An
objection is a sentence for whoever asked here; what came from the far zone is not applied.
"""

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from wire.answers import Answer, Decision, Delegate, Done
from wire.fields import LAST_MS
from wire.items import (
    AgendaEntry,
    Approval,
    ApprovalStep,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Post,
    Resource,
    StoredFile,
    Survey,
    Task,
)
from zone.copy.views import AnswerView
from zone.items import approvals
from zone.items.approvals import NOTHING_SAID

_CLAIM: Final = ("resource", "starts", "ends")


def objection_to_new(content: Content, author: str) -> str | None:
    """Return why `content` cannot be the first word on an item of `author`, or None."""
    match content:
        case Booking(starts=starts, ends=ends) | AgendaEntry(starts=starts, ends=ends):
            return _objection_to_span(starts, ends)
        case Approval(steps=steps, cancelled=cancelled):
            if cancelled:
                return "it was not asked for yet"
            return _objection_to_steps(steps or (), author)
        case Survey(choices=choices):
            return None if len(set(choices or ())) == len(choices or ()) else "a choice twice"
        case Note() | Task() | Resource() | Post() | StoredFile() | Form() | Broadcast():
            return None
    assert_never(content)


def objection_to_change(content: Content, *, is_author: bool) -> str | None:
    """Return why an item that stands cannot be told `content`, or None."""
    match content:
        case AgendaEntry(starts=starts, ends=ends):
            return _objection_to_span(starts, ends)
        case Survey(anonymous=bool()) | Form(anonymous=bool()):
            return "who answers is shown or is not from the start"
        case Booking() if any(getattr(content, name) is not None for name in _CLAIM):
            return "what is booked stays: remove the booking and make another"
        case Approval() if content != Approval(cancelled=True):
            return "what is to be approved stays: cancel it and ask again"
        case Approval() if not is_author:
            return "only who asked for it cancels it"
        case Survey() | Form() | Booking() | Approval():
            return None
        case Note() | Task() | Resource() | Post() | StoredFile() | Broadcast():
            return None
    assert_never(content)


def _objection_to_span(starts: int | None, ends: int | None) -> str | None:
    if starts is None and ends is None:
        return None
    if starts is None or ends is None or not starts < ends <= LAST_MS:
        return "it starts and ends, in this order"
    return None


def _objection_to_steps(steps: Sequence[ApprovalStep], author: str) -> str | None:
    for step in steps:
        if len(set(step.approvers)) != len(step.approvers) or step.quorum > len(step.approvers):
            return "a step names each approver once, and no more are needed than there are"
        if author in step.approvers:
            return "nobody approves what they ask for themselves"
    return None


def objection_to_answer(
    content: Content, author: str, uid: str, answer: Answer, given: Iterable[AnswerView]
) -> str | None:
    """Return why `uid` is not the one to answer so, or None."""
    match content:
        case Task(assignees=assignees):
            is_others = bool(assignees) and uid not in (assignees or ())
            return "this is not yours to do" if isinstance(answer, Done) and is_others else None
        case Approval() as approval:
            return _objection_to_word(approval, author, uid, answer, given)
        case Note() | Survey() | AgendaEntry() | Resource() | Booking() | Post() | StoredFile():
            return None
        case Form() | Broadcast():
            return None
    assert_never(content)


def _objection_to_word(
    approval: Approval, author: str, uid: str, answer: Answer, given: Iterable[AnswerView]
) -> str | None:
    if not isinstance(answer, Decision | Delegate):
        return None
    steps = approval.steps or []
    if answer.step >= len(steps):
        return "there is no such step"
    words = approvals.said(approval, given).get(answer.step, NOTHING_SAID)
    if uid not in approvals.entitled(steps[answer.step], author, words):
        return "this is not yours to decide"
    if isinstance(answer, Delegate) and answer.to in (author, uid):
        return "somebody else decides in your place, and not who asked for it"
    return None

"""All-staff calls (安否確認): who may make one, what it must be, and who answers it."""

from msgspec.structs import replace

from wire.answers import Reply, Seen
from wire.bounds import MAX_NAME
from wire.items import Audience, Call
from wire.reasons import Reason, Refused
from zone import calls
from zone.calls import TRAINING
from zone.conversation.acting import Acting


def as_said(call: Call) -> Call:
    """Return a new call with what goes without saying: an exercise is named so."""
    after = calls.ESCALATE_AFTER_S if call.escalate_after_s is None else call.escalate_after_s
    title = call.title or ""
    if call.training and not title.startswith(TRAINING):
        title = TRAINING + title
    if len(title) > MAX_NAME:
        raise Refused(
            Reason.INVALID, f"{TRAINING} and the title have more than {MAX_NAME} characters"
        )
    return replace(call, title=title, escalate_after_s=after)


def demand_call(acting: Acting, item: str | None, call: Call) -> None:
    """Refuse what a call cannot say.  `item` is None for a new one."""
    before = calls.content(acting.writing.db, item) if item is not None else None
    if call.audience is not None:
        _demand_audience(acting, call.audience)
    if call.choices is not None and len(set(call.choices)) != len(call.choices):
        raise Refused(Reason.INVALID, "two choices are the same")
    if call.deadline and call.deadline <= acting.writing.now:
        raise Refused(Reason.INVALID, "the deadline is past")
    if before is not None:
        _demand_same(before, call)


def _demand_audience(acting: Acting, audience: Audience) -> None:
    if not acting.directory.called(audience):
        raise Refused(Reason.INVALID, "this audience is nobody")


def _demand_same(before: Call, call: Call) -> None:
    """Refuse to turn what people have answered into something else."""
    asked, wanted = before.choices or [], call.choices
    if wanted is not None and wanted[: len(asked)] != asked:
        raise Refused(Reason.INVALID, "choices are added behind those that were answered")
    if call.require not in (None, before.require):
        raise Refused(Reason.INVALID, "what a call asks for stays")
    if call.training is not None and call.training != bool(before.training):
        raise Refused(Reason.INVALID, "an exercise stays one: make another call")
    if before.training and call.title and not call.title.startswith(TRAINING):
        raise Refused(Reason.INVALID, f"the title of an exercise begins with {TRAINING}")


def demand_reply(acting: Acting, item: str, call: Call, answer: Seen | Reply) -> None:
    """Refuse an answer of somebody who is not called, or to something that was not asked."""
    if not acting.directory.is_called(item, acting.who.uid):
        raise Refused(Reason.FORBIDDEN, "this call is not to you")
    if isinstance(answer, Seen):
        return
    if answer.choice is not None and answer.choice >= len(call.choices or ()):
        raise Refused(Reason.INVALID, "there is no such choice")
    if call.require == "answer" and answer.choice is None and not answer.text:
        raise Refused(Reason.INVALID, "a choice, or some words")

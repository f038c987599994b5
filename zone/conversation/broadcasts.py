"""All-staff broadcasts (安否確認): who may make one, what it must be, and who answers it."""

from msgspec.structs import replace

from wire.answers import Reply
from wire.fields import MAX_NAME
from wire.items import Audience, Broadcast
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.items import broadcasts
from zone.items.broadcasts import TRAINING
from zone.items.items import item_place


def as_said(broadcast: Broadcast) -> Broadcast:
    """Return a new broadcast with its defaults: the title of an exercise says that it is one."""
    after = (
        broadcasts.ESCALATE_AFTER_S
        if broadcast.escalate_after_s is None
        else broadcast.escalate_after_s
    )
    title = broadcast.title or ""
    if broadcast.training and not title.startswith(TRAINING):
        title = TRAINING + title
    if len(title) > MAX_NAME:
        raise Refused(
            Reason.INVALID, f"{TRAINING} and the title have more than {MAX_NAME} characters"
        )
    return replace(broadcast, title=title, escalate_after_s=after)


def demand_broadcast(actor: Actor, item: str | None, broadcast: Broadcast) -> None:
    """Refuse what a broadcast cannot say.  `item` is None for a new one."""
    before = broadcasts.content(actor.writing.db, item) if item is not None else None
    if broadcast.audience is not None:
        _demand_audience(actor, item, broadcast.audience)
    if broadcast.choices is not None and len(set(broadcast.choices)) != len(broadcast.choices):
        raise Refused(Reason.INVALID, "two choices are the same")
    if broadcast.deadline and broadcast.deadline <= actor.writing.now:
        raise Refused(Reason.INVALID, "the deadline is past")
    if before is not None:
        _demand_same(before, broadcast)


def _demand_audience(actor: Actor, item: str | None, audience: Audience) -> None:
    place = None if item is None else item_place(actor.writing.db, item)
    caller = actor.who.uid if place is None else place.author
    if not actor.directory.addressees(audience, caller):
        raise Refused(Reason.INVALID, "this audience is nobody")


def _demand_same(before: Broadcast, broadcast: Broadcast) -> None:
    """Refuse to turn what people have answered into something else."""
    asked, wanted = before.choices or [], broadcast.choices
    if wanted is not None and wanted[: len(asked)] != asked:
        raise Refused(Reason.INVALID, "choices are added behind those that were answered")
    if broadcast.require not in (None, before.require):
        raise Refused(Reason.INVALID, "what a broadcast asks for stays")
    if broadcast.training is not None and broadcast.training != bool(before.training):
        raise Refused(Reason.INVALID, "an exercise stays one: make another broadcast")
    if before.training and broadcast.title and not broadcast.title.startswith(TRAINING):
        raise Refused(Reason.INVALID, f"the title of an exercise begins with {TRAINING}")


def demand_reply(broadcast: Broadcast, answer: Reply) -> None:
    """Refuse an answer to something that was not asked."""
    if answer.choice is not None and answer.choice >= len(broadcast.choices or ()):
        raise Refused(Reason.INVALID, "there is no such choice")
    if broadcast.require == "answer" and answer.choice is None and not answer.text:
        raise Refused(Reason.INVALID, "a choice, or some words")

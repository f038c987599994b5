"""Taking back what was refused: here it is again as it last was in both zones.

What the refused act made cannot stand again as it was before: there was nothing.  A message or an
item is taken back in this zone, a room is closed; somebody who was admitted is unknown again.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from wire.answers import Answer
from wire.bodies import (
    AnswerSet,
    Body,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    ReactionSet,
    RoomPut,
)
from wire.events import Event
from wire.merge import MEMBER, PIN, REACTION, field_name
from wire.reasons import Reason, Refused
from zone.conversation import items, messages
from zone.conversation.actor import Actor
from zone.conversation.acts import ActView, demand_refused, event_of, find_act, own_row
from zone.copy import deliveries, recall, registers
from zone.items import due
from zone.store import notifications
from zone.store.notification_row import Heard


def withdraw_act(actor: Actor, act: str, *, hours: int) -> ActView:
    """Take back what was refused; of what is held a message or an item, which the relay drops.

    Doing it again changes nothing.
    """
    db, uid = actor.writing.db, actor.who.uid
    row = own_row(db, uid, act)
    if row.follow is None:
        event = event_of(actor, row)
        if row.verdict == "held":
            _withdraw_held(actor, event, hours)
        else:
            demand_refused(row)
            take_back(actor, event)
            deliveries.follow_up(db, act, "")
    return find_act(db, actor.writing.side, uid, act)


def _withdraw_held(actor: Actor, event: Event, hours: int) -> None:
    match event.body:
        case MessagePost():
            messages.take_back(actor, event.id, "", hours=hours)
        case ItemPut(item=None):
            items.withdraw_item(actor, event.id, "")
        case _:
            raise Refused(Reason.CONFLICT, "it is held: a later change takes its place")


def take_back(actor: Actor, event: Event) -> None:
    """Have this zone show again what both last knew; say so where nothing was known before."""
    match event.body:
        case MessagePost():
            if not registers.word(actor.writing.db, event.id, registers.WITHDRAWN):
                body: Body = MessageWithdraw(event.id)
                actor.say(body, room=event.room, crosses=False)
        case ItemPut(item=None):
            if not registers.word(actor.writing.db, event.id, registers.REMOVED):
                actor.say(ItemRemove(event.id), room=event.room, crosses=False)
        case RoomPut(scope=str()):
            actor.say(RoomPut(archived=True), room=event.room, crosses=False)
        case _:
            _recall(actor, event)
            _tell_again(actor, event)


def _recall(actor: Actor, event: Event) -> None:
    recall.demand_recallable(actor.writing.db, event)
    actor.recall(event)
    due.plan(actor.writing.db, event)


def _tell_again(actor: Actor, event: Event) -> None:
    """Tell frontends how things stand now."""
    writing, body = actor.writing, event.body
    match body:
        case MessageEdit(message) | MessageWithdraw(message):
            notifications.tell_message(writing, message)
        case ItemPut(item=str(item)) | ItemRemove(item):
            notifications.tell_item(writing, item)
        case AnswerSet(item):
            notifications.tell_item(writing, item)
            _tell_answer(actor, event, body)
        case _:
            now = _as_it_is(actor, event)
            heard = Heard(event, writing.side.zone, actor.client_key)
            notifications.TOLD[type(now)].tell(writing, heard, now)


def _tell_answer(actor: Actor, event: Event, body: AnswerSet) -> None:
    field = (deliveries.about(event) or "").partition(":")[2]
    word = registers.value(actor.writing.db, body.item, field)
    if isinstance(word, list):
        answer: Any = msgspec.convert(word[0], Answer)
        before = AnswerSet(body.item, answer)
        heard = Heard(event, actor.writing.side.zone, actor.client_key)
        notifications.TOLD[AnswerSet].tell(actor.writing, heard, before)


def _as_it_is(actor: Actor, event: Event) -> Body:
    """Return the body that says what stands where `event` said something."""
    db, body = actor.writing.db, event.body
    match body:
        case ReactionSet(message, mark):
            field = field_name(REACTION, mark, event.author.uid)
            return replace(body, on=bool(registers.value(db, message, field)))
        case MessagePin(message):
            pin = registers.value(db, event.room or "", field_name(PIN, message))
            return replace(body, on=isinstance(pin, list) and bool(pin[0]))
        case MemberSet(user):
            part = registers.value(db, event.room or "", field_name(MEMBER, user))
            return MemberSet(user, *(part[:2] if isinstance(part, list) else ("none",)))
        case _:
            return body

"""What frontends are told of an event, whichever zone it was made in.

One table, `TOLD`, for what is done here and for what the relay brings: a row for each kind of
body.  What is told is how things stand once the event is applied, so being told twice does no
harm.  Every function runs inside a transaction, behind `Writing.act` or `Writing.receive`.
"""

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from wire.answers import Seen, part_of
from wire.bodies import (
    AnswerSet,
    Body,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Event
from wire.lane import Zone
from wire.merge import registers_of
from zone.copy import deliveries, files, messages, registers
from zone.copy.messages import Arrived
from zone.copy.views import (
    AnswerView,
    DeliveryUpdate,
    FileUpdate,
    PinView,
    ReactionView,
)
from zone.items import items
from zone.items.kinds import ITEM_KINDS, is_anonymous
from zone.store import reading_notifications, room_notifications, side_notifications
from zone.store.new_views import first_change, new_message
from zone.store.notification_row import Heard, TellingRow
from zone.store.writing import Writing, duty_audience


def tell(writing: Writing, event: Event, zone: Zone, client_key: str | None = None) -> None:
    """Tell frontends of `event`, made in `zone` and applied just now.

    `client_key` is the word by which the frontend that asked for it knows it.
    """
    row = TOLD[type(event.body)]
    if not row.is_word or _stands(writing, event, zone):
        row.tell(writing, Heard(event, zone, client_key), event.body)


def _stands(writing: Writing, event: Event, zone: Zone) -> bool:
    """Return whether something that `event` said is the latest word on it."""
    words = list(registers_of(event, zone))
    if writing.won and writing.won[-1] in words:
        return True
    return any(registers.stands(writing.db, word) for word in words)


def _tell_post(writing: Writing, heard: Heard, said: MessagePost) -> None:
    event, zone, client_key = heard.event, heard.zone, heard.client_key
    came = Arrived(event.at)
    if zone != writing.side.zone:
        came = _arrival(writing, event)
    if came.is_spoken_of:
        # It was held, and meanwhile somebody took it back or put a stamp on it.
        tell_message(writing, event.id, client_key)
        reading_notifications.tell_arrival(writing, event, came)
        return
    view = new_message(writing, event, zone, said, client_key, came)
    writing.tell("message.created", view, room=event.room, at=event.at)
    reading_notifications.tell_arrival(writing, event, came)


def _arrival(writing: Writing, event: Event) -> Arrived:
    """Return how a message of the far zone came here."""
    now = Arrived(writing.now)
    if writing.is_latest:  # it stands before nothing, and nobody can have spoken of it
        return now
    return messages.arrival_of(writing.db, event.id) or now


def tell_message(writing: Writing, message: str, client_key: str | None = None) -> None:
    """Tell the present state of a message, if it is known here."""
    view = messages.find_message(writing.db, writing.side, message)
    if view is not None:
        view = msgspec.structs.replace(view, client_key=client_key)
        writing.tell("message.updated", view, room=view.room, at=view.at)


def tell_file(writing: Writing, message: str, file: str) -> None:
    """Tell the present state of a file of a message."""
    place = items.owner_of(writing.db, message)
    for view in files.of_message(writing.db, message) if place else []:
        if place and view.id == file:
            update = FileUpdate(message, view)
            writing.tell("file.updated", update, room=place.room, at=place.at)


def _tell_put(writing: Writing, heard: Heard, put: ItemPut) -> None:
    _tell_item_said(writing, heard, put.item or heard.event.id, is_new=put.item is None)
    side_notifications.tell_superseded(writing, heard.event)


def _tell_look(writing: Writing, heard: Heard, look: RoomPut) -> None:
    room_notifications.tell_look(writing, heard, look)
    side_notifications.tell_superseded(writing, heard.event)


def _tell_removal(writing: Writing, heard: Heard, removal: ItemRemove) -> None:
    _tell_item_said(writing, heard, removal.item, is_new=False)


def _tell_item_said(writing: Writing, heard: Heard, item: str, *, is_new: bool) -> None:
    tell_item(writing, item, heard.client_key, is_new=is_new)
    follows = side_notifications.of_item(writing, item)
    for other in follows.items:
        tell_item(writing, other)
    side_notifications.tell_lost(writing, follows)
    if is_new:
        side_notifications.tell_first_step(writing, item)


def tell_item(
    writing: Writing, item: str, client_key: str | None = None, *, is_new: bool = False
) -> None:
    """Tell the present state of an item, if it is known here."""
    view = items.find_item(writing.db, writing.side, item, now=writing.now)
    if view is None:
        return
    view = msgspec.structs.replace(view, client_key=client_key)
    audience = item if view.room is None else None
    event_type = "item.created" if is_new else "item.updated"
    writing.tell(event_type, view, room=view.room, audience=audience, at=view.at)


def _tell_answer(writing: Writing, heard: Heard, change: AnswerSet) -> None:
    """Tell an answer to those who may see it, and how the item stands with it."""
    place = items.item_place(writing.db, change.item)
    if place is None:
        return  # the item is held, or was removed before it came
    event = heard.event
    who, part = event.author.uid, part_of(change.answer)
    change_here = first_change(writing, event, heard.zone)
    through = event.author.frontend
    view = AnswerView(change.item, who, part, change.answer, event.at, through, change_here)
    content = items.registers_of_item(writing.db, change.item).content(place.type)
    shown_to = ITEM_KINDS[type(content)].answers_shown_to
    if is_anonymous(content):
        writing.tell("answer.set", view, audience=who)
    elif shown_to == "room":
        writing.tell("answer.set", view, room=place.room, at=place.at)
    else:
        writing.tell("answer.set", view, audience=who)
        if shown_to == "callers":
            writing.tell("answer.set", view, audience=duty_audience("broadcast", place.author))
        elif who != place.author:
            writing.tell("answer.set", view, audience=place.author)
    if place.room is not None and not isinstance(change.answer, Seen):
        tell_item(writing, change.item)
        side_notifications.tell_of_answer(writing, change)


def _tell_change(writing: Writing, heard: Heard, change: MessageEdit | MessageWithdraw) -> None:
    tell_message(writing, change.message, heard.client_key)
    if isinstance(change, MessageWithdraw):
        reading_notifications.tell_withdrawal(writing, change)


def _tell_notice(writing: Writing, _: Heard, notice: RelayNotice) -> None:
    if notice.what == "message.post":
        tell_message(writing, notice.subject)
    elif notice.what == "item.put":  # of a change there is no place: the item stands as it did
        tell_item(writing, notice.subject)


def _tell_ready(writing: Writing, _: Heard, ready: FileReady) -> None:
    tell_file(writing, ready.message, ready.file)


def _tell_reaction(writing: Writing, heard: Heard, put: ReactionSet) -> None:
    place = messages.message_place(writing.db, put.message)
    if place is not None:
        event = heard.event
        change = first_change(writing, event, heard.zone)
        view = ReactionView(put.message, put.reaction, event.author.uid, put.on, change)
        writing.tell("reaction.set", view, room=place.room, at=place.at)


def _tell_pin(writing: Writing, heard: Heard, put: MessagePin) -> None:
    event, place = heard.event, messages.message_place(writing.db, put.message)
    if place is not None and place.room == event.room:
        change = first_change(writing, event, heard.zone)
        pin = PinView(put.message, event.author.uid, event.at, put.on, change)
        writing.tell("message.pinned", pin, room=place.room, at=place.at)


def _tell_nobody(_: Writing, __: Heard, ___: Body) -> None:
    """What daemons compare, and what is for the relay, is for no frontend."""


def _tell_refusals(writing: Writing, _: Heard, said: EventRefuse) -> None:
    """Tell the authors what the far zone has not applied of theirs."""
    told = defaultdict(list)
    for refusal in said.events:
        row = deliveries.find_row(writing.db, refusal.id)
        if row is not None and row.verdict == "refused":
            told[row.author].append(deliveries.delivery_of(writing.db, row.event, acked=0))
    for author, refused in told.items():
        writing.tell("delivery.updated", DeliveryUpdate(refused), audience=author)


_MESSAGE: Final = (("message.updated", "room"),)
_HELD: Final = (("item.updated", "room"), ("item.updated", "called"))
_UNREAD: Final = ("unread.changed", "room")
_ITEM: Final = (("item.updated", "room"), ("item.updated", "called"), ("booking.beaten", "one"))

TOLD: Final[Mapping[type[Body], TellingRow]] = MappingProxyType(
    {
        MessagePost: TellingRow(
            _tell_post, (("message.created", "room"), *_MESSAGE, _UNREAD), is_word=False
        ),
        MessageEdit: TellingRow(_tell_change, _MESSAGE, is_word=False),
        MessageWithdraw: TellingRow(_tell_change, (*_MESSAGE, _UNREAD), is_word=False),
        RelayNotice: TellingRow(_tell_notice, (*_MESSAGE, *_HELD), is_word=False),
        CopyDigest: TellingRow(_tell_nobody, (), is_word=False),
        ConsentGive: TellingRow(_tell_nobody, (), is_word=False),
        EventRefuse: TellingRow(_tell_refusals, (("delivery.updated", "one"),), is_word=False),
        FileReady: TellingRow(_tell_ready, (("file.updated", "room"),), is_word=False),
        MessagePin: TellingRow(_tell_pin, (("message.pinned", "room"),)),
        ReactionSet: TellingRow(_tell_reaction, (("reaction.set", "room"),)),
        ReadSet: TellingRow(
            reading_notifications.tell_read, (("read.set", "room"),), is_word=False
        ),
        RoomPut: TellingRow(
            _tell_look, (("room.updated", "room"), ("room.superseded", "one")), is_word=False
        ),
        RoomPurge: TellingRow(room_notifications.tell_purge, (("room.purged", "room"), _UNREAD)),
        MemberSet: TellingRow(
            room_notifications.tell_member,
            (("member.set", "room"), ("member.set", "one"), ("room.updated", "one")),
        ),
        ProfileSet: TellingRow(
            room_notifications.tell_profile, (("user.updated", "all"), ("user.updated", "known"))
        ),
        TenantPut: TellingRow(room_notifications.tell_tenant, (("tenant.updated", "all"),)),
        TenantLink: TellingRow(room_notifications.tell_link, (("tenant.linked", "tenant"),)),
        OrgPut: TellingRow(room_notifications.tell_org, (("org.updated", "all"),)),
        ItemPut: TellingRow(
            _tell_put,
            (
                ("item.created", "room"),
                ("item.created", "called"),
                *_ITEM,
                ("item.superseded", "one"),
                ("approval.waiting", "one"),
            ),
            is_word=False,
        ),
        ItemRemove: TellingRow(_tell_removal, _ITEM, is_word=False),
        AnswerSet: TellingRow(
            _tell_answer,
            (
                ("answer.set", "room"),
                ("answer.set", "one"),
                ("answer.set", "duty"),
                ("item.updated", "room"),
                ("approval.waiting", "one"),
            ),
        ),
    }
)

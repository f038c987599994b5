"""What is made, as it stands in the transaction that makes it: nothing of it is looked up again."""

from wire.bodies import MessagePost
from wire.events import Event
from wire.lane import Zone
from wire.order import make_stamp
from zone.copy import files
from zone.copy.change_views import ChangeView, Delivery
from zone.copy.messages import Arrived
from zone.copy.views import MessageView
from zone.store.writing import Writing


def new_message(
    writing: Writing,
    event: Event,
    zone: Zone,
    said: MessagePost,
    client_key: str | None,
    came: Arrived,
) -> MessageView:
    """Return a message as it stands in the transaction that applies it."""
    return MessageView(
        id=event.id,
        room=event.room or "",
        zone=zone.value,
        author=event.author.uid,
        at=event.at,
        stamp=make_stamp(event.hlc, zone),
        arrived=came.at,
        late=came.late,
        text=said.text,
        reply_to=said.reply_to,
        thread=said.thread,
        mentions=said.mentions,
        sticker=said.sticker,
        forwarded=said.forwarded,
        location=said.location,
        call=said.call,
        files=files.of_message(writing.db, event.id) if event.files else [],
        delivery=first_delivery(writing, event, zone),
        change=first_change(writing, event, zone),
        client_key=client_key,
    )


def first_delivery(writing: Writing, event: Event, zone: Zone) -> Delivery:
    """Return where an event stands in the transaction that applies it."""
    if zone != writing.side.zone:
        return "delivered"
    return "queued" if writing.leaves(event) else "local"


def first_change(writing: Writing, event: Event, zone: Zone) -> ChangeView | None:
    """Return an event that is to leave as a change, in the transaction that makes it."""
    if zone != writing.side.zone or not writing.leaves(event):
        return None
    return ChangeView(act=event.id, by=event.author.uid, delivery="queued")

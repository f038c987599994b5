"""What frontends are told of reading: who looked, and that more or less is unread than before.

Rows of `zone.store.notifications.TOLD`, or parts of them: every function runs inside a
transaction.
"""

from wire.bodies import MessageWithdraw, ReadSet
from wire.events import Event
from wire.lane import Zone
from wire.merge import Reading, readings_of
from wire.order import last_place
from zone.copy import messages
from zone.copy.messages import Arrived
from zone.copy.reading_views import Cause, ReadView, UnreadChange
from zone.store.notification_row import Heard
from zone.store.writing import Writing


def tell_read(writing: Writing, heard: Heard, read: ReadSet) -> None:
    """Tell a room who has looked at it, up to a message that is there."""
    event, place = heard.event, messages.message_place(writing.db, read.message)
    if place is not None and place.room == event.room:
        for reading in readings_of(event, heard.zone):
            writing.tell("read.set", read_view(reading), room=place.room, at=place.at)


def read_view(reading: Reading) -> ReadView:
    """Return a reading as frontends are shown it: with stamps to compare messages with."""
    return ReadView(
        reading.user,
        reading.message,
        reading.at,
        reading.zone.value,
        last_place(reading.lgwan, Zone.LGWAN),
        last_place(reading.internet, Zone.INTERNET),
        list(reading.without),
    )


def tell_arrival(writing: Writing, event: Event, came: Arrived) -> None:
    """Tell a room of a message that came to stand before what may have been read already."""
    if came.late or came.was_held:
        cause: Cause = "released" if came.was_held else "late"
        _tell(writing, event.room, cause, event.id, event.at)


def tell_withdrawal(writing: Writing, withdrawal: MessageWithdraw) -> None:
    """Tell a room that a message which some may not have read is not to be read any more."""
    place = messages.message_place(writing.db, withdrawal.message)
    if place is not None:
        _tell(writing, place.room, "withdrawn", withdrawal.message, place.at)


def _tell(writing: Writing, room: str | None, cause: Cause, message: str | None, at: int) -> None:
    if room is not None:
        writing.tell("unread.changed", UnreadChange(room, cause, message), room=room, at=at)

"""Who comes to an entry of the agenda, and who has not answered.  Pure."""

from collections.abc import Iterable, Sequence

from wire.answers import Rsvp
from wire.items import AgendaEntry
from zone.copy.states import EntryState
from zone.copy.views import AnswerView


def entry_state(
    entry: AgendaEntry, given: Iterable[AnswerView], bookings: Sequence[str]
) -> EntryState:
    """Return the state of an entry; `bookings` are the ids of what is booked for it."""
    replies = {
        one.user: one.answer.reply
        for one in given
        if isinstance(one.answer, Rsvp) and one.user is not None
    }
    said: dict[str, list[str]] = {"yes": [], "no": [], "maybe": []}
    for user, reply in sorted(replies.items()):
        said[reply].append(user)
    waiting = [user for user in entry.invited or () if user not in replies]
    return EntryState(
        yes=said["yes"],
        no=said["no"],
        maybe=said["maybe"],
        waiting=waiting,
        bookings=list(bookings),
    )

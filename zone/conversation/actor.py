"""Somebody acting: one transaction, who asks, and what they may do in it.

Every use case of this package is a function of an `Acting`.  Rights are read from
the directory, which stands still while a transaction runs.  What somebody may not
see does not exist for them: the answer is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wire.bodies import Body
from wire.events import Author, Event, FileRef
from wire.reasons import Reason, Refused
from zone.copy.messages import MessagePlace, message_place
from zone.copy.views import MemberView
from zone.items.items import ItemPlace
from zone.link.chains import demand_way_out
from zone.store import notifications
from zone.store.directory import MODERATES, SPEAKS, Directory
from zone.store.writing import Writing


@dataclass(slots=True)
class Actor:
    """One transaction of one user.  `client_key` is the asking frontend's word for it."""

    writing: Writing
    directory: Directory
    who: Author
    outbox_events: int  # unacknowledged events beyond which nothing more may leave
    client_key: str | None = None
    _may_leave: bool = False

    def say(
        self,
        body: Body,
        *,
        room: str | None,
        crosses: bool,
        id: str | None = None,  # noqa: A002 - the name of the field
        files: Sequence[FileRef] = (),
    ) -> Event:
        """Make an event, apply it, tell frontends of it, and have it cross if it is to."""
        if crosses and not self._may_leave:
            demand_way_out(self.writing.db, self.writing.side.leaving, self.outbox_events)
            self._may_leave = True
        event = self.writing.act(self.who, body, room=room, crosses=crosses, id=id, files=files)
        notifications.tell(self.writing, event, self.writing.side.zone, self.client_key)
        return event

    def part(self, room: str) -> MemberView:
        """Return what the asker is in a room; raises `Refused` if they are not in it."""
        part = self.directory.member(room, self.who.uid, now=self.writing.now)
        if part is None:
            raise Refused(Reason.NOT_FOUND)
        return part

    def demand_speaker(self, room: str) -> None:
        """Refuse a reader."""
        if self.part(room).role not in SPEAKS:
            raise Refused(Reason.FORBIDDEN, "readers say nothing here")
        if self.directory.is_archived(room):
            raise Refused(Reason.CONFLICT, "this room is kept to be read only")

    def demand_moderator(self, room: str) -> MemberView:
        """Refuse anybody but the room's owners and moderators."""
        part = self.part(room)
        if part.role not in MODERATES:
            raise Refused(Reason.FORBIDDEN, "this takes an owner or a moderator")
        return part

    def seen(self, message: str) -> MessagePlace:
        """Return where a message that the asker may see stands."""
        found = message_place(self.writing.db, message)
        if found is None or not self.sees(found.room, found.at):
            raise Refused(Reason.NOT_FOUND)
        return found

    def sees(self, room: str, at: int) -> bool:
        """Return whether what was said in a room at that time is for the asker."""
        return self.directory.sees_said(self.who.uid, room, at, now=self.writing.now)

    def sees_item(self, item: str, found: ItemPlace) -> bool:
        """Return whether an item is for the asker: in their room, or a broadcast to or by them."""
        if found.room is not None:
            return self.sees(found.room, found.at)
        return self.directory.sees_broadcast(self.who.uid, item, found.author)

    def demand_duty(self, duty: str) -> None:
        """Refuse whoever was not given this duty by an operator."""
        if not self.directory.has_duty(self.who.uid, duty):
            raise Refused(Reason.FORBIDDEN, f"this takes the duty {duty}")

    def crosses(self, room: str) -> bool:
        """Return whether what is said in a room is said in both zones."""
        return self.directory.is_shared(room)

"""Somebody acting: one transaction, who asks, and what they may do in it.

Every use case of this package is a function of an `Actor`, and says nothing that the table of
rights (`zone.rights.table`) does not grant.  What somebody may not see does not exist for
them: the answer is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wire.bodies import Body, OrgPut, ProfileSet, RoomPut, TenantPut
from wire.events import Author, Event, FileRef
from wire.order import make_stamp
from wire.reasons import Reason, Refused
from zone.conversation.names import as_across
from zone.copy import changes, deliveries, files, recall
from zone.copy.change_views import ChangeView
from zone.copy.messages import MessagePlace, message_place
from zone.copy.views import MemberView
from zone.items import wordings
from zone.items.items import ItemPlace
from zone.link.chains import demand_way_out
from zone.rights import table
from zone.rights.question import Question
from zone.store import notifications
from zone.store.directory import Directory
from zone.store.writing import Writing

_NAMING = OrgPut | ProfileSet | RoomPut | TenantPut


@dataclass(slots=True)
class Actor:
    """One transaction of one user.  `client_key` is the asking frontend's word for it."""

    writing: Writing
    directory: Directory
    who: Author
    outbox_events: int  # unacknowledged events beyond which nothing more may leave
    client_key: str | None = None
    _may_leave: bool = False
    _granted: Body | None = None  # what the table of rights was asked for last

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
        if isinstance(body, _NAMING):
            body = as_across(body)
        if self._granted is not body:
            self.demand(body, room=room)
        if crosses and not self._may_leave:
            demand_way_out(self.writing.db, self.writing.side.leaving, self.outbox_events)
            self._may_leave = True
        event = self.writing.act(self.who, body, room=room, crosses=crosses, id=id, files=files)
        notifications.tell(self.writing, event, self.writing.side.zone, self.client_key)
        return event

    def recall(self, event: Event) -> None:
        """Take back an event that the far zone has not taken in."""
        db, zone = self.writing.db, self.writing.side.zone
        found = recall.recall(db, event, zone)
        wordings.forget(db, event, make_stamp(event.hlc, zone))
        self.writing.won += found.restored
        self.writing.gone += found.gone
        if event.files:
            self.writing.orphans += files.drop(self.writing.db, event.id)
        self.writing.facts.forget()

    def reaches(self, room: str | None, made: str) -> bool:
        """Return whether what is said of a message or item in a room is for the other zone, too.

        Of what was refused there is nothing there to speak of: what is said of it stays here.
        """
        if room is not None and not self.crosses(room):
            return False
        return deliveries.verdict_of(self.writing.db, made) != "refused"

    def change_of(self, name: str) -> ChangeView | None:
        """Return the latest change made here to something (`zone.copy.deliveries`), if one was."""
        db, side = self.writing.db, self.writing.side
        return changes.latest(db, side, name, deliveries.acked_of(db, side))

    def part(self, room: str) -> MemberView:
        """Return what the asker is in a room; raises `Refused` if they are not in it."""
        part = self.directory.member(room, self.who.uid, now=self.writing.now)
        if part is None:
            raise Refused(Reason.NOT_FOUND)
        return part

    def demand(self, body: Body, *, room: str | None) -> None:
        """Refuse what the asker may not say: before anything else is looked at.

        A use case asks first, so that nobody learns of what they may not touch; what it forgets
        to ask `say` asks.
        """
        writing = self.writing
        question = Question(self.who, body, room, writing.side.zone, writing.side, writing.now)
        found = table.objection(question, writing.facts)
        if found is not None:
            raise Refused(found.reason, found.detail)
        self._granted = body

    def demand_open(self, room: str) -> None:
        """Refuse to say anything more in a room that is archived."""
        if self.directory.is_archived(room):
            raise Refused(Reason.CONFLICT, "this room is kept to be read only")

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
        return self.directory.sees_broadcast(self.who.uid, item)

    def crosses(self, room: str) -> bool:
        """Return whether what is said in a room is said in both zones."""
        return self.directory.is_shared(room)

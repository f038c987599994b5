"""What one user knows: rooms, who is in them, what was said.  Pure.

Filled from a snapshot and from pages of timelines, kept in step by the events that a
zone sends.  Taking an event in twice does no harm.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sekisho_client import Event, Message
from sekisho_client.changes import Change
from sekisho_client.events import DeliveryUpdate, FileUpdate, Reaction
from sekisho_client.messages import Read, Reader, ReadPosition
from sekisho_client.people import Link, Member, Room, RoomNow, Snapshot, User
from wire.item_labels import Label


@dataclass(slots=True)
class KnownRoom:
    """A room as far as it is known."""

    view: Room
    messages: dict[str, Message] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    # The last time that each looked in either zone, and whom the server named for a message.
    looks: dict[tuple[str, str], Read] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  # what people call a message here
    unread: int = 0
    mentions: int = 0
    late: list[str] = field(default_factory=list)  # unread, before what was read
    is_loaded: bool = False

    @property
    def name(self) -> str:
        """What the room is called."""
        return self.view.name

    def timeline(self) -> list[Message]:
        """Return its messages in the order in which both zones have them."""
        return sorted(self.messages.values(), key=lambda message: message.stamp)

    def numbered(self, number: int) -> Message | None:
        """Return the message that is called by `number`."""
        return next((self.messages[i] for i, n in self.numbers.items() if n == number), None)

    def readers(self, message: Message) -> int:
        """Return how many others have read `message`."""
        looked = {user for (user, _), look in self.looks.items() if look.covers(message)}
        return len((looked | self.named.get(message.id, set())) - {message.author})

    def newest(self, me: str) -> Message | None:
        """Return the message of others that came last, wherever it stands."""
        others = (each for each in self.messages.values() if each.author != me)
        return max(others, key=lambda each: (each.arrived, each.stamp), default=None)

    def count(self, position: ReadPosition | RoomNow) -> None:
        """Take in what is unread."""
        self.unread, self.mentions = position.unread, position.mentions
        self.late = position.late


@dataclass(slots=True)
class Conversation:
    """Everything that `me` sees."""

    me: str = ""
    users: dict[str, User] = field(default_factory=dict)
    rooms: dict[str, KnownRoom] = field(default_factory=dict)
    stickers: dict[str, str] = field(default_factory=dict)  # what each drawing says
    link: Link | None = None  # whether the other zone can be reached
    # What one said and was overruled, the latest last (`sekisho.chat.overruled`).
    overruled: dict[str, Label] = field(default_factory=dict)

    def name_of(self, user: str) -> str:
        """Return how somebody is called."""
        known = self.users.get(user)
        return known.name if known else "（不明）"

    def find(self, message: str) -> Message | None:
        """Return a message in whichever room it is."""
        return next(
            (r.messages[message] for r in self.rooms.values() if message in r.messages), None
        )

    def begin(self, snapshot: Snapshot) -> None:
        """Take in a snapshot; of rooms that are still there, what was said stays known."""
        self.me = snapshot.me.id
        self.users = {user.id: user for user in [*snapshot.users, snapshot.me]}
        before, self.rooms = self.rooms, {}
        for now in snapshot.rooms:
            name = now.room.id
            room = before.get(name, KnownRoom(now.room))
            room.view, room.is_loaded = now.room, False
            room.count(now)
            room.members = {member.user: member for member in now.members}
            self.rooms[name] = room

    def load(
        self, room: str, messages: Iterable[Message], readers: Mapping[str, Iterable[Reader]]
    ) -> None:
        """Take in the end of a room's timeline, and who has read which messages of it."""
        for message in messages:
            self.put(message)
        known = self.rooms[room]
        known.named |= {name: {each.user for each in those} for name, those in readers.items()}
        known.is_loaded = True

    def put(self, message: Message) -> None:
        """Take in a message as it stands now."""
        room = self.rooms.get(message.room)
        if room is not None:
            room.messages[message.id] = message
            room.numbers.setdefault(message.id, len(room.numbers) + 1)

    def take(self, event: Event) -> None:
        """Take in an event; kinds that are news to this program are passed over."""
        match event.data:
            case Snapshot() as snapshot:
                self.begin(snapshot)
            case Member() as member if event.room is not None:
                self._take_member(event.room, member)
            case Message() as message if event.type == "message.created":
                self._take_new(message)
            case Message() as message:
                self.put(message)
            case data if type(data) in _TAKERS:
                _TAKERS[type(data)](self, data)

    def _take_new(self, message: Message) -> None:
        room = self.rooms.get(message.room)
        if room is not None and message.id not in room.messages and message.author != self.me:
            room.unread += 1
        self.put(message)

    def _take_member(self, room: str, member: Member) -> None:
        known = self.rooms.get(room)
        if known is None:
            return
        if member.role != "none":
            known.members[member.user] = member
        elif member.user == self.me:
            del self.rooms[room]
        else:
            known.members.pop(member.user, None)

    def change(self, message: str, **fields: Any) -> None:
        """Replace some of what is known of a message."""
        known = self.find(message)
        if known is not None:
            self.put(replace(known, **fields))


def _take_link(known: Conversation, link: Link) -> None:
    known.link = link


def _take_delivery(known: Conversation, update: DeliveryUpdate) -> None:
    for item in update.items:
        what = (item.about or item.id).partition(":")
        if what[1]:  # a reaction or a pin: the message itself stands where it stood
            continue
        change = Change(
            act=item.id,
            by=known.me,
            delivery=item.delivery,
            reason=item.reason,
            rule=item.rule,
            removed=item.removed,
            hold=item.hold,
        )
        fate = {"delivery": item.delivery, "reason": item.reason, "removed": item.removed}
        known.change(what[0], **fate, change=change)


def _take_file(known: Conversation, update: FileUpdate) -> None:
    message, file = known.find(update.message), update.file
    if message is not None:
        files = [file if each.id == file.id else each for each in message.files]
        known.change(message.id, files=files)


def _take_reaction(known: Conversation, update: Reaction) -> None:
    message = known.find(update.message)
    if message is None:
        return
    reactions = {stamp: set(users) for stamp, users in message.reactions.items()}
    users = reactions.setdefault(update.reaction, set())
    users.add(update.user) if update.on else users.discard(update.user)
    known.change(message.id, reactions={s: sorted(u) for s, u in reactions.items() if u})


def _take_read(known: Conversation, update: Read) -> None:
    message = known.find(update.message)
    if message is None:
        return
    room = known.rooms[message.room]
    room.looks[update.user, update.zone] = update
    if update.user == known.me:
        own = [look for (user, _), look in room.looks.items() if user == known.me]
        others = (each for each in room.messages.values() if each.author != known.me)
        unread = [each for each in others if not any(look.covers(each) for look in own)]
        room.unread = len([each for each in unread if each.text is not None])
        room.late = [name for name in room.late if name in {each.id for each in unread}]


def _take_room(known: Conversation, view: Room) -> None:
    if view.id in known.rooms:
        known.rooms[view.id].view = view
    else:
        known.rooms[view.id] = KnownRoom(view)


def _take_user(known: Conversation, view: User) -> None:
    known.users[view.id] = view


_TAKERS: Mapping[type, Callable[[Conversation, Any], None]] = {
    FileUpdate: _take_file,
    Link: _take_link,
    DeliveryUpdate: _take_delivery,
    Reaction: _take_reaction,
    Read: _take_read,
    Room: _take_room,
    User: _take_user,
}

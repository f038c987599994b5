"""One user at their terminal: which room is open, and what becomes of what they type."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from rich.cells import set_cell_size
from rich.text import Text

from sekisho.chat import attachments, timeline
from sekisho.chat.conversation import KnownRoom
from sekisho.chat.following import Following
from sekisho.chat.listing import Listing
from sekisho.chat.orders import ORDERS, NotUnderstood, Order, read_line, usage_of
from sekisho.chat.other_messages import CONFIRMED, Sayings
from sekisho.chat.rooms import find_room
from sekisho.chat.troubles import trouble_words
from sekisho.chat.verdicts import Verdicts
from sekisho_client import Client, Message, Problem, Unreachable
from wire.item_labels import Label

SHOWN: Final = 10  # of what was found: a screen has 24 lines


class Session:
    """What a screen shows and does."""

    def __init__(self, client: Client, zone_name: str) -> None:
        """Talk through `client`; `zone_name` is what people call the zone."""
        self.client = client
        self.zone_name = zone_name
        self.following = Following(client)
        self.known = self.following.known
        self.listing = Listing(client, self.known.name_of)
        self.sayings = Sayings(client, self.known)
        self.verdicts = Verdicts(client)
        self.room: KnownRoom | None = None
        self.notes: list[Text] = []
        # A post that got no answer may have been taken in: said again, it has the same key.
        self._unanswered: tuple[str, str, str | None] | None = None
        self._key = ""
        self._read = ""  # the last message that we said we have read
        self._is_catching_up = False
        self.following.on_overruled = self._tell_overruled

    def rooms(self) -> list[KnownRoom]:
        """Return the rooms, oldest first."""
        return [self.known.rooms[name] for name in sorted(self.known.rooms)]

    async def open(self, name: str | None) -> None:
        """Open the room called `name`, or the first one.  Raises `NotUnderstood`."""
        rooms = self.rooms()
        self.room = find_room(rooms, name) if name else next(iter(rooms), None)
        await self.show()

    async def show(self) -> None:
        """Fetch what the open room lacks, and say that it was read."""
        room = self.room
        if room is None or room.view.id not in self.known.rooms:
            self.room = None
            return
        await self.following.load(room.view.id)
        unread = self._unread_in(room)
        if unread is not None:
            self._read = unread
            await self.client.read(room.view.id, unread)

    def _unread_in(self, room: KnownRoom) -> str | None:
        """Return the message of others that came last to a room, unless it was read already."""
        newest = room.newest(self.known.me) if room.unread else None
        return newest.id if newest is not None and newest.id != self._read else None

    async def catch_up(self) -> None:
        """Show the open room as it is now; where the zone does not answer, the next event does."""
        if self._is_catching_up:
            return
        self._is_catching_up = True
        try:
            await self.show()
            while self.room is not None and self._unread_in(self.room) is not None:
                await self.show()
        except (Problem, Unreachable):
            self._read = ""
        finally:
            self._is_catching_up = False

    async def enter(self, line: str) -> bool:
        """Do what was typed; return whether to go on.  What went wrong is in `notes`."""
        self.notes = []
        try:
            understood = read_line(line.strip())
            if isinstance(understood, str):
                await self._say(understood)
                return True
            if understood.name == "quit":
                return False
            await _DOERS[understood.name](self, understood)
        except (NotUnderstood, Problem, Unreachable, OSError) as trouble:
            self.note(trouble_words(trouble), style="red")
        return True

    def note(self, text: str, style: str = "cyan") -> None:
        """Show a line below the timeline until the next one is typed."""
        self.notes.append(Text(text, style=style))

    def tell(self, *lines: str) -> None:
        """Show lines below the timeline."""
        for line in filter(None, lines):
            self.note(line)

    async def _say(self, text: str, *, reply_to: str | None = None) -> None:
        if not text:
            return
        room = self.opened().view.id
        if self._unanswered != (room, text, reply_to):
            self._key = secrets.token_hex(16)
        self._unanswered = (room, text, reply_to)
        await self.client.post(room, text, reply_to=reply_to, key=self._key)
        self._unanswered = None

    def opened(self) -> KnownRoom:
        """Return the open room; there must be one."""
        if self.room is None:
            raise NotUnderstood("先に /join でルームを開いてください")
        return self.room

    def numbered(self, order: Order) -> Message:
        """Return the message that an order speaks of."""
        found = self.opened().numbered(order.number())
        if found is None:
            raise NotUnderstood(f"#{order.number()} の発言はありません")
        return found

    async def _rooms(self, _: Order) -> None:
        for at, room in enumerate(self.rooms(), 1):
            scope = "" if room.view.scope == "shared" else "  この網の中だけ"
            self.note(f"{at}  {room.name}  {room.view.members}人  未読 {room.unread}{scope}")

    async def _join(self, order: Order) -> None:
        await self.open(order.demand_text())

    async def _unread(self, _: Order) -> None:
        found = [room for room in self.rooms() if room.unread]
        for room in found:
            self.note(f"{room.name}  {timeline.unread(room)}")
        if not found:
            self.note("未読はありません")

    async def _who(self, order: Order) -> None:
        if order.optional_number() is None:
            for user, member in sorted(self.opened().members.items()):
                self.note(f"{timeline.author(self.known, user).plain}  {member.role}")
            return
        message = self.numbered(order).id
        for state, word in (("read", "既読"), ("unread", "未読")):
            users = await self.client.readers(message, "read" if state == "read" else "unread")
            names = "、".join(self.known.name_of(each.user) for each in users)
            self.note(f"{word} {len(users)}: {names}")

    async def _reply(self, order: Order) -> None:
        await self._say(order.demand_text(), reply_to=self.numbered(order).id)

    async def _edit(self, order: Order) -> None:
        await self.client.edit(self.numbered(order).id, order.demand_text())

    async def _withdraw(self, order: Order) -> None:
        await self.client.withdraw(self.numbered(order).id, order.text)

    async def _react(self, order: Order) -> None:
        message = self.numbered(order)
        if len(order.words) < 2:
            raise NotUnderstood(usage_of("react"))
        stamp = order.words[1]
        is_on = self.known.me in message.reactions.get(stamp, [])
        await self.client.react(message.id, stamp, on=not is_on)

    async def _file(self, order: Order) -> None:
        room = self.opened().view.id
        if not order.words:
            raise NotUnderstood(usage_of("file"))
        file = await attachments.upload(self.client, order.words[0])
        await self.client.post(room, order.text, files=[file.id])

    async def _locked(self, order: Order) -> None:
        room = self.opened().view.id
        if len(order.words) < 2:
            raise NotUnderstood(usage_of("locked"))
        path, password = order.words
        file = await attachments.upload(self.client, path, password)
        await self.client.post(room, order.text, files=[file.id])

    async def _save(self, order: Order) -> None:
        for file in self.numbered(order).files:
            path = await attachments.save(self.client, file, order.text or ".")
            self.note(f"保存しました: {path}")

    async def _search(self, order: Order) -> None:
        found = (await self.client.search(order.demand_text(), limit=SHOWN)).items
        for one in found:
            day = time.strftime("%m/%d %H:%M", time.localtime(one.at / 1000))
            room = self.known.rooms.get(one.room)
            line = Text(f"{day}  {room.name if room else ''}  {self.known.name_of(one.author)}  ")
            excerpt = Text(one.excerpt)
            for start, end in one.marks:
                excerpt.stylize("bold yellow", start, end)
            self.notes.append(line.append_text(excerpt))
        if not found:
            self.note("見つかりません")

    async def _sticker(self, order: Order) -> None:
        self.tell(await self.sayings.sticker(self.opened(), order))

    async def _thread(self, order: Order) -> None:
        self.tell(*await self.sayings.thread(self.opened(), self.numbered(order), order))

    async def _forward(self, order: Order) -> None:
        message = self.numbered(order)
        if len(order.words) < 2:
            raise NotUnderstood(usage_of("forward"))
        target = find_room(self.rooms(), order.words[1])
        is_meant = order.text == CONFIRMED
        self.tell(await self.sayings.forward(message, target, is_meant=is_meant))

    async def _pin(self, order: Order) -> None:
        self.tell(await self.sayings.pin(self.opened(), self.numbered(order)))

    async def _later(self, order: Order) -> None:
        self.tell(*await self.sayings.later(self.opened(), order))

    async def _status(self, order: Order) -> None:
        self.tell(await self.sayings.status(order))

    async def _direct(self, order: Order) -> None:
        view = await self.client.room(await self.sayings.direct(order))
        self.known.rooms.setdefault(view.id, KnownRoom(view))  # the stream tells of it later
        await self.open(view.id)

    async def _items(self, _: Order) -> None:
        self.tell(*await self.listing.of_room(self.opened().view.id))

    async def _tasks(self, _: Order) -> None:
        self.tell(*await self.listing.own_tasks())

    async def _survey(self, order: Order) -> None:
        await self.listing.ask(self.opened().view.id, order)

    async def _answer(self, order: Order) -> None:
        self.note(await self.listing.answer(order))

    async def _verdicts(self, order: Order) -> None:
        self.tell(*await self.verdicts.do(order))

    def _tell_overruled(self, told: Label) -> None:
        self.note(f"⚠ {told.ja}", style="yellow")
        self.note(f"  {told.en}", style="dim")

    async def _overruled(self, _: Order) -> None:
        for told in self.known.overruled.values():
            self._tell_overruled(told)
        if not self.known.overruled:
            self.note("上書きされたものも、取れなかった予約もありません")

    async def _help(self, _: Order) -> None:
        for name, usage in ORDERS.items():
            self.note(set_cell_size(f"/{name} {usage.arguments}", 34) + usage.help)


_DOERS: Final[Mapping[str, Callable[[Session, Order], Awaitable[None]]]] = {
    "rooms": Session._rooms,
    "join": Session._join,
    "who": Session._who,
    "reply": Session._reply,
    "edit": Session._edit,
    "withdraw": Session._withdraw,
    "react": Session._react,
    "sticker": Session._sticker,
    "thread": Session._thread,
    "forward": Session._forward,
    "pin": Session._pin,
    "later": Session._later,
    "status": Session._status,
    "direct": Session._direct,
    "file": Session._file,
    "locked": Session._locked,
    "save": Session._save,
    "items": Session._items,
    "tasks": Session._tasks,
    "survey": Session._survey,
    "done": Session._answer,
    "vote": Session._answer,
    "approve": Session._answer,
    "deny": Session._answer,
    "search": Session._search,
    "unread": Session._unread,
    **dict.fromkeys(("verdicts", "takeback", "resend"), Session._verdicts),
    "overruled": Session._overruled,
    "help": Session._help,
}

"""What is said in other ways than by a line: drawings, threads, forwards, pins, later, direct."""

import time
from collections.abc import Sequence
from typing import Final

from sekisho.chat.conversation import Conversation, KnownRoom
from sekisho.chat.orders import NotUnderstood, Order, usage_of
from sekisho_client import Client, Message, Problem

CONFIRMED: Final = "はい"
DAY_S: Final = 24 * 3600


class Sayings:
    """Says things for one user.  Every method returns what to tell them, "" for nothing."""

    def __init__(self, client: Client, known: Conversation) -> None:
        """Speak through `client`; `known` is what its user sees."""
        self._client = client
        self._known = known

    async def sticker(self, room: KnownRoom, order: Order) -> str:
        """Say a drawing by its name or by what is written on it; without one, list them."""
        drawings = self._known.stickers
        if not order.text:
            return "  ".join(drawings.values())
        found = [name for name, title in drawings.items() if order.text in (name, title)]
        if not found:
            raise NotUnderstood(f"「{order.text}」というスタンプはありません。/sticker で一覧")
        await self._client.post(room.view.id, "", sticker=found[0])
        return ""

    async def thread(self, room: KnownRoom, message: Message, order: Order) -> list[str]:
        """Say something in the thread of a message; without words, show the thread."""
        root = message.thread or message.id
        if order.text:
            await self._client.post(room.view.id, order.text, thread=root)
            return []
        lines, page = list[str](), await self._client.replies(root)
        while True:
            lines += [f"{self._known.name_of(each.author)}: {each.text}" for each in page.items]
            if page.next is None:
                break
            page = await self._client.replies(root, after=page.next)
        return lines or ["スレッドはまだありません"]

    async def forward(self, message: Message, target: KnownRoom, *, is_meant: bool) -> str:
        """Say a message again in another room; where more people see it, only if that is meant."""
        try:
            await self._client.forward(message.id, target.view.id, confirm=is_meant)
        except Problem as problem:
            if problem.code != "needs-confirm":
                raise
            return f"今は見えない人にも見えます。よければ行の終わりに {CONFIRMED} を付けてください"
        return f"「{target.name}」へ転送しました"

    async def pin(self, room: KnownRoom, message: Message) -> str:
        """Pin a message to its room; again: take the pin out."""
        pinned = {each.id for each in await self._client.pins(room.view.id)}
        is_on = message.id not in pinned
        await self._client.pin(message.id, on=is_on)
        return "ピン留めしました" if is_on else "ピンを外しました"

    async def later(self, room: KnownRoom, order: Order) -> Sequence[str]:
        """Post a message at a time of day, today or tomorrow; without one, list what is to come."""
        if not order.words:
            waiting = await self._client.later_messages()
            lines = [f"{_clock(each.due)}  {each.said.text}" for each in waiting]
            return lines or ["予約はありません"]
        due = next_time(order.words[0], time.time())
        await self._client.post_later(room.view.id, order.demand_text(), due)
        return [f"{_clock(due)} に送ります"]

    async def status(self, order: Order) -> str:
        """Say where one is today; without words, nothing more is shown."""
        await self._client.set_status(order.text)
        return f"状態を「{order.text}」にしました" if order.text else "状態を消しました"

    async def direct(self, order: Order) -> str:
        """Return the room of oneself and who is called so."""
        name = order.demand_text()
        everybody = {user.id: user.name for user in await self._client.users()}
        exact = [user for user, each in everybody.items() if name in (user, each)]
        found = exact or [user for user, each in everybody.items() if name in each]
        if len(found) != 1:
            raise NotUnderstood(f"「{name}」に当たる人は {len(found)} 人です")
        return await self._client.open_direct(found[0])


def next_time(untrusted: str, now_s: float) -> int:
    """Return when it is next `HH:MM` here, in milliseconds since 1970.  Raises `NotUnderstood`."""
    try:
        wanted = time.strptime(untrusted, "%H:%M")
    except ValueError:
        raise NotUnderstood(usage_of("later")) from None
    now = time.localtime(now_s)
    today = (now.tm_year, now.tm_mon, now.tm_mday, wanted.tm_hour, wanted.tm_min, 0, 0, 0, -1)
    due = time.mktime(today)
    return int(due if due > now_s else due + DAY_S) * 1000


def _clock(at: int) -> str:
    return time.strftime("%m/%d %H:%M", time.localtime(at / 1000))

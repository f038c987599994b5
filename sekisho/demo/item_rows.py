"""Items on the board: each as both networks have it, once it is as it is wanted."""

from collections.abc import Callable
from typing import Any

from rich.text import Text

from sekisho.chat import timeline
from sekisho.chat.conversation import Conversation
from sekisho.demo import item_lines
from sekisho.demo.board import BoardCell
from sekisho.demo.city import ZoneName
from sekisho.demo.story import VERDICTS, Telling, far_of
from sekisho.demo.waiting import wait_until
from sekisho_client import Client, Item


async def make(
    telling: Telling, maker: tuple[str, ZoneName], room: str, kind: str, title: str, **content: Any
) -> str:
    """Have somebody make an item in a room, and wait until the far zone has it; return its id."""
    person, zone = maker
    client = telling.town.client(person, zone)
    item = await client.make_item(telling.town.rooms[room], kind, title, **content)
    await wait_until(lambda: telling.eyes(far_of(zone)).client.item(item))
    return item


async def show(
    telling: Telling,
    maker: tuple[str, ZoneName],
    item: str,
    holds: Callable[[Item], object] = lambda _: True,
    *,
    promise: str = "",
) -> None:
    """Print an item as both zones have it, once it `holds` in both.

    A `promise` is kept if they show it alike.
    """
    person, zone = maker
    far_desk, near_desk = telling.eyes(far_of(zone)), telling.town.desk(person, zone)
    far = await _seen(far_desk.client, item, holds)
    near = await _seen(
        near_desk.client, item, lambda found: holds(found) and found.delivery in VERDICTS
    )
    is_same = (near.content, near.state) == (far.content, far.state)
    fate = Text("＝ 同じ", "cyan") if is_same else Text("≠ 異なる", "red")
    cells = [
        _cell(near_desk.known, near, timeline.delivery(near)),
        _cell(far_desk.known, far, fate),
    ]
    telling.board.row(*(cells if zone == "internet" else cells[::-1]))
    if promise:
        telling.checks.add(promise, is_same)


async def _seen(client: Client, item: str, holds: Callable[[Item], object]) -> Item:
    return await wait_until(lambda: client.item(item), holds)


def _cell(known: Conversation, item: Item, fate: Text) -> BoardCell:
    head, *lines = item_lines.drawn(known, item)
    return BoardCell(head, fate, lines)

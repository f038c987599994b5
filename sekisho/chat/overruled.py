"""What one said and does not stand any more: overwritten unseen, or a booking that was lost.

Said in Japanese and, below, in English.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from sekisho.chat.conversation import Conversation
from sekisho.chat.listing import title_of
from sekisho_client import Client, Item, Problem, Unreachable
from sekisho_client.events import BookingBeaten, ItemSuperseded, RoomSuperseded
from wire.item_kinds import ITEMS, TYPES
from wire.item_labels import Label

JST: Final = timezone(timedelta(hours=9))
# What a room says of itself; what a program does not know is shown as the server says it.
ROOM_FIELDS: Final[Mapping[str, Label]] = {
    "name": Label("ルーム名", "name"),
    "topic": Label("説明", "topic"),
    "icon": Label("アイコン", "icon"),
    "colour": Label("色", "colour"),
    "history": Label("途中参加者に見せる範囲", "what late joiners see"),
    "retention_days": Label("保存日数", "days of retention"),
    "legal_hold": Label("削除の停止", "legal hold"),
    "archived": Label("アーカイブ", "archived"),
}
# Of what was overwritten: a line on a terminal.
_SHOWN: Final = 120

Overruled = ItemSuperseded | RoomSuperseded | BookingBeaten


async def overruled_words(client: Client, known: Conversation, event: Overruled) -> Label:
    """Return what is told to whoever it happened to; what the server does not say is left out."""
    match event:
        case ItemSuperseded():
            item = await _item(client, event.item)
            kind = _kind(event.item_type)
            what = _titled(kind, "" if item is None else title_of(item))
            return superseded(known.name_of(event.by), what, _item_fields(event), event.said)
        case RoomSuperseded():
            room = known.rooms.get(event.room)
            what = _titled(Label("ルーム", "the room"), room.name if room else "")
            fields = {name: ROOM_FIELDS.get(name, Label(name, name)) for name in event.fields}
            return superseded(known.name_of(event.by), what, fields, event.said)
        case BookingBeaten():
            resource = await _item(client, event.resource)
            winner = await _item(client, event.beaten_by)
            name = "" if resource is None else title_of(resource)
            by = "" if winner is None else known.name_of(winner.author)
            return beaten(name, event.starts, event.ends, by)


async def _item(client: Client, name: str) -> Item | None:
    with suppress(Problem, Unreachable):
        return await client.item(name)
    return None


def _titled(kind: Label, title: str) -> Label:
    """Return what a thing is called."""
    if not title:
        return kind
    return Label(f"{kind.ja}「{title}」", f"{kind.en} “{title}”")


def _kind(name: str) -> Label:
    content = TYPES.get(name)
    return Label(name, name) if content is None else ITEMS[content].labels.kind


def _item_fields(event: ItemSuperseded) -> Mapping[str, Label]:
    content = TYPES.get(event.item_type)
    labels = {} if content is None else ITEMS[content].labels.fields
    return {name: labels.get(name, Label(name, name)) for name in event.fields}


def superseded(by: str, what: Label, fields: Mapping[str, Label], said: Mapping[str, Any]) -> Label:
    """Return who has overwritten what, and what one had said oneself."""
    names_ja = "・".join(label.ja for label in fields.values())
    names_en = ", ".join(label.en for label in fields.values())
    words = " / ".join(_short(said[name]) for name in fields if name in said)
    return Label(
        f"上書きされました: {what.ja}の{names_ja}。"
        f"{by}さんが、あなたの文を見ずに書き換えました。あなたの文: {words}",
        f"Overwritten: {names_en} of {what.en}, by {by}, who had not seen your wording: {words}",
    )


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def beaten(resource: str, starts: int, ends: int, by: str) -> Label:
    """Return which booking was lost, and to whom; times are those of Japan."""
    at = f"{_time(starts)}–{_time(ends)}"
    who_ja, who_en = (f"{by}さんの" if by else "ほかの"), (by or "somebody else")
    return Label(
        f"予約が取れませんでした: {resource} {at}。{who_ja}予約が先でした。",
        f"Booking lost: {resource}, {at} (JST). The booking of {who_en} came first.",
    )


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(JST):%Y-%m-%d %H:%M}"

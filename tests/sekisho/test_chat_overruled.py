"""Whoever was overwritten, or lost a booking, reads so at their terminal: by whom, and in what."""

from pathlib import Path
from typing import Any

from sekisho.chat.session import Session
from tests.sekisho.test_chat_items import sitting, typed
from tests.zone.api.conftest import People, peopled
from wire.bodies import ItemPut, RoomPut
from wire.events import Author, Event
from wire.ids import mint_id
from wire.items import Booking, Note
from wire.order import hlc_of
from zone.link import belief

FAR = mint_id("fe", now=1, entropy=bytes(10))
STARTS = 1_800_000_000_000  # 2027-01-15 17:00 in Japan
HOUR = 3_600_000


async def far(people: People, body: Any, hlc: int, name: str | None = None) -> str:
    """Have taro say something in the other zone, at a place in the order."""
    town = people.town
    uid, tenant = town.ids["taro"], town.store.directory.tenant_of(town.ids["taro"])
    act = name or mint_id("ac", now=town.clock.now, entropy=hlc.to_bytes(10))
    event = Event(act, hlc, town.clock.now, people.room, Author(uid, tenant or "", FAR), body)
    assert await town.store.write(lambda w: belief.take_in(w, event)) is None
    return act


async def told(session: Session, cursor: str) -> list[str]:
    """Take in what came behind a cursor and return what the terminal shows of it."""
    session.notes.clear()
    events = (await session.client.poll(cursor, wait=0)).items
    for event in events:
        await session.following.take(event)
    return [note.plain for note in session.notes]


async def test_who_overwrote_an_item_and_what_one_had_said_stands_at_the_terminal(
    tmp_path: Path,
) -> None:
    async with peopled(tmp_path / "n") as people:
        hana = await sitting(people.hana, people.room)
        assert await typed(hana, "/overruled") == [
            "上書きされたものも、取れなかった予約もありません"
        ]
        note = await people.hana.make_item(people.room, "note", "連絡先", text="内線 1")
        first = (await people.hana.item(note)).etag
        changed = await people.hana.change_item(note, text="内線 2")
        cursor = (await people.hana.snapshot()).cursor
        await far(people, ItemPut(Note(text="内線 3"), note, first), hlc_of(changed.etag) + 1)
        shown = await told(hana, cursor)
        assert shown == [
            "⚠ 上書きされました: ノート「連絡先」の本文。"
            "taroさんが、あなたの文を見ずに書き換えました。あなたの文: 内線 2",
            "  Overwritten: Text of Note “連絡先”, by taro, who had not seen your wording: 内線 2",
        ]
        await told(hana, cursor)  # told again, it is one thing
        assert await typed(hana, "/overruled") == shown
        wordings = await people.hana.item_revisions(note)
        assert [each.content.get("text") for each in wordings] == ["内線 1", "内線 2", "内線 3"]


async def test_who_overwrote_a_rooms_topic_stands_at_the_terminal(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana = await sitting(people.hana, people.room)
        await people.hana.set_member(people.room, people.town.ids["taro"], "owner")
        before = (await people.hana.room_revisions(people.room))[-1].stamp
        await people.hana.change_room(people.room, topic="九時集合")
        mine = (await people.hana.room_revisions(people.room))[-1]
        assert (mine.base, mine.look) == (before, {"topic": "九時集合"})
        cursor = (await people.hana.snapshot()).cursor
        await far(people, RoomPut(topic="十時集合", base=before), hlc_of(mine.stamp) + 1)
        shown = await told(hana, cursor)
        name = (await people.hana.room(people.room)).name
        assert shown == [
            f"⚠ 上書きされました: ルーム「{name}」の説明。"
            "taroさんが、あなたの文を見ずに書き換えました。あなたの文: 九時集合",
            f"  Overwritten: topic of the room “{name}”, by taro, who had not seen your wording:"
            " 九時集合",
        ]
        wordings = [
            each.look.get("topic") for each in await people.taro.room_revisions(people.room)
        ]
        assert wordings[-2:] == ["九時集合", "十時集合"]


async def test_who_lost_a_booking_reads_to_whom_and_when_it_was(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana = await sitting(people.hana, people.room)
        hall = await people.hana.make_item(
            people.room, "resource", "大会議室", resource_kind="room"
        )
        said: dict[str, Any] = {"resource": hall, "starts": STARTS, "ends": STARTS + HOUR}
        mine = await people.hana.make_item(people.room, "booking", "会議", **said)
        cursor = (await people.hana.snapshot()).cursor
        booking = mint_id("bk", now=people.town.clock.now, entropy=bytes(10))
        body = ItemPut(Booking(title="会議", **said))
        await far(people, body, hlc_of((await people.hana.item(mine)).etag) - 1, booking)
        assert await told(hana, cursor) == [
            "⚠ 予約が取れませんでした: 大会議室 2027-01-15 17:00–2027-01-15 18:00。"
            "taroさんの予約が先でした。",
            "  Booking lost: 大会議室, 2027-01-15 17:00–2027-01-15 18:00 (JST)."
            " The booking of taro came first.",
        ]

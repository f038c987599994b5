"""What is typed of drawings, threads, forwards, pins and the rest, against a real zone."""

import time
from pathlib import Path

import pytest

from sekisho.chat.orders import ORDERS
from sekisho.chat.other_messages import next_time
from sekisho.chat.session import _DOERS
from tests.sekisho.test_chat_items import two, typed
from tests.zone.api.conftest import peopled


async def test_a_drawing_is_said_by_what_is_written_on_it(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, _ = await two(people)
        assert "了解" in (await typed(hana, "/sticker"))[0]
        assert await typed(hana, "/sticker 了解") == []
        assert (await typed(hana, "/sticker 花火"))[0].startswith("「花火」というスタンプは")
        (said,) = (await people.taro.messages(people.room)).items
        assert said.sticker == "sekisho/ok"


async def test_a_thread_is_written_and_read(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        await people.taro.post(people.room, "国道の規制について")
        hana, _ = await two(people)
        assert await typed(hana, "/thread 1") == ["スレッドはまだありません"]
        assert await typed(hana, "/thread 1 片側通行です") == []
        assert [line.split(": ")[1] for line in await typed(hana, "/thread 1")] == ["片側通行です"]


async def test_a_forward_to_more_people_is_asked_about_first(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        await people.hana.post(people.room, "口外しないでください")
        others = [user.id for user in await people.hana.users()]
        wider = await people.hana.create_room("全体", members=[(user, "member") for user in others])
        narrow = await people.hana.create_room("控え")
        hana, taro = await two(people)
        assert await typed(hana, "/forward 1 控え") == ["「控え」へ転送しました"]
        only_hana = await people.hana.post(narrow, "まだ内緒です")
        await hana.open("控え")
        number = hana.opened().numbers[only_hana.id]
        assert "はい を付けて" in (await typed(hana, f"/forward {number} 全体"))[0]
        assert (await people.taro.messages(wider)).items == []
        assert await typed(hana, f"/forward {number} 全体 はい") == ["「全体」へ転送しました"]
        (passed_on,) = (await people.taro.messages(wider)).items
        assert passed_on.text == ""
        assert passed_on.forwarded is not None
        assert passed_on.forwarded.text == "まだ内緒です"
        assert taro.opened().name != "全体"


async def test_a_pin_is_set_and_taken_out(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        await people.hana.post(people.room, "集合は8時")
        hana, _ = await two(people)
        assert await typed(hana, "/pin 1") == ["ピン留めしました"]
        assert len(await people.taro.pins(people.room)) == 1
        assert await typed(hana, "/pin 1") == ["ピンを外しました"]


async def test_what_is_said_later_takes_a_time_of_day(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, _ = await two(people)
        assert await typed(hana, "/later") == ["予約はありません"]
        assert (await typed(hana, "/later 25:00 朝礼です"))[0].startswith("使い方: /later")


@pytest.mark.parametrize(("asked", "hours"), [("9:30", 1.5), ("8:00", 24.0), ("7:00", 23.0)])
def test_a_time_of_day_that_has_gone_by_is_tomorrow(asked: str, hours: float) -> None:
    now = time.mktime((2026, 11, 24, 8, 0, 0, 0, 0, -1))
    assert next_time(asked, now) == (now + hours * 3600) * 1000


async def test_a_status_is_shown_and_two_have_one_room(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, taro = await two(people)
        assert await typed(hana, "/status 在宅勤務") == ["状態を「在宅勤務」にしました"]
        me = await people.taro.me()
        seen = await people.taro.user((await people.hana.me()).id)
        assert seen.status == "在宅勤務"
        assert await typed(hana, f"/direct {me.name}") == []
        assert await typed(taro, f"/direct {seen.name}") == []
        assert hana.opened().view.id == taro.opened().view.id
        assert "0 人です" in (await typed(hana, "/direct だれもいない"))[0]


@pytest.mark.parametrize("name", sorted(ORDERS.keys() - {"quit"}))
def test_every_order_that_help_lists_is_done(name: str) -> None:
    assert name in _DOERS

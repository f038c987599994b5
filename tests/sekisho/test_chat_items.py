"""What is typed of tasks, surveys and approvals, against a real zone."""

from pathlib import Path

from sekisho.chat.session import Session
from sekisho_client import Client
from tests.zone.api.conftest import People, peopled


async def sitting(client: Client, room: str) -> Session:
    """Return somebody at their terminal, with a room open."""
    session = Session(client, "LGWAN")
    await session.following.start()
    await session.open(room)
    return session


async def typed(session: Session, line: str) -> list[str]:
    """Type a line and return what is shown below the timeline."""
    await session.enter(line)
    return [note.plain for note in session.notes]


async def two(people: People) -> tuple[Session, Session]:
    return await sitting(people.hana, people.room), await sitting(people.taro, people.room)


async def test_a_survey_is_asked_listed_and_answered(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, taro = await two(people)
        assert await typed(hana, "/survey 昼食はどちら / 和食 / 洋食") == []
        assert await typed(taro, "/items") == ["1  アンケート  昼食はどちら  1:和食 0  2:洋食 0"]
        assert await typed(taro, "/vote 1 2") == ["アンケート  昼食はどちら  1:和食 0  2:洋食 1"]
        assert (await typed(taro, "/vote 1 9"))[0].startswith("✗")
        assert (await typed(taro, "/vote 1"))[0].startswith("使い方: /vote")
        assert (await typed(hana, "/survey 一つだけ / 和食"))[0].startswith("使い方: /survey")


async def test_ones_tasks_are_done_from_any_room(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, taro = await two(people)
        taros = people.town.ids["taro"]
        await people.hana.make_item(people.room, "task", "備蓄の点検", assignees=[taros])
        assert await typed(taro, "/tasks") == ["1  タスク  備蓄の点検  まだ: taro"]
        assert (await typed(hana, "/done 1"))[0].startswith("先に /items")
        assert await typed(taro, "/done 1 終わりました") == ["タスク  備蓄の点検  完了"]
        assert await typed(taro, "/tasks") == ["終えていないタスクはありません"]


async def test_an_approval_is_decided_by_whom_it_waits_for(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        hana, taro = await two(people)
        steps = [{"approvers": [people.town.ids["taro"]]}]
        await people.hana.make_item(people.room, "approval", "椅子の購入", steps=steps)
        assert await typed(hana, "/items") == ["1  決裁  椅子の購入  承認待ち: taro"]
        assert (await typed(hana, "/approve 1"))[0].startswith("✗")
        await typed(taro, "/items")
        assert (await typed(taro, "/vote 1 1"))[0].startswith("使い方: /vote")
        assert await typed(taro, "/approve 1 よろしい") == ["決裁  椅子の購入  承認済み"]
        assert await typed(hana, "/items") == ["1  決裁  椅子の購入  承認済み"]

"""Tasks: who does what by when, over all rooms, and who has not done it yet."""

import time

from sekisho_client import contents, states
from tests.stories.city import INTERNET, LGWAN, City

HOUR = 3_600_000


async def test_the_desk_sees_who_has_checked_the_stores_and_who_has_not(city: City) -> None:
    desk, field, home = [await city.person(name) for name in ("山田 花子", "佐藤 健", "鈴木 一郎")]
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    at_home = await city.client(home, INTERNET)
    room = await city.room("備蓄", at_desk, field, home)
    due = int(time.time() * 1000) + HOUR
    task = await at_desk.make_item(
        room, "task", "備蓄の点検", text="水と毛布", assignees=[field, home], due=due
    )
    mine = await city.until(in_field.tasks, lambda tasks: tasks)
    assert [(each.id, each.content_as(contents.Task).due) for each in mine] == [(task, due)]

    await in_field.answer_item(task, "done", text="水120本")
    seen = await city.until(lambda: at_desk.item(task), lambda item: item.answers)
    assert seen.state_as(states.TaskState).waiting == [home]
    assert not seen.state_as(states.TaskState).done
    assert await in_field.tasks() == []

    await at_home.answer_item(task, "done")
    seen = await city.until(
        lambda: at_desk.item(task), lambda item: item.state_as(states.TaskState).done
    )
    assert {each.user for each in seen.state_as(states.TaskState).done_by} == {field, home}
    assert "水120本" in (await at_desk.export(task, "csv")).decode("utf-8-sig")

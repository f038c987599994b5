"""What a room holds: notes, tasks, surveys and the bulletin board."""

from typing import Final

from sekisho.clock import now_ms
from sekisho.demo import item_rows
from sekisho.demo.city import ZoneName
from sekisho.demo.story import Telling
from sekisho.demo.waiting import wait_until
from sekisho_client import contents, states

HOUR_MS: Final = 3_600_000
CHIEF: Final[tuple[str, ZoneName]] = ("chief", "lgwan")
GENERAL: Final[tuple[str, ZoneName]] = ("general", "lgwan")
SHELTER: Final[tuple[str, ZoneName]] = ("shelter", "internet")
VOTES: Final[tuple[tuple[tuple[str, ZoneName], list[int]], ...]] = (
    (("welfare", "lgwan"), [0, 1]),
    (("mayor", "internet"), [1]),
    (("chief", "lgwan"), [1, 2]),
)


async def tell(telling: Telling) -> None:
    """Keep a note, do a task, count a survey, and see who has not read a post."""
    await _note(telling)
    await _task(telling)
    await _survey(telling)
    await _post(telling)


async def _note(telling: Telling) -> None:
    """Write a note in one zone and add to it in the other."""
    note = await item_rows.make(telling, SHELTER, "storm", "note", "避難所の鍵", text="金庫 3 段目")
    better = "金庫 3 段目。予備は警備室"
    await telling.town.client("welfare", "lgwan").change_item(note, text=better)
    await item_rows.show(
        telling,
        SHELTER,
        note,
        lambda item: item.content_as(contents.Note).text == better,
        promise="ノートは両側から書き足せて、同じになる",
    )


async def _task(telling: Telling) -> None:
    whom = [telling.town.people[key] for key in ("shelter", "welfare")]
    due = now_ms() + 6 * HOUR_MS
    task = await item_rows.make(
        telling, CHIEF, "storm", "task", "毛布の受入れ", assignees=whom, due=due, need="all"
    )
    await telling.town.client("shelter", "internet").answer_item(task, "done", text="200枚、東門")
    await item_rows.show(
        telling,
        CHIEF,
        task,
        lambda item: item.state_as(states.TaskState).done_by,
        promise="タスクは誰が済ませ、誰がまだかが両側で分かる",
    )


async def _survey(telling: Telling) -> None:
    choices = ["月曜", "火曜", "水曜"]
    survey = await item_rows.make(
        telling, SHELTER, "storm", "survey", "訓練の日程", choices=choices, several=True
    )
    for voter, chosen in VOTES:
        await telling.town.client(*voter).answer_item(survey, "vote", choices=chosen)
    await item_rows.show(
        telling,
        SHELTER,
        survey,
        lambda item: item.state_as(states.SurveyState).counts == [1, 3, 1],
        promise="アンケートは両側の答えを合わせて集計される",
    )
    table = (await telling.town.client("chief", "lgwan").export(survey, "csv", "shift_jis")).decode(
        "cp932"
    )
    telling.checks.add("集計は Excel で開ける CSV になる", table.splitlines()[-1] == "計,,1,3,1")


async def _post(telling: Telling) -> None:
    text = "12月5日までに提出してください。"
    post = await item_rows.make(
        telling,
        GENERAL,
        "board",
        "post",
        "年末調整の書類",
        text=text,
        category="人事",
        must_read=True,
    )
    await telling.town.client("shelter", "internet").answer_item(post, "seen")
    await telling.town.client("welfare", "lgwan").answer_item(post, "seen")
    await item_rows.show(telling, GENERAL, post)
    client = telling.town.client("general", "lgwan")
    unread = await wait_until(
        lambda: client.item_readers(post, "unread"), lambda users: len(users) == 2
    )
    names = "、".join(telling.eyes("lgwan").known.name_of(user) for user in unread)
    expected = {telling.town.people[key] for key in ("care", "clerk")}
    telling.checks.add(
        "必読の掲示は、まだの人の名が分かる", set(unread) == expected, f"まだ {names}"
    )

"""Files kept with their versions, a form anyone can build, and an approval in two steps."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sekisho.demo import item_rows
from sekisho.demo.city import NEIGHBOUR, ZoneName
from sekisho.demo.story import Line, Telling
from sekisho.demo.waiting import wait_until
from sekisho_client import Client, Item, Problem, contents, states
from sekisho_client.errors import Fault

CARE: Final[tuple[str, ZoneName]] = ("care", "internet")
CHIEF: Final[tuple[str, ZoneName]] = ("chief", "lgwan")
SHELTER: Final[tuple[str, ZoneName]] = ("shelter", "internet")
DECIDERS: Final[tuple[tuple[str, ZoneName], ...]] = (("general", "lgwan"), ("mayor", "internet"))
CLEAN: Final = frozenset({"clean", "altered"})
FIELDS: Final[list[dict[str, Any]]] = [
    {
        "key": "people",
        "label": "参加人数",
        "kind": "number",
        "required": True,
        "least": 1,
        "most": 10,
    },
    {"key": "day", "label": "希望日", "kind": "date"},
    {"key": "lunch", "label": "弁当", "kind": "yes-no", "required": True},
    {
        "key": "allergy",
        "label": "アレルギー",
        "kind": "choices",
        "choices": ["卵", "乳", "そば"],
        "shown_if": {"field": "lunch", "equals": "yes"},
    },
]


async def desk_work(telling: Telling) -> None:
    """Keep a file, fill in a form and pass it on to the neighbours, have a purchase approved."""
    await _file(telling)
    await _form(telling)
    await _approval(telling)


async def _file(telling: Telling) -> None:
    at_desk, outside = telling.town.client(*CHIEF), telling.town.client(*SHELTER)
    draft = await at_desk.upload("案内.txt", "集合は9時です。\n".encode())
    stored = await item_rows.make(
        telling, CHIEF, "storm", "stored-file", "参集の案内", file=draft.id, folder="配布物/防災"
    )
    better = await outside.upload("案内.txt", "集合は8時です。\n".encode())
    await outside.change_item(stored, file=better.id)
    await item_rows.show(
        telling,
        CHIEF,
        stored,
        lambda item: len(item.files) == 2 and all(f.state in CLEAN for f in item.files),
        promise="共有ファイルは版を重ね、どの版も両側で読める",
    )


async def _form(telling: Telling) -> None:
    at_desk, outside = telling.town.client(*CHIEF), telling.town.client(*SHELTER)
    form = await item_rows.make(telling, CHIEF, "storm", "form", "防災教室の申込", fields=FIELDS)
    faults: list[Fault] = []
    try:
        await outside.fill_in(form, people="11", day="2026-11-31")
    except Problem as problem:
        faults = problem.errors
    await outside.fill_in(form, people="3", day="2026-12-06", lunch="yes", allergy=["卵", "そば"])
    await telling.town.client("welfare", "lgwan").fill_in(form, people="1", lunch="no")
    await item_rows.show(
        telling, CHIEF, form, lambda item: item.state_as(states.FormState).answered == 2
    )
    tally = {each.key: each.choices for each in (await at_desk.tally(form)).questions}
    counted = "・".join(f"{each.choice} {each.count}" for each in tally["allergy"])
    telling.checks.add(
        "フォームは誤りを欄ごとに告げ、両側の回答を集計する",
        len(faults) == 3 and [each.count for each in tally["allergy"]] == [1, 0, 1],
        f"誤り {len(faults)} 欄、{counted}",
    )
    await _pass_on(telling, form)


async def _pass_on(telling: Telling, form: str) -> None:
    """Pass the form on to the neighbours, as a file and without its answers."""
    said, took = await telling.say(
        Line("ally", "internet", "cities", "その様式、使わせてください。")
    )
    telling.show(said, took)
    template = json.loads(await telling.town.client(*CHIEF).export(form, "json"))
    client = telling.town.client("ally", "internet")
    copied = await client.make_form(telling.town.rooms["cities"], template)
    await item_rows.show(telling, ("ally", "internet"), copied)
    view, original = await client.item(copied), await telling.town.client(*CHIEF).item(form)
    is_same = view.content_as(contents.Form).fields == original.content_as(contents.Form).fields
    telling.checks.add(
        f"フォームのひな形を {NEIGHBOUR} に渡せる（回答は付かない）",
        is_same and view.state_as(states.FormState).answered == 0,
    )


async def _approval(telling: Telling) -> None:
    people = telling.town.people
    steps = [
        {"approvers": [people["chief"]]},
        {"approvers": [people["general"], people["mayor"]], "quorum": 2},
    ]
    approval = await item_rows.make(
        telling, CARE, "storm", "approval", "発電機の購入", text="12万円", steps=steps
    )
    code = ""
    try:
        await telling.town.client(*CARE).decide(approval, "approve")
    except Problem as problem:
        code = problem.code
    await telling.town.client(*CHIEF).decide(approval, "approve", text="至急です")
    for given, decider in enumerate(DECIDERS, 1):
        client = telling.town.client(*decider)
        view = await wait_until(_look(client, approval), _has(given))
        await client.decide(approval, "approve", view.state_as(states.ApprovalState).step or 0)
    await item_rows.show(
        telling,
        CARE,
        approval,
        lambda item: item.state_as(states.ApprovalState).status == "approved",
        promise="決裁は二段、両側の人が会話の中で決める",
    )
    telling.checks.add("自分の申請は自分で承認できない", code == "forbidden")


def _look(client: Client, item: str) -> Callable[[], Awaitable[Item]]:
    return lambda: client.item(item)


def _has(answers: int) -> Callable[[Item], bool]:
    return lambda item: item.answers == answers

"""The broadcast: an exercise that reaches both networks, and who is still to be phoned."""

from typing import Final

from rich.cells import set_cell_size

from sekisho.demo import item_rows
from sekisho.demo.admission import SITE
from sekisho.demo.city import CITY, PEOPLE, ZoneName
from sekisho.demo.story import Telling
from sekisho.demo.waiting import wait_until
from sekisho.setup import tenant_of
from sekisho_client import Client
from sekisho_client.events import Escalation

CHIEF: Final[tuple[str, ZoneName]] = ("chief", "lgwan")
CHOICES: Final = ["無事・参集できる", "無事・参集できない", "負傷"]
ANSWERS: Final[tuple[tuple[tuple[str, ZoneName], int, str], ...]] = (
    (("mayor", "internet"), 0, ""),
    (("shelter", "internet"), 0, "第二小学校にいます"),
    (CHIEF, 0, ""),
    (("welfare", "lgwan"), 1, "登庁済み"),
    (("general", "lgwan"), 2, "手を切りました"),
)
ESCALATE_AFTER_S: Final = 2


async def tell(telling: Telling) -> None:
    """Broadcast to everybody, hear answers from both networks, and list who is silent."""
    silent = telling.town.client("care", "internet")
    cursor = (await silent.snapshot()).cursor
    caller = telling.town.client(*CHIEF)
    call = await caller.make_broadcast(
        "震度6弱 安否確認",
        {"tenants": [tenant_of(SITE)]},
        choices=CHOICES,
        training=True,
        text="全員、状況を知らせてください。",
        escalate_after_s=ESCALATE_AFTER_S,
    )
    for who, choice, text in ANSWERS:
        client = telling.town.client(*who)
        await wait_until(client.broadcasts, lambda found: found)
        await client.answer_broadcast(call, choice, text)
    await item_rows.show(telling, CHIEF, call)
    await _status(telling, call)
    told = await wait_until(lambda: _escalated(silent, cursor), lambda notice: notice is not None)
    telling.checks.add(
        f"答えない人にはもう一度届く（{ESCALATE_AFTER_S} 秒後、ふだんは 5 分後）",
        told is not None and told.text.startswith("【訓練】"),
    )
    await _to_phone(telling, call)
    await caller.close_broadcast(call)


async def _status(telling: Telling, call: str) -> None:
    zones: tuple[ZoneName, ...] = ("internet", "lgwan")
    found = []
    for zone in zones:
        client = telling.town.client("chief", zone)
        found.append(
            await wait_until(
                lambda client=client: client.broadcast_status(call),  # type: ignore[misc] # bound now
                lambda status: status.answered == len(ANSWERS),
            )
        )
    counted = "・".join(f"{each.choice} {each.count}" for each in found[0].choices)
    telling.board.say(f"  対象 {found[0].addressees} 人　回答 {found[0].answered}　{counted}")
    staff = len([each for each in PEOPLE if each.city == CITY])
    telling.checks.add(
        "呼出しは両側の全職員に届き、答えはどちらからも見える",
        found[0] == found[1] and found[0].addressees == staff and found[0].training,
        f"{staff} 人のうち {found[0].answered} 人",
    )


async def _escalated(client: Client, cursor: str) -> Escalation | None:
    events = (await client.poll(cursor, wait=0)).items
    return next((each.data for each in events if isinstance(each.data, Escalation)), None)


async def _to_phone(telling: Telling, call: str) -> None:
    """Print who is still to be phoned, in the order in which to phone them."""
    missing = await telling.town.client("chief", "internet").broadcast_missing(call)
    for each in missing:
        section, name = set_cell_size(each.section, 14), set_cell_size(each.name, 12)
        telling.board.entry(f"  ☎ {section}{name}{each.telephone}", "yellow")
    heard = {who for (who, _), _, _ in ANSWERS}
    expected = {each.name for each in PEOPLE if each.city == CITY and each.key not in heard}
    telling.checks.add(
        "まだの人が、所属順に電話番号つきで並ぶ",
        {each.name for each in missing} == expected and all(each.telephone for each in missing),
        f"{len(missing)} 人",
    )

"""Who there is: a list of staff, the sections, a guest, an account of several, and a status."""

from typing import Final

from sekisho.clock import now_ms
from sekisho.demo.admission import SITE, STAFF_LIST, STAY_MS
from sekisho.demo.city import (
    CITY,
    DESK,
    DESK_NAME,
    DESK_STAFF,
    GUEST,
    GUEST_NAME,
    NEIGHBOUR,
    PEOPLE,
    ROOMS,
    ZONES,
)
from sekisho.demo.story import Line, Telling
from sekisho.demo.waiting import wait_until
from sekisho.setup import tenant_of
from sekisho_client.people import Org, User, Zone

DAY_MS: Final = 24 * 3_600_000


async def tell(telling: Telling) -> None:
    """Show who is known in both zones, and what the guest sees of them."""
    await _staff(telling)
    await _guest(telling)
    await _account(telling)
    await _status(telling)


async def _staff(telling: Telling) -> None:
    ours = [each for each in PEOPLE if each.city == CITY]
    taken = telling.town.taken
    orgs = {zone: await telling.eyes(zone).client.orgs() for zone in ZONES}
    tree = _tree([each for each in orgs["lgwan"] if each.tenant == tenant_of(SITE)])
    listed = f"  職員名簿 {STAFF_LIST}（Shift_JIS の CSV、{len(ours)} 行）を取り込み"
    telling.board.say(f"{listed}、{NEIGHBOUR}の職員も")
    telling.board.say(f"  {CITY}：{tree}", "dim")
    telling.checks.add(
        "職員名簿から職員と組織図ができ、両側で同じ",
        taken["added"] == len(ours)
        and not taken["faults"]
        and sorted(map(_org, orgs["lgwan"])) == sorted(map(_org, orgs["internet"])),
        f"職員 {taken['added']}・課 {taken['orgs_added']}",
    )


def _tree(orgs: list[Org]) -> str:
    """Return the sections, each behind what it is part of, with its telephone."""
    lines = []
    for top in (each for each in orgs if not each.parent):
        below = [each for each in orgs if each.parent == top.id]
        lines.append(_titled(top) + (f"（{'・'.join(map(_titled, below))}）" if below else ""))
    return "　".join(lines)


def _titled(org: Org) -> str:
    return org.name + (f" ☎{org.telephone}" if org.telephone else "")


def _org(org: Org) -> tuple[str, str, str]:
    return org.id, org.name, org.parent


async def _guest(telling: Telling) -> None:
    client = telling.town.client(GUEST, "internet")
    guest = await telling.town.client("chief", "lgwan").user(telling.town.people[GUEST])
    days = round((guest.expires - now_ms()) / DAY_MS)
    rooms = [room.name for room in await client.rooms()]
    met = {user.id for user in await client.users()}
    (storm,) = (plan for plan in ROOMS if GUEST in plan.members)
    expected = {telling.town.people[key] for key in (storm.owner, *storm.members)}
    seen = f"見えるルームは「{'、'.join(rooms)}」だけ"
    telling.board.say(f"  ゲスト {GUEST_NAME}：招待者 髙橋 健、あと {days} 日、{seen}")
    telling.checks.add(
        "ゲストには自分のルームと、そこにいる人しか見えない",
        rooms == [storm.name] and met == expected and days == STAY_MS // DAY_MS,
        f"{len(met)} 人",
    )


async def _account(telling: Telling) -> None:
    """Speak for the section: the room sees the account, the record has who it was."""
    said, took = await telling.say(Line(DESK, "lgwan", "storm", "災害対策本部を設置しました。"))
    telling.show(said, took)
    account = await telling.town.client(DESK, "lgwan").me()
    telling.checks.add(
        f"代表アカウントで話せる（{DESK_NAME}）",
        account.user_kind == "shared" and account.id == telling.town.people[DESK],
        f"使える人 {len(DESK_STAFF)}、実際に話した人は監査ログに残る",
    )


async def _status(telling: Telling) -> None:
    care = telling.town.people["care"]
    await telling.town.client("care", "internet").set_status(
        "在宅勤務", "🏠", until=now_ms() + DAY_MS // 3
    )

    async def seen(zone: Zone) -> User:
        client = telling.eyes(zone).client
        return await wait_until(lambda: client.user(care), lambda user: user.status)

    told = [(await seen(zone)).status for zone in ZONES]
    telling.checks.add("在宅勤務の表示が両側に出る", told == ["在宅勤務"] * 2, "渡邉 翔 🏠在宅勤務")

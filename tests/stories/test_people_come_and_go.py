"""Staff lists, sections, guests with an end, shared accounts, one status everywhere."""

import time

import pytest

from sekisho_client import Client, Problem
from tests.stories.city import INTERNET, LGWAN, City

LIST = "職員番号,氏名,フリガナ,所属,役職,電話番号,利用ネットワーク,権限\n"
HOUR_MS = 3_600_000


def soon() -> int:
    return time.time_ns() // 1_000_000


async def test_the_staff_list_of_the_personnel_office_is_taken_in_and_nobody_is_lost(
    city: City,
) -> None:
    tenant = (await city.operate(LGWAN, "POST", "/v1/tenants", {"name": "青葉市"}))["id"]
    path = f"/v1/users:import?tenant={tenant}"
    first = (
        LIST + "1001,高橋 梓,たかはし あずさ,総務部／人事課,係長,0120-1,両方,\n"
        "1002,中村 誠,なかむら まこと,総務部／総務課,,,lgwan,\n"
    )
    taken = await city.operate(LGWAN, "POST", path, data=first.encode("cp932"))
    assert (taken["added"], taken["orgs_added"], taken["faults"]) == (2, 3, [])
    # In April one moves, one has left the list, and one line is wrong.
    later = LIST + "1001,高橋 梓,,総務部／総務課,課長,,,\n,名無し,,,,,,\n"
    taken = await city.operate(LGWAN, "POST", path, data=later.encode("utf-8-sig"))
    assert (taken["added"], taken["changed"], len(taken["missing"])) == (0, 1, 1)
    assert [fault["line"] for fault in taken["faults"]] == [3]
    staff = {
        user["name"]: user for user in (await city.operate(LGWAN, "GET", "/v1/users"))["items"]
    }
    moved, left = staff["高橋 梓"], staff["中村 誠"]
    assert (moved["title"], moved["section"], moved["kana"]) == (
        "課長",
        "総務課",
        "たかはし あずさ",
    )
    assert left["zones"] == ["lgwan"]
    outside = await city.client(moved["id"], INTERNET)
    me = await city.until(outside.me, lambda me: me.title == "課長")
    assert me.section == "総務課"
    async with outside.session.get("/v1/orgs", params={"tenant": tenant}) as found:
        orgs = {org["name"]: org for org in (await found.json())["items"]}
    assert orgs["人事課"]["parent"] == orgs["総務課"]["parent"] == orgs["総務部"]["id"]


async def test_a_list_is_tried_before_it_is_taken_in(city: City) -> None:
    line = LIST + "9001,試し 読み,,,,,,\n"
    path = "/v1/users:import?dry_run=true"
    taken = await city.operate(LGWAN, "POST", path, data=line.encode())
    assert (taken["added"], taken["is_dry_run"]) == (1, True)
    everybody = (await city.operate(LGWAN, "GET", "/v1/users"))["items"]
    assert "試し 読み" not in {user["name"] for user in everybody}


async def guest_of(host: Client, name: str, expires: int) -> str:
    form = {"name": name, "expires": expires}
    async with host.session.post("/v1/guests", json=form) as answer:
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["id"])


async def test_a_supplier_is_a_guest_until_his_time_is_up(city: City) -> None:
    host = await city.person("契約 花子", duties=["sponsor"])
    inviting = await city.client(host, INTERNET)
    guest = await guest_of(inviting, "業者 太郎", soon() + HOUR_MS)
    outside = await city.client(guest, INTERNET)
    await city.until(outside.me)
    at_desk = await city.client(host, LGWAN)
    await city.until(lambda: at_desk.user(guest))
    room = await at_desk.create_room("工事", members=[(guest, "guest")])
    secret = await at_desk.create_room("予定価格")
    await city.until(lambda: outside.room(room))
    for path in (f"/v1/rooms/{secret}", "/v1/orgs", "/v1/tenants", f"/v1/users/{host}/contact"):
        async with outside.session.get(path) as answer:
            assert answer.status == 404, path
    assert {user.id for user in await outside.users()} == {host, guest}
    async with inviting.session.patch(f"/v1/guests/{guest}", json={"expires": 1}) as ended:
        assert ended.status == 200
    with pytest.raises(Problem, match="forbidden"):
        await outside.me()


async def test_several_people_speak_as_the_section_and_each_is_known(city: City) -> None:
    people = [await city.person(name) for name in ("窓口 一", "窓口 二")]
    form = {
        "name": "市民課（代表）",
        "user_kind": "shared",
        "zones": ["lgwan"],
        "shared_by": people,
    }
    desk = (await city.operate(LGWAN, "POST", "/v1/users", form))["id"]
    as_section = await city.client(desk, LGWAN)
    with pytest.raises(Problem, match="forbidden"):
        await as_section.me()
    as_section.session.headers["Sekisho-Person"] = people[0]
    assert (await as_section.me()).name == "市民課（代表）"
    stranger = await city.person("よその人")
    as_section.session.headers["Sekisho-Person"] = stranger
    with pytest.raises(Problem, match="forbidden"):
        await as_section.me()


async def test_where_somebody_is_today_is_seen_in_both_zones(city: City) -> None:
    user = await city.person("在宅 職員")
    at_home, colleague = await city.client(user, INTERNET), await city.client(user, LGWAN)
    form = {"status": "在宅勤務", "status_emoji": "🏠", "status_until": soon() + 8 * HOUR_MS}
    async with at_home.session.patch("/v1/me", json=form) as answer:
        assert answer.status == 200
    seen = await city.until(lambda: colleague.user(user), lambda found: found.status == "在宅勤務")
    assert seen.status == "在宅勤務"

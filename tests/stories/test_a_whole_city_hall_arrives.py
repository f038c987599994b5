"""Lists, sections and rooms in a row: whole, with a report, however much they are."""

import asyncio
import subprocess
import sys
from typing import Any

from tests.stories.city import INTERNET, LGWAN, City

HEAD = "職員番号,氏名,フリガナ,所属,利用ネットワーク\n"
# More than one sender may say (1,200 at once): the list, and the rooms of one person.
PEOPLE, SECTIONS, ROOMS, MEMBERS = 1_500, 100, 25, 60


def staff_list() -> bytes:
    lines = [f"H{n},役場{n},やくば{n},局{n % 10}／秘書課{n % SECTIONS},両方" for n in range(PEOPLE)]
    return (HEAD + "\n".join(lines)).encode()


async def test_lists_sections_and_rooms_in_a_row_arrive_whole(city: City) -> None:
    tenant = (await city.operate(LGWAN, "POST", "/v1/tenants", {"name": "若葉市"}))["id"]
    path = f"/v1/users:import?tenant={tenant}"
    taken = await city.operate(LGWAN, "POST", path, data=staff_list())
    assert (taken["added"], taken["orgs_added"]) == (PEOPLE, 10 + SECTIONS)
    assert taken["events"] == PEOPLE + 10 + SECTIONS

    async def fares() -> dict[str, Any]:
        return dict(await city.operate(LGWAN, "GET", f"/v1/imports/{taken['id']}"))

    done = await city.until(fares, lambda report: not report["on_the_way"])
    assert (done["there"], done["refused"], done["held"]) == (done["events"], 0, 0)

    members = await city.until(lambda: staff_of(city, tenant), lambda found: len(found) == PEOPLE)
    owner = await city.client(await city.person("総務 開人", tenant=tenant), LGWAN)
    rooms = await asyncio.gather(
        *(
            city.room("課の部屋", owner, *members[n * MEMBERS : (n + 1) * MEMBERS])
            for n in range(ROOMS)
        )
    )
    far = await city.client(members[0], INTERNET)
    assert (await city.until(lambda: far.room(rooms[0]))).members == MEMBERS + 1
    last = await city.client(members[ROOMS * MEMBERS - 1], INTERNET)
    assert (await city.until(lambda: last.room(rooms[-1]))).members == MEMBERS + 1

    again = await city.operate(LGWAN, "POST", path, data=staff_list())
    assert (again["unchanged"], again["events"]) == (PEOPLE, 0)


async def staff_of(city: City, tenant: str) -> list[str]:
    """Return the ids of the staff of a tenant whom the internet zone knows."""
    users = (await city.operate(INTERNET, "GET", "/v1/users"))["items"]
    return [user["id"] for user in users if user["tenant"] == tenant]


async def test_the_operator_sees_how_a_list_fares(city: City) -> None:
    site = str(city.installation.folder)
    staff = city.installation.folder / "short.csv"
    staff.write_text(HEAD + "K1,観客 一,,,両方\n,名無し,,,\n", encoding="utf-8")
    command = [sys.executable, "-m", "sekisho.main", "user"]
    imported = await asyncio.to_thread(
        subprocess.run,
        [*command, "import", site, "--zone", "lgwan", str(staff)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "新規 1" in imported.stdout
    assert "相手側に届いた 1・送信中 0・これから 0・保留中 0・拒否 0" in imported.stdout
    assert "3行目: 職員番号がありません" in imported.stderr
    listed = await asyncio.to_thread(
        subprocess.run,
        [*command, "imports", site, "--zone", "lgwan"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.splitlines()[0].startswith("id\tevents\tthere")

"""Lists, sections and rooms in a row: whole, with a report, however much they are.

`python3 dev.py cityhall` tells the first story at its full size, and prints what came of it.
"""

import asyncio
import subprocess
import sys
import time
from typing import Any, NamedTuple

import pytest

from sekisho_client import Client
from tests.stories.city import INTERNET, LGWAN, City

HEAD = "職員番号,氏名,フリガナ,所属,利用ネットワーク\n"
DEPARTMENTS = 10
MEMBERS = 60


class Hall(NamedTuple):
    """How large a city hall is: sections are those below its departments."""

    people: int
    sections: int
    rooms: int


# More than one sender may say (1,200 at once): the list, and the rooms of one person.
SHORT, WHOLE = Hall(1_500, 100, 25), Hall(10_000, 490, 300)


def staff_list(hall: Hall) -> bytes:
    lines = [
        f"H{n},役場{n},やくば{n},局{n % DEPARTMENTS}／秘書課{n % hall.sections},両方"
        for n in range(hall.people)
    ]
    return (HEAD + "\n".join(lines)).encode()


@pytest.fixture
def hall(pytestconfig: pytest.Config) -> Hall:
    return WHOLE if pytestconfig.getoption("--whole") else SHORT


async def test_lists_sections_and_rooms_in_a_row_arrive_whole(city: City, hall: Hall) -> None:
    tenant = (await city.operate(LGWAN, "POST", "/v1/tenants", {"name": "若葉市"}))["id"]
    path, began = f"/v1/users:import?tenant={tenant}", time.monotonic()
    taken = await city.operate(LGWAN, "POST", path, data=staff_list(hall))
    sections = DEPARTMENTS + hall.sections
    assert (taken["added"], taken["orgs_added"]) == (hall.people, sections)
    assert taken["events"] == hall.people + sections
    done = await arrived(city, taken["id"])
    assert (done["there"], done["refused"], done["held"]) == (done["events"], 0, 0)
    members = await city.until(
        lambda: staff_of(city, tenant), lambda found: len(found) == hall.people
    )
    known = time.monotonic()

    owner = await city.person("総務 開人", tenant=tenant)
    near, far = [await city.client(owner, zone) for zone in (LGWAN, INTERNET)]
    rooms = [
        await city.room("課の部屋", near, *(members * 2)[at : at + MEMBERS])
        for at in (n * MEMBERS % hall.people for n in range(hall.rooms))
    ]
    for room in rooms:
        await city.until(lambda room=room: is_whole(far, room), bool)  # type: ignore[misc]
    assert await near.acts() == []
    opened = time.monotonic()

    again = await city.operate(LGWAN, "POST", path, data=staff_list(hall))
    assert (again["unchanged"], again["events"]) == (hall.people, 0)
    print(
        f"{hall.people:,} people and {sections} sections were there after {known - began:.1f} s "
        f"({done['refused']} refused, {done['held']} held), then {hall.rooms} rooms of {MEMBERS}, "
        f"one after the other, after {opened - known:.1f} s (none refused, none held)"
    )


async def arrived(city: City, number: int) -> dict[str, Any]:
    """Return the report of a list that is there; it may take any time, but goes on."""

    async def fares() -> dict[str, Any]:
        return dict(await city.operate(LGWAN, "GET", f"/v1/imports/{number}"))

    report = await fares()
    while waiting := report["to_say"] + report["on_the_way"]:
        report = await city.until(
            fares,
            lambda now, waiting=waiting: now["to_say"] + now["on_the_way"] < waiting,  # type: ignore[misc]
        )
    return report


async def is_whole(client: Client, room: str) -> bool:
    return (await client.room(room)).members == MEMBERS + 1


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

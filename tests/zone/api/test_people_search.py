"""People are found by what one knows of them: name, reading, section, staff number."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sekisho_client import Client
from tests.zone.api.conftest import INTERNET, peopled, town
from tests.zone.api.hall import HALL, RESCUE, ROADS, Hall, found


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with town(tmp_path / "n") as here:
        hall = await found(here)
        await hall.admit(
            "山田 花子", RESCUE, kana="やまだ はなこ", title="係長", staff_number="A-0042"
        )
        await hall.admit("山田太郎", ROADS, kana="ヤマダ タロウ", staff_number="42")
        yield hall


async def names(client: Client, q: str) -> list[str]:
    return [user.name for user in (await client.people(q)).items]


@pytest.mark.parametrize(
    ("q", "who"),
    [
        ("山田", ["山田 花子", "山田太郎"]),
        ("山田花子", ["山田 花子"]),
        ("花子 山田", ["山田 花子"]),
        ("やまだ", ["山田 花子", "山田太郎"]),
        ("ﾊﾅｺ", ["山田 花子"]),
        ("防災課", ["bo", "chief", "山田 花子"]),
        ("山田 道路", ["山田太郎"]),
        ("係長", ["山田 花子"]),
        ("a-0042", ["山田 花子"]),
        ("42", ["山田太郎"]),
        ("0042", []),
        ("佐藤", []),
    ],
)
async def test_every_word_is_true_of_whoever_is_found(hall: Hall, q: str, who: list[str]) -> None:
    assert sorted(await names(hall.clients["chief"], q)) == sorted(who)


async def test_a_department_finds_the_people_of_its_sections(hall: Hall) -> None:
    found = (await hall.clients["chief"].people("総務部")).items
    line = hall.town.store.directory.municipalities.line
    assert len(found) == 6
    assert all(HALL in line(user.orgs[0]) for user in found)


async def test_who_was_renamed_is_found_under_the_new_name_alone(hall: Hall) -> None:
    uid = hall.town.ids["山田太郎"]
    assert await names(hall.clients["chief"], "太郎") == ["山田太郎"]
    await hall.town.operate("PATCH", f"/v1/users/{uid}", {"name": "鈴木一"})
    assert await names(hall.clients["chief"], "太郎") == []
    assert await names(hall.clients["chief"], "鈴木") == ["鈴木一"]


async def test_a_long_answer_comes_in_pages(hall: Hall) -> None:
    chief = hall.clients["chief"]
    whole = await names(chief, "課")
    one, seen = await chief.people("課", limit=2), list[str]()
    while True:
        seen += [user.name for user in one.items]
        if one.next is None:
            break
        one = await chief.people("課", limit=2, after=one.next)
    assert (seen, len(seen)) == (whole, 6)


async def test_a_guest_finds_whom_they_meet_and_nobody_else(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n", side=INTERNET) as people:
        here = people.town
        guest = await here.client(await here.admit("業者", "guest"))
        assert (await guest.people("hana")).items == []
        await people.hana.set_member(people.room, here.ids["業者"], "guest")
        assert [user.name for user in (await guest.people("hana")).items] == ["hana"]
        assert (await guest.people("jiro")).items == []

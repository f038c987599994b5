"""Lists come in pages that leave nothing out and say nothing twice; HEAD says the same, shortly."""

from pathlib import Path

import pytest

from sekisho_client import Client
from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import INTERNET, People, peopled
from tests.zone.events import an_id
from zone.api.resources.routes import ROUTES


async def test_a_thread_comes_in_pages_from_its_beginning(people: People) -> None:
    root = await people.hana.post(people.room, "国道の規制について")
    said = [(await people.taro.post(people.room, f"{n} 報", thread=root.id)).id for n in range(7)]
    page, seen = await people.hana.replies(root.id, limit=3), list[str]()
    sizes = [len(page.items)]
    seen += [one.id for one in page.items]
    while page.next is not None:
        page = await people.hana.replies(root.id, limit=3, after=page.next)
        sizes.append(len(page.items))
        seen += [one.id for one in page.items]
    assert (seen, sizes) == (said, [3, 3, 1])


async def test_a_guest_sees_of_a_thread_what_was_said_since_they_came(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n", side=INTERNET) as people:
        here = people.town
        root = await people.hana.post(people.room, "以前の")
        await people.hana.post(people.room, "以前の返事", thread=root.id)
        guest = await here.client(await here.admit("業者", "guest"))
        await people.hana.set_member(people.room, here.ids["業者"], "guest")
        new = await people.hana.post(people.room, "新しい")
        await people.hana.post(people.room, "新しい返事", thread=new.id)
        assert [one.text for one in (await guest.replies(new.id)).items] == ["新しい返事"]
        files = await guest.room_files(people.room)
        assert (files.items, files.next) == ([], None)


async def posted(client: Client, room: str, *names: str) -> list[str]:
    files = [(await client.upload(name, name.encode())).id for name in names]
    await client.post(room, "", files=files)
    return files


async def test_the_files_of_a_room_come_in_pages_the_latest_first(people: People) -> None:
    first = await posted(people.hana, people.room, "a.txt", "b.txt", "c.txt")
    async with people.hana.session.post(
        f"/v1/rooms/{people.room}/items",
        json={
            "content": {"type": "stored-file", "title": "図面", "folder": ""},
            "files": [(await people.hana.upload("図面.pdf", b"%PDF")).id],
        },
    ) as answer:
        item = await answer.json()
        assert answer.status == 202, item
    last = await posted(people.taro, people.room, "d.txt")
    page, seen = await people.hana.room_files(people.room, limit=2), list[tuple[str, str]]()
    while True:
        seen += [(one.file.id, one.author) for one in page.items]
        if page.next is None:
            break
        page = await people.hana.room_files(people.room, limit=2, after=page.next)
    hana, taro = people.town.ids["hana"], people.town.ids["taro"]
    assert seen == [
        (last[0], taro),
        (item["files"][0]["id"], hana),
        *((file, hana) for file in first),
    ]


async def test_a_withdrawn_file_is_not_among_those_of_the_room(people: People) -> None:
    await posted(people.hana, people.room, "a.txt")
    ((one,)) = (await people.hana.room_files(people.room)).items
    await people.hana.withdraw(one.owner)
    assert (await people.hana.room_files(people.room)).items == []


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 200])
async def test_around_has_half_before_and_half_behind_and_goes_on_both_ways(
    people: People, limit: int
) -> None:
    said = [(await people.hana.post(people.room, str(n))).id for n in range(11)]
    anchor, before = 5, (limit - 1) // 2
    behind = limit - 1 - before
    page = await people.hana.messages(people.room, around=said[anchor], limit=limit)
    shown = [one.id for one in page.items]
    assert shown == said[max(0, anchor - before) : anchor + behind + 1]
    assert page.next is None
    earlier = await people.hana.messages(people.room, before=shown[0], limit=200)
    later = await people.hana.messages(people.room, after=shown[-1], limit=200)
    assert [one.id for one in [*earlier.items, *page.items, *later.items]] == said


async def test_head_says_of_lists_and_downloads_what_get_says_without_the_body(
    people: People,
) -> None:
    here = people.town
    (file,) = await posted(people.hana, people.room, "a.txt")
    room = f"/v1/rooms/{people.room}"
    headers = signed_in(here.token, here.ids["hana"])
    for path in ("/v1/rooms", f"{room}/messages", f"{room}/files", f"/v1/files/{file}/content"):
        got = await ask(here.api, "GET", path, headers)
        headed = await ask(here.api, "HEAD", path, headers)
        assert (headed.status, headed.body) == (200, b""), path
        assert len(got.body) > 0
        for name in ("Content-Length", "Content-Type", "ETag"):
            assert headed.headers.get(name) == got.headers.get(name), path
    absent = await ask(here.api, "HEAD", f"/v1/rooms/{an_id('rm', 1)}/messages", headers)
    assert (absent.status, absent.body) == (404, b"")


def test_every_list_and_every_download_answers_head() -> None:
    asked = {route.path for route in ROUTES if route.method == "HEAD"}
    for route in ROUTES:
        is_list = "items" in getattr(route.answer, "__struct_fields__", ())
        is_stream = "text/event-stream" in route.media or route.status == 101
        if route.method == "GET" and not is_stream and (is_list or route.media):
            assert route.path in asked, route.path

"""The search as a frontend uses it: what is found, what is not, and what vanishes again."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from sekisho_client import Client
from tests.zone.api.conftest import People
from zone.search.service import SearchService


async def caught_up(search: SearchService) -> None:
    """Wait until the index has all that was committed."""
    async with asyncio.timeout(20):
        while not search.is_complete or search.status()["behind"]:  # noqa: ASYNC110 - another task
            await asyncio.sleep(0.01)


async def found(people: People, who: Client, q: str = "", **query: Any) -> list[str]:
    await caught_up(people.town.search)
    return [one.id for one in (await who.search(q, **query)).items]


async def test_words_are_found_from_one_character_on(people: People) -> None:
    hana = people.hana
    drill = (await hana.post(people.room, "避難訓練を始めます")).id
    shelter = (await hana.post(people.room, "避難所はヒナンバシの先")).id
    for words, hits in (
        ("訓", [drill]),
        ("訓練", [drill]),
        ("避難", [shelter, drill]),
        ("避難 訓練", [drill]),
        ("避難 -訓練", [shelter]),
        ("避難 -避難訓練", [shelter]),
        ('"避難所は"', [shelter]),
        ('"難 訓"', []),
        ("ひなんばし", [shelter]),
        ("ﾋﾅﾝ", [shelter]),
        ("離", []),
    ):
        assert await found(people, hana, words) == hits, words


async def test_a_message_is_found_a_moment_after_it_was_posted(people: People) -> None:
    await caught_up(people.town.search)
    posted = (await people.hana.post(people.room, "たった今の話")).id
    async with asyncio.timeout(20):
        while not (page := await people.hana.search("今の")).items:  # noqa: ASYNC110 - another task
            await asyncio.sleep(0.01)
    one = page.items[0]
    assert (one.id, one.owner, one.type) == (posted, posted, "message")
    assert one.excerpt == "たった今の話"
    assert one.marks == [(3, 5)]
    assert page.is_complete


async def test_nothing_that_is_typed_is_a_language_of_the_index(people: People) -> None:
    said = "NEAR(a OR b*) {terms} : ^c + col:d AND NOT ※ 100% a_b it's"
    name = (await people.hana.post(people.room, said)).id
    for word in said.split():
        assert await found(people, people.hana, f'"{word}"') == [name], word
    for word in ("OR b", "*)", "^", "%", "_", "'", ":"):
        assert await found(people, people.hana, f'"{word}"') == [name], word
    for word in ("terms:x", "x*", "a%b", "\\", ";"):
        assert await found(people, people.hana, word) == [], word


async def test_an_edit_takes_the_place_and_a_withdrawal_takes_it_away(people: People) -> None:
    hana = people.hana
    name = (await hana.post(people.room, "旧庁舎に集合")).id
    await hana.edit(name, "新庁舎に集合")
    assert await found(people, hana, "旧庁舎") == []
    assert await found(people, hana, "新庁舎") == [name]
    await hana.withdraw(name)
    assert await found(people, hana, "新庁舎") == []
    with closing(sqlite3.connect(people.town.folder / "search/search.db")) as db:
        assert db.execute("SELECT count(*) FROM document").fetchone() == (0,)


async def test_what_was_taken_back_is_not_shown_although_the_index_has_it(people: People) -> None:
    hana = people.hana
    name = (await hana.post(people.room, "内緒の話")).id
    assert await found(people, hana, "内緒") == [name]
    people.town.store.on_logged = lambda: None  # the index is told nothing from here on
    await hana.withdraw(name)
    assert (await hana.search("内緒")).items == []


async def test_filters_narrow_what_is_found(people: People) -> None:
    hana, taro, room = people.hana, people.taro, people.room
    other = await hana.create_room("総務")
    upload = (await hana.upload("避難所一覧.csv", b"a,b\n")).id
    with_file = (await hana.post(room, "避難所の表です", files=[upload])).id
    plain = (await taro.post(room, "避難所はどこ")).id
    elsewhere = (await hana.post(other, "避難所の予算")).id
    first = (await hana.message(with_file)).at
    at = (await hana.message(plain)).at
    me, taro_id = people.town.ids["hana"], people.town.ids["taro"]
    assert set(await found(people, hana, "避難所")) == {elsewhere, plain, with_file, upload}
    assert await found(people, hana, "避難所", room=other) == [elsewhere]
    assert await found(people, hana, "避難所", author=taro_id) == [plain]
    assert await found(people, hana, author=taro_id) == [plain]
    assert set(await found(people, hana, author=me)) == {elsewhere, with_file, upload}
    assert set(await found(people, hana, "避難", has="file")) == {with_file, upload}
    assert await found(people, hana, "一覧", type="file") == [upload]
    assert await found(people, hana, "避難所", type="message", room=room) == [plain, with_file]
    assert await found(people, hana, "避難所", since=at, type="message") == [elsewhere, plain]
    assert set(await found(people, hana, "避難所", until=at)) == {with_file, upload}
    assert await found(people, hana, "避難所", since=first + 1, until=at) == []
    file = (await hana.search("一覧")).items[0]
    assert (file.owner, file.type, file.excerpt) == (with_file, "file", "避難所一覧.csv")


async def test_pages_lead_to_everything_once(people: People) -> None:
    posted = [(await people.hana.post(people.room, f"訓練 {n}")).id for n in range(25)]
    await caught_up(people.town.search)
    seen: list[str] = []
    following: str | None = None
    while True:
        page = await people.hana.search("訓練", limit=7, next=following)
        seen += [one.id for one in page.items]
        following = page.next
        if following is None:
            break
    assert seen == posted[::-1]


async def test_items_are_found_by_all_that_people_wrote_in_them(people: People) -> None:
    hana, room = people.hana, people.room
    task = await hana.make_item(room, "task", "倉庫の鍵", text="棚卸しまでに返す")
    survey = await hana.make_item(room, "survey", "昼食", choices=["弁当", "倉庫の食堂"])
    assert await found(people, hana, "倉庫") == [survey, task]
    assert await found(people, hana, "棚卸") == [task]
    assert await found(people, hana, "倉庫", type="item") == [survey, task]
    assert await found(people, hana, "倉庫", type="task") == [task]
    await hana.change_item(task, title="車庫の鍵")
    assert await found(people, hana, "倉庫") == [survey]
    await hana.remove_item(survey)
    assert await found(people, hana, "食堂") == []
    assert await found(people, people.jiro, "車庫") == []

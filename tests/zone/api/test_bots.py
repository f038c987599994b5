"""Bots keep no place themselves: they resume behind what they have acknowledged."""

from pathlib import Path

from sekisho_client import Client, Message
from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People, peopled, town
from tests.zone.api.test_messages import code_of
from zone.store import event_log


async def bot_of(people: People, token: str = "") -> Client:
    here = people.town
    if "guide" not in here.ids:
        await here.admit("guide", "bot")
        await people.hana.set_member(people.room, here.ids["guide"])
    return await here.client(here.ids["guide"], token or here.token)


async def texts(bot: Client, ack: str = "") -> tuple[list[str], str]:
    batch = await bot.bot_events(ack, wait=0)
    said = [e.data.text or "" for e in batch.items if isinstance(e.data, Message)]
    return said, batch.cursor


async def test_what_was_not_acknowledged_comes_again(people: People) -> None:
    bot = await bot_of(people)
    await texts(bot)
    for text in ("一", "二"):
        await people.hana.post(people.room, text)
    assert (await texts(bot))[0] == ["一", "二"]
    said, cursor = await texts(bot)
    assert said == ["一", "二"]
    await people.hana.post(people.room, "三")
    assert (await texts(bot, cursor))[0] == ["三"]
    assert (await texts(bot))[0] == ["三"]


async def test_a_place_only_goes_forwards(people: People) -> None:
    bot = await bot_of(people)
    _, early = await texts(bot)
    await people.hana.post(people.room, "一")
    _, late = await texts(bot)
    await bot.ack(late)
    await bot.ack(early)
    assert (await texts(bot))[0] == []


async def test_a_place_survives_a_restart(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        bot = await bot_of(people)
        await texts(bot)
        await people.hana.post(people.room, "一")
        _, cursor = await texts(bot)
        await people.hana.post(people.room, "二")
        await texts(bot, cursor)
        before = people.town
    async with town(tmp_path / "n", fresh=False) as here:
        bot = await here.client(before.ids["guide"], before.token)
        assert (await texts(bot))[0] == ["二"]


async def test_each_frontend_of_a_bot_has_a_place_of_its_own(people: People) -> None:
    one = await bot_of(people)
    two = await bot_of(people, await people.town.frontend("other"))
    await texts(one), await texts(two)
    await people.hana.post(people.room, "一")
    await one.ack((await texts(one))[1])
    assert ((await texts(one))[0], (await texts(two))[0]) == ([], ["一"])


async def test_a_place_that_the_log_has_left_behind_is_gone(people: People) -> None:
    bot = await bot_of(people)
    await texts(bot)
    for text in "一二三":
        await people.hana.post(people.room, text)
    await people.town.store.write(lambda w: event_log.cut(w.db, keep=1, limit=1000))
    assert await code_of(texts(bot)) == "cursor-gone"
    await bot.ack((await bot.snapshot()).cursor)
    assert (await texts(bot))[0] == []


async def test_people_and_strange_cursors_are_refused(people: People) -> None:
    bot = await bot_of(people)
    assert await code_of(people.hana.bot_events(wait=0)) == "forbidden"
    _, cursor = await texts(bot)
    for wrong in ("0000000012", f"{cursor[:8]}ffff"):
        assert await code_of(bot.ack(wrong)) == "cursor-gone"


async def test_the_place_is_where_a_stream_begins(people: People) -> None:
    bot = await bot_of(people)
    await texts(bot)
    await people.hana.post(people.room, "一")
    headers = signed_in(people.town.token, people.town.ids["guide"], Accept="text/event-stream")
    async with bot.session.get("/v1/bots/me/events", headers=headers) as response:
        lines = [await response.content.readline() for _ in range(2)]
    assert lines[0].startswith(b"id: ")
    assert "一".encode() in lines[1]
    answer = await ask(people.town.api, "POST", "/v1/ack", headers, b"{}")
    assert answer.status == 422

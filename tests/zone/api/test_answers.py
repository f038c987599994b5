"""Asking twice under one Idempotency-Key does a thing once."""

import asyncio
import json
from pathlib import Path

from sekisho_client import Message
from sekisho_client.messages import NewMessage
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People, peopled, town
from tests.zone.api.test_messages import code_of
from zone.api.http import kept_responses


async def post(
    people: People, text: str, key: str, *, who: str = "hana", token: str = "", room: str = ""
) -> Answer:
    here = people.town
    headers = signed_in(token or here.token, here.ids[who], **{"Idempotency-Key": key})
    path = f"/v1/rooms/{room or people.room}/messages"
    return await ask(here.api, "POST", path, headers, json.dumps({"text": text}).encode())


async def said(people: People, room: str = "") -> list[str | None]:
    return [m.text for m in (await people.hana.messages(room or people.room)).items]


async def test_the_same_question_gets_the_same_answer_and_does_nothing(people: People) -> None:
    first, second = [await post(people, "一", "k") for _ in range(2)]
    assert (first.status, first.body) == (second.status, second.body) == (202, second.body)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await said(people) == ["一"]


async def test_questions_asked_at_the_same_time_are_one(people: People) -> None:
    together = await asyncio.gather(*[post(people, "一", "k") for _ in range(8)])
    assert len({answer.body for answer in together}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in together) == 7
    assert await said(people) == ["一"]


async def test_another_question_under_the_same_key_is_refused(people: People) -> None:
    await post(people, "一", "k")
    other = await post(people, "二", "k")
    assert (other.status, other.json["code"]) == (422, "key-reused")
    assert await said(people) == ["一"]


async def test_a_key_is_of_one_frontend_one_user_and_one_route(people: People) -> None:
    bot = await people.town.frontend("bot")
    own = await people.hana.create_room("別")
    await post(people, "一", "k")
    for answer in (
        await post(people, "二", "k", token=bot),
        await post(people, "三", "k", who="taro"),
        await post(people, "四", "k", room=own),
    ):
        assert answer.status == 202
    assert await said(people) == ["一", "二", "三"]
    assert await said(people, own) == ["四"]


async def test_a_refusal_is_not_kept(people: People) -> None:
    assert (await post(people, "一", "k", who="jiro")).status == 404
    await people.hana.set_member(people.room, people.town.ids["jiro"])
    assert (await post(people, "一", "k", who="jiro")).status == 202


async def test_a_key_comes_back_in_the_event(people: People) -> None:
    cursor = (await people.taro.snapshot()).cursor
    await people.hana.post(people.room, "一", key="mine-1")
    await people.hana.post_batch([NewMessage(room=people.room, client_key="mine-2", text="二")])
    told = (await people.taro.poll(cursor)).items
    assert [event.data_as(Message).client_key for event in told] == ["mine-1", "mine-2"]


async def test_a_key_has_bounds(people: People) -> None:
    for key in ("", "x" * 201):
        assert (await post(people, "一", key)).json["code"] == "invalid"
    assert await said(people) == []


async def test_every_post_keeps_its_answer(people: People) -> None:
    """A room, a batch, a withdrawal and a file, each twice."""
    rooms = [await people.hana.create_room("x", key="k") for _ in range(2)]
    batch = [NewMessage(room=people.room, client_key="c", text="一")]
    outcomes = [await people.hana.post_batch(batch, key="k") for _ in range(2)]
    files = [await people.hana.upload("a.txt", b"a", key="k") for _ in range(2)]
    assert rooms[0] == rooms[1]
    assert outcomes[0] == outcomes[1]
    assert files[0] == files[1]
    assert await code_of(people.hana.upload("b.txt", b"a", key="k")) == "key-reused"
    count = await people.town.store.read(
        lambda db: db.execute("SELECT count(*) FROM file").fetchone()
    )
    assert count == (1,)


async def test_an_answer_survives_a_restart_and_is_forgotten_after_a_day(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    async with peopled(folder) as people:
        first = await post(people, "一", "k")
    async with town(folder, fresh=False) as here:
        people.town, here.token, here.ids = here, people.town.token, people.town.ids
        assert (await post(people, "一", "k")).body == first.body
        here.clock.now += kept_responses.KEPT_MS - 1000
        await forget(people)
        assert (await post(people, "一", "k")).body == first.body
        here.clock.now += 10_000
        await forget(people)
        assert (await post(people, "一", "k")).body != first.body


async def forget(people: People) -> None:
    await people.town.store.write(lambda w: kept_responses.forget(w.db, now=w.now, limit=100))

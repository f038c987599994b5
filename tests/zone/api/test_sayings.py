"""Pins, threads, forwarding, later messages: what may and what may not be done with them."""

import pytest

from sekisho_client import Client, Problem
from tests.zone.api.conftest import People


async def refusal(asked: object) -> str:
    """Return the code with which a question was refused."""
    with pytest.raises(Problem) as trouble:
        await asked  # type: ignore[misc] # whatever the client returns
    return str(trouble.value.code)


async def test_what_somebody_does_not_see_he_neither_pins_nor_forwards(people: People) -> None:
    said = await people.hana.post(people.room, "内々")
    own = await people.jiro.create_room("次郎の部屋")
    for asked in (
        people.jiro.pin(said.id),
        people.jiro.forward(said.id, own, confirm=True),
        people.jiro.replies(said.id),
        people.jiro.pins(people.room),
    ):
        assert await refusal(asked) == "not-found"


async def test_a_thread_stays_in_its_room(people: People) -> None:
    said = await people.hana.post(people.room, "ここで")
    other = await people.hana.create_room("別室")
    assert await refusal(people.hana.post(other, "よそで", thread=said.id)) == "not-found"


async def test_only_who_is_there_is_mentioned(people: People) -> None:
    stranger = (
        people.town.ids["次郎"] if "次郎" in people.town.ids else ((await people.jiro.me()).id)
    )
    asked = people.hana.post(people.room, "@", mentions=[stranger])
    assert await refusal(asked) == "invalid"


async def test_words_that_were_taken_back_are_not_forwarded(people: People) -> None:
    said = await people.hana.post(people.room, "やめた")
    await people.hana.withdraw(said.id)
    assert await refusal(people.hana.forward(said.id, people.room)) == "conflict"


async def test_what_is_forwarded_on_is_the_first_ones_words_and_not_those_beside_them(
    people: People,
) -> None:
    said = await people.hana.post(people.room, "九時に集合")
    once = await people.taro.forward(said.id, people.room, "共有します")
    again = await people.hana.forward(once.id, people.room, "念のため")
    view = await people.taro.message(again.id)
    assert view.text == "念のため"
    assert view.forwarded is not None
    assert (view.forwarded.message, view.forwarded.text) == (said.id, "九時に集合")
    assert view.forwarded.author == people.town.ids["hana"]


async def test_a_file_is_forwarded_with_its_bytes(people: People) -> None:
    content = "名簿".encode()
    file = await people.hana.upload("名簿.txt", content, media="text/plain")
    said = await people.hana.post(people.room, "", files=[file.id])
    sent = await people.taro.forward(said.id, people.room)
    (copy,) = (await people.taro.message(sent.id)).files
    assert copy.id != file.id
    assert b"".join([piece async for piece in people.taro.download(copy.id)]) == content
    await people.hana.withdraw(said.id)  # the other one stands
    assert b"".join([piece async for piece in people.taro.download(copy.id)]) == content


async def test_what_is_scheduled_is_its_authors_alone(people: People) -> None:
    due = people.town.clock() + 60_000
    kept = await people.hana.post_later(people.room, "あとで", due)
    path = f"/v1/later-messages/{kept.id}"
    async with people.taro.session.delete(path) as other:
        assert other.status == 404
    async with people.hana.session.get("/v1/later-messages") as listed:
        assert [each["id"] for each in (await listed.json())["items"]] == [kept.id]
    async with people.hana.session.delete(path) as own:
        assert own.status == 204


async def test_nothing_is_scheduled_for_the_past(people: People) -> None:
    assert await refusal(people.hana.post_later(people.room, "きのう", 1)) == "invalid"


async def test_after_a_day_only_a_moderator_takes_a_message_back(people: People) -> None:
    theirs = await people.taro.post(people.room, "古い話")
    people.town.clock.now += 25 * 3_600_000
    assert await refusal(people.taro.withdraw(theirs.id)) == "forbidden"
    assert (await people.hana.withdraw(theirs.id)).withdrawn is not None


async def test_a_reader_of_nothing_says_nothing(people: People) -> None:
    assert await refusal(people.hana.post(people.room, "")) == "invalid"


async def listed(client: Client, path: str) -> list[dict[str, object]]:
    async with client.session.get(path) as answer:
        found: list[dict[str, object]] = (await answer.json())["items"]
        return found


async def test_every_sticker_there_is_can_be_fetched(people: People) -> None:
    stickers = await listed(people.hana, "/v1/stickers")
    assert len(stickers) >= 10
    for sticker in stickers:
        async with people.hana.session.get(f"/v1/stickers/{sticker['id']}") as drawing:
            assert drawing.status == 200
            assert drawing.headers["X-Content-Type-Options"] == "nosniff"

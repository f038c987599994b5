"""Stamps, threads, quoting, forwarding, pinning, editing, taking back, saying it later."""

import time

import pytest

from sekisho_client import Client, Problem
from sekisho_client.decoding import decode
from sekisho_client.messages import CallNotice, Location
from tests.stories.city import INTERNET, LGWAN, City


async def two(city: City, name: str) -> tuple[Client, Client, str]:
    """Return a person in the field, one at the desk, and their room."""
    outside, inside = await city.person("佐藤 健"), await city.person("山田 花子")
    at_desk, in_field = await city.client(inside, LGWAN), await city.client(outside, INTERNET)
    return in_field, at_desk, await city.room(name, at_desk, outside)


async def test_a_stamp_is_enough_of_an_answer(city: City) -> None:
    in_field, at_desk, room = await two(city, "水防")
    said = await at_desk.post(room, "第3避難所を開けられますか")
    await city.until(lambda: in_field.message(said.id))
    stamp = await in_field.post(room, "", sticker="sekisho/on-my-way", reply_to=said.id)
    seen = await city.until(lambda: at_desk.message(stamp.id))
    assert (seen.sticker, seen.text, seen.reply_to) == ("sekisho/on-my-way", "", said.id)
    async with at_desk.session.get("/v1/stickers/sekisho/on-my-way") as drawing:
        assert drawing.headers["Content-Type"] == "image/svg+xml"
        assert b"<svg" in await drawing.read()
    with pytest.raises(Problem):
        await in_field.post(room, "", sticker="sekisho/no-such")


async def test_a_side_matter_has_a_thread_of_its_own(city: City) -> None:
    in_field, at_desk, room = await two(city, "道路")
    root = await at_desk.post(room, "国道の規制について")
    await city.until(lambda: in_field.message(root.id))
    first = await in_field.post(room, "片側通行です", thread=root.id)
    await city.until(lambda: at_desk.message(first.id))
    # Who answers within a thread stays in it.
    await at_desk.post(room, "解除の見込みは", thread=first.id)
    thread = await city.until(
        lambda: in_field.replies(root.id), lambda found: len(found.items) == 2
    )
    assert [reply.text for reply in thread.items] == ["片側通行です", "解除の見込みは"]
    assert (await in_field.message(root.id)).replies == 2


async def test_forwarding_to_more_people_is_asked_about_first(city: City) -> None:
    in_field, at_desk, room = await two(city, "総務")
    third = await city.person("鈴木 一郎")
    wider = await city.room("全体", at_desk, third)
    said = await in_field.post(room, "口外しないでください")
    await city.until(lambda: at_desk.message(said.id))
    with pytest.raises(Problem, match="needs-confirm"):
        await at_desk.forward(said.id, wider)
    sent = await at_desk.forward(said.id, wider, "共有します", confirm=True)
    outside = await city.client(third, INTERNET)
    seen = await city.until(lambda: outside.message(sent.id))
    # Whose word is whose: the one beside it is not in the other's mouth.
    assert seen.text == "共有します"
    assert seen.forwarded is not None
    assert (seen.forwarded.message, seen.forwarded.text) == (said.id, "口外しないでください")
    assert seen.forwarded.author == (await at_desk.message(said.id)).author


async def test_what_matters_is_pinned_in_both_zones(city: City) -> None:
    in_field, at_desk, room = await two(city, "本部")
    said = await at_desk.post(room, "集合は8時、玄関前")
    await city.until(lambda: in_field.message(said.id))
    await in_field.pin(said.id)
    pins = await city.until(lambda: at_desk.pins(room), lambda found: found)
    assert [pin.id for pin in pins] == [said.id]
    await at_desk.pin(said.id, on=False)
    await city.until(lambda: in_field.pins(room), lambda found: not found)


async def test_every_wording_can_be_read_until_it_is_taken_back(city: City) -> None:
    in_field, at_desk, room = await two(city, "広報")
    said = await at_desk.post(room, "9時開始")
    await city.until(lambda: in_field.message(said.id))
    await at_desk.edit(said.id, "10時開始")
    await city.until(lambda: in_field.message(said.id), lambda m: m.text == "10時開始")

    async def wordings() -> list[str]:
        async with in_field.session.get(f"/v1/messages/{said.id}/revisions") as found:
            return [each["text"] for each in (await found.json())["items"]]

    assert await wordings() == ["9時開始", "10時開始"]
    await at_desk.withdraw(said.id, "誤り")
    await city.until(lambda: in_field.message(said.id), lambda m: m.text is None)
    assert await wordings() == []


async def test_what_is_said_for_later_is_said_then_and_once(city: City) -> None:
    in_field, at_desk, room = await two(city, "朝礼")
    due = time.time_ns() // 1_000_000 + 1_500
    await at_desk.post_later(room, "おはようございます", due)
    assert (await at_desk.messages(room)).items == []
    found = await city.until(lambda: in_field.messages(room), lambda page: page.items)
    assert [(m.text, m.at >= due) for m in found.items] == [("おはようございます", True)]


async def test_where_somebody_is_and_that_he_called_crosses_but_not_the_call(city: City) -> None:
    in_field, at_desk, room = await two(city, "現場")
    place = {"latitude": 35_689_487, "longitude": 139_691_706, "name": "第3避難所"}
    here = await in_field.post(room, "ここです", location=place)
    call = {"state": "missed", "medium": "voice", "seconds": 0}
    rang = await in_field.post(room, "", call=call)
    assert (await city.until(lambda: at_desk.message(here.id))).location == decode(place, Location)
    assert (await city.until(lambda: at_desk.message(rang.id))).call == decode(call, CallNotice)


async def test_somebody_is_mentioned(city: City) -> None:
    in_field, at_desk, room = await two(city, "連絡")
    whom = (await in_field.me()).id
    said = await at_desk.post(room, "@佐藤 お願いします", mentions=[whom])
    assert (await city.until(lambda: in_field.message(said.id))).mentions == [whom]

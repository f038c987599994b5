"""Talk rooms: a person in the field and one at the desk talk, and see who has read."""

from tests.stories.city import INTERNET, LGWAN, City


async def test_a_report_from_the_field_is_answered_from_the_desk(city: City) -> None:
    field_worker = await city.person("佐藤 健", kana="さとう けん")
    desk = await city.person("山田 花子", LGWAN, kana="やまだ はなこ")
    at_desk = await city.client(desk, LGWAN)
    outside = await city.client(field_worker, INTERNET)
    room = await city.room("水防", at_desk, field_worker)
    said = await outside.post(room, "第2ゲートは通行できません")
    heard = await city.until(lambda: at_desk.message(said.id))
    assert heard.text == "第2ゲートは通行できません"
    assert heard.author == field_worker
    answer = await at_desk.post(room, "了解。迂回を案内します", reply_to=said.id)
    await city.until(lambda: outside.message(answer.id))
    await outside.read(room, answer.id)
    readers = await city.until(lambda: at_desk.readers(answer.id), lambda found: found)
    assert [reader.user for reader in readers] == [field_worker]
    told = await city.until(lambda: outside.message(said.id), lambda m: m.delivery != "queued")
    assert told.delivery in ("crossing", "delivered")

"""Several devices and both zones: one identity, one read position, one history to search."""

from tests.stories.city import INTERNET, LGWAN, City


async def test_what_was_read_on_the_phone_is_read_at_the_desk(city: City) -> None:
    person, other = await city.person("両方 使う"), await city.person("同僚")
    phone, desk = await city.client(person, INTERNET), await city.client(person, LGWAN)
    colleague = await city.client(other, LGWAN)
    room = await city.room("連絡", colleague, person)
    said = [await colleague.post(room, text) for text in ("一", "二", "三")]

    async def unread(client: object) -> int:
        assert client in (phone, desk)
        found = await (phone if client is phone else desk).snapshot()
        return next(int(now.unread) for now in found.rooms if now.room.id == room)

    await city.until(lambda: unread(phone), lambda count: count == 3)
    assert await unread(desk) == 3
    await phone.read(room, said[1].id)
    await city.until(lambda: unread(desk), lambda count: count == 1)
    await desk.read(room, said[2].id)
    await city.until(lambda: unread(phone), lambda count: count == 0)


async def test_a_stamp_on_a_message_is_taken_off_again_from_the_other_zone(city: City) -> None:
    person, other = await city.person("両方 使う"), await city.person("同僚")
    phone, desk = await city.client(person, INTERNET), await city.client(person, LGWAN)
    colleague = await city.client(other, LGWAN)
    room = await city.room("反応", colleague, person)
    said = await colleague.post(room, "会議は3時です")
    await city.until(lambda: phone.message(said.id))
    await phone.react(said.id, "👍")
    seen = await city.until(lambda: desk.message(said.id), lambda m: m.reactions)
    assert seen.reactions == {"👍": [person]}
    await desk.react(said.id, "👍", on=False)
    await city.until(lambda: phone.message(said.id), lambda m: not m.reactions)


async def test_the_whole_history_is_found_in_japanese_and_only_by_who_may(city: City) -> None:
    person, stranger = await city.person("探す人"), await city.person("よその人")
    at_desk, outside = await city.client(person, LGWAN), await city.client(person, INTERNET)
    room = await city.room("備蓄", at_desk, person)
    said = await at_desk.post(room, "毛布を二百枚、粟津倉庫へ移しました")
    await city.until(lambda: outside.message(said.id))
    for words in ("粟", "粟津", "毛布 倉庫"):
        found = await city.until(lambda words=words: outside.search(words), lambda r: r.items)  # type: ignore[misc]
        assert said.id in [hit.id for hit in found.items]
    nothing = await (await city.client(stranger, INTERNET)).search("粟津")
    assert nothing.items == []

"""Notes pinned to a room: what everybody looks up, kept by everybody, in both zones."""

from sekisho_client import contents
from tests.stories.city import INTERNET, LGWAN, City


async def test_the_telephone_list_of_the_shelter_is_kept_by_both_sides(city: City) -> None:
    desk, warden = await city.person("山田 花子", LGWAN), await city.person("佐藤 健", INTERNET)
    at_desk, at_shelter = await city.client(desk, LGWAN), await city.client(warden, INTERNET)
    room = await city.room("第3避難所", at_desk, warden)
    note = await at_desk.make_item(room, "note", "連絡先", text="本部 03-0000-0001")
    await city.until(lambda: at_shelter.item(note))

    await at_shelter.change_item(note, text="本部 03-0000-0001\n避難所 090-0000-0002", pinned=True)
    seen = await city.until(
        lambda: at_desk.item(note), lambda item: item.content_as(contents.Note).pinned
    )
    assert seen.content_as(contents.Note).text.endswith("避難所 090-0000-0002")
    assert [each.id for each in await at_desk.items(room, "note", pinned="true")] == [note]

    await at_desk.remove_item(note, "閉所")
    gone = await city.until(lambda: at_shelter.item(note), lambda item: item.removed)
    assert (gone.content, await at_shelter.items(room, "note")) == (None, [])

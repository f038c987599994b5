"""All-staff call: after an earthquake everybody is asked, and soon it is known whom to phone."""

import csv
import io

from sekisho_client import Client, contents
from sekisho_client.events import Escalation
from tests.stories.city import INTERNET, LGWAN, City

TITLE = "震度6弱 参集班"
CHOICES = ("無事・参集できる", "無事・参集できない", "負傷")


async def test_who_has_not_read_the_broadcast_can_be_phoned(city: City) -> None:
    chief = await city.person(
        "山田 花子", kana="やまだ はなこ", section="防災課", duties=["broadcast"]
    )
    at_desk, at_home = await city.client(chief, LGWAN), await city.client(chief, INTERNET)
    outside, inside, silent = await corps(city)
    cursor = (await silent.snapshot()).cursor
    call = await at_desk.make_broadcast(
        TITLE, {"titles": ["参集班員"]}, choices=CHOICES, training=True, escalate_after_s=3
    )

    # It reaches people in both zones.
    await heard(city, outside, call)
    await outside.answer_broadcast(call, 0)
    await inside.answer_broadcast(call, 2, "足を切りました")

    # Whichever zone the caller looks from, the answers of both are there.
    for client in (at_desk, at_home):
        await answered(city, client, call)

    # The one who is silent is told once more, and can be phoned.
    notice = await told_again(city, silent, cursor)
    assert notice.text.startswith("【訓練】")
    (to_phone,) = await at_home.broadcast_missing(call)
    assert (to_phone.name, to_phone.section, to_phone.telephone) == (
        "髙橋 陽",
        "防災課",
        "090-3333-4444",
    )
    assert (await table(at_desk, call))[1][:2] == ["防災課", "髙橋 陽"]

    # The call is closed; who answers late is still heard.
    await at_desk.close_broadcast(call)
    await city.until(
        silent.broadcasts, lambda found: found[0].content_as(contents.Broadcast).closed
    )
    await silent.answer_broadcast(call, 0)
    await city.until(lambda: at_desk.broadcast_missing(call), lambda found: not found)


async def corps(city: City) -> list[Client]:
    """Return three who come when the ground shakes: one outside, one inside, one silent."""
    people = (
        ("佐藤 健", "さとう けん", (INTERNET, LGWAN), "090-1111-2222"),
        ("鈴木 葵", "すずき あおい", (LGWAN,), "03-1234-5678"),
        ("髙橋 陽", "たかはし よう", (INTERNET, LGWAN), "09033334444"),
    )
    return [
        await city.client(
            await city.person(
                name, *zones, kana=kana, section="防災課", title="参集班員", telephone=telephone
            ),
            zones[0],
        )
        for name, kana, zones, telephone in people
    ]


async def heard(city: City, client: Client, call: str) -> None:
    """Wait until it reaches somebody, and see that it says that it is an exercise."""
    calls = await city.until(client.broadcasts, lambda found: call in [each.id for each in found])
    (one,) = [each for each in calls if each.id == call]  # others call in this city, too
    assert one.content_as(contents.Broadcast).title == f"【訓練】{TITLE}"
    found = await city.until(lambda: client.search("参集"), lambda results: results.items)
    assert call in [hit.id for hit in found.items]


async def answered(city: City, client: Client, call: str) -> None:
    """Wait until two of three have answered, as a caller sees it."""
    status = await city.until(
        lambda: client.broadcast_status(call), lambda found: found.answered == 2
    )
    assert (status.addressees, status.missing) == (3, 1)
    assert [one.count for one in status.choices] == [1, 0, 1]


async def told_again(city: City, client: Client, cursor: str) -> Escalation:
    """Return what somebody is told once more, who has not answered."""

    async def told() -> list[Escalation]:
        events = (await client.poll(cursor, wait=0)).items
        return [event.data for event in events if isinstance(event.data, Escalation)]

    (notice,) = await city.until(told, lambda found: found)
    return notice


async def table(client: Client, call: str) -> list[list[str]]:
    """Return the list of those to phone as Excel opens it."""
    path = f"/v1/broadcasts/{call}/unread?format=csv&charset=shift_jis"
    async with client.session.get(path, headers={"Accept-Language": "ja"}) as response:
        return list(csv.reader(io.StringIO((await response.read()).decode("cp932"))))

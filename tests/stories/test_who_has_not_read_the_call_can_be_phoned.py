"""All-staff call: after an earthquake everybody is asked, and soon it is known whom to phone."""

import csv
import io
from typing import Any

from tests.stories.city import INTERNET, LGWAN, City


async def test_who_has_not_read_the_call_can_be_phoned(city: City) -> None:
    chief = await city.person("山田 花子", kana="やまだ はなこ", section="防災課", duties=["call"])
    at_desk, at_home = await city.client(chief, LGWAN), await city.client(chief, INTERNET)
    title = "震度6弱 参集班"
    called: dict[str, str] = {}
    for name, kana, zones, telephone in (
        ("佐藤 健", "さとう けん", (INTERNET, LGWAN), "090-1111-2222"),
        ("鈴木 葵", "すずき あおい", (LGWAN,), "03-1234-5678"),
        ("髙橋 陽", "たかはし よう", (INTERNET, LGWAN), "09033334444"),
    ):
        called[name] = await city.person(
            name, *zones, kana=kana, section="防災課", title="参集班員", telephone=telephone
        )
    call = await at_desk.make_call(
        title, {"titles": ["参集班員"]}, choices=["無事・参集できる", "無事・参集できない", "負傷"],
        training=True, escalate_after_s=3,
    )  # fmt: skip

    # It reaches people in both zones, and says that it is an exercise.
    outside = await city.client(called["佐藤 健"], INTERNET)
    (heard,) = await city.until(outside.calls, lambda found: found)
    assert (heard["id"], heard["content"]["title"]) == (call, f"【訓練】{title}")
    await outside.answer_call(call, 0)
    inside = await city.client(called["鈴木 葵"], LGWAN)
    cursor = (await (await city.client(called["髙橋 陽"], INTERNET)).snapshot())["cursor"]
    await inside.answer_call(call, 2, "足を切りました")

    # Whichever zone the caller looks from, the answers of both are there.
    for client in (at_desk, at_home):
        status = await city.until(
            lambda client=client: client.call_status(call),  # type: ignore[misc] # the loop's own
            lambda found: found["answered"] == 2,
        )
        assert (status["called"], status["missing"]) == (3, 1)
        assert [one["count"] for one in status["choices"]] == [1, 0, 1]

    # The one who is silent is told once more, and can be phoned.
    silent = await city.client(called["髙橋 陽"], INTERNET)

    async def told() -> list[dict[str, Any]]:
        events = (await silent.poll(cursor, wait=0))["items"]
        return [event["data"] for event in events if event["type"] == "call.escalated"]

    (notice,) = await city.until(told, lambda found: found)
    assert notice["text"].startswith("【訓練】")
    (to_phone,) = await at_home.not_heard(call)
    assert (to_phone["name"], to_phone["section"], to_phone["telephone"]) == (
        "髙橋 陽", "防災課", "090-3333-4444",
    )  # fmt: skip
    sheet = f"/v1/broadcasts/{call}/unread?format=csv&charset=shift_jis"
    async with at_desk.session.get(sheet, headers={"Accept-Language": "ja"}) as response:
        rows = list(csv.reader(io.StringIO((await response.read()).decode("cp932"))))
    assert rows[1][:2] == ["防災課", "髙橋 陽"]

    # The call is closed; who answers late is still heard.
    await at_desk.close_call(call)
    await city.until(lambda: silent.calls(), lambda found: found[0]["content"].get("closed"))
    await silent.answer_call(call, 0)
    await city.until(lambda: at_desk.not_heard(call), lambda found: not found)

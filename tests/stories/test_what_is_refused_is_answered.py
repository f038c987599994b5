"""Two decisions at one moment: who acted there learns that it does not hold here."""

import asyncio

from sekisho_client.events import DeliveryUpdate
from tests.stories.city import INTERNET, LGWAN, PATIENCE_S, City


async def test_who_was_let_go_meanwhile_learns_that_his_word_was_not_taken(city: City) -> None:
    owner = await city.person("課長", LGWAN)
    guest = await city.person("業者", INTERNET, kind="guest")
    desk, outside = await city.client(owner, LGWAN), await city.client(guest, INTERNET)
    await city.until(lambda: desk.user(guest))
    room = await desk.create_room("工事", members=[(guest, "guest")])
    await city.until(lambda: outside.room(room))
    before = (await city.operate(LGWAN, "GET", "/v1/status"))["quarantine"]

    since = (await outside.snapshot()).cursor
    city.installation.stop("export-transform")  # what LGWAN decides is not heard yet
    try:
        await desk.remove_member(room, guest)
        posted = await outside.post(room, "まだいます")

        async def refused() -> int:
            return int((await city.operate(LGWAN, "GET", "/v1/status"))["quarantine"])

        await city.until(refused, lambda count: count == before + 1)
        assert (await desk.messages(room)).items == []
    finally:
        city.installation.start("export-transform")
    listed = (await city.operate(LGWAN, "GET", "/v1/quarantine"))["items"]
    assert [e["reason"] for e in listed if e["id"] == posted.id] == ["no-authority"]

    async with asyncio.timeout(PATIENCE_S):
        async for event in outside.events(since=since):
            if event.type != "delivery.updated":
                continue
            told = [one for one in event.data_as(DeliveryUpdate).items if one.id == posted.id]
            if [one.delivery for one in told] == ["refused"]:
                break
    assert [one.reason for one in told] == ["no-authority"]

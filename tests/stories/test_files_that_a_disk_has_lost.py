"""Files whose bytes a disk has lost: people are told, and everything behind them goes on."""

import asyncio
import sqlite3
from contextlib import closing

from tests.stories.city import INTERNET, LGWAN, City


async def test_a_file_whose_bytes_are_lost_on_the_way_is_given_up_and_the_lane_goes_on(
    own_city: City,
) -> None:
    city = own_city
    hana, taro = await city.person("花"), await city.person("太郎")
    desk, phone = await city.client(hana, LGWAN), await city.client(taro, INTERNET)
    room = await city.room("防災", desk, taro)
    city.installation.kill("export-transform")
    lost = await desk.upload("案内.txt", "集合は9時です。\n".encode())
    message = (await desk.post(room, "ご覧ください", files=[lost.id])).id
    assert lost.sha256 is not None
    (city.installation.node(LGWAN) / "blobs" / lost.sha256).unlink()
    whole = await desk.upload("地図.txt", "橋の手前です。\n".encode())
    await desk.post(room, "地図です", files=[whole.id])
    city.installation.start("export-transform")
    for client in (phone, desk):
        seen = await city.until(
            lambda client=client: client.message(message),  # type: ignore[misc] # bound now
            lambda view: view.files[0].state == "refused",
        )
        assert (seen.text, seen.files[0].reason) == ("ご覧ください", "file-broken")
        await city.until(
            lambda client=client: client.file(whole.id),  # type: ignore[misc] # bound now
            lambda file: file.state in ("clean", "altered"),
        )
    behind = (await desk.post(room, "続けます")).id
    await city.until(lambda: phone.message(behind), lambda view: view.text == "続けます")


async def test_a_message_that_the_far_zone_lost_comes_back_with_its_file(own_city: City) -> None:
    city = own_city
    hana, taro = await city.person("花"), await city.person("太郎")
    desk, phone = await city.client(hana, LGWAN), await city.client(taro, INTERNET)
    room = await city.room("防災", desk, taro)
    leaflet = await desk.upload("案内.txt", "集合は9時です。\n".encode())
    message = (await desk.post(room, "ご覧ください", files=[leaflet.id])).id
    for client in (phone, desk):
        await city.until(
            lambda client=client: client.file(leaflet.id),  # type: ignore[misc] # bound now
            lambda file: file.state in ("clean", "altered"),
        )
    await asyncio.to_thread(city.installation.stop, INTERNET)
    with closing(sqlite3.connect(city.installation.store(INTERNET), isolation_level=None)) as db:
        db.execute("DELETE FROM message WHERE id = ?", (message,))
        db.execute("DELETE FROM file")
    city.installation.start(INTERNET)
    await city.installation.ready(INTERNET)
    await city.operate(INTERNET, "POST", "/v1/reconcile", {})
    await city.operate(LGWAN, "POST", "/v1/reconcile", {})
    seen = await city.until(
        lambda: phone.message(message),
        lambda view: [file.state for file in view.files] in (["clean"], ["altered"]),
    )
    assert seen.text == "ご覧ください"
    text = b"".join([piece async for piece in phone.download(leaflet.id)]).decode()
    assert text.strip() == "集合は9時です。"
    await city.until(lambda: desk.file(leaflet.id), lambda file: file.state in ("clean", "altered"))

"""Read receipts: who has and who has not read, with the time, without flooding the lane."""

import asyncio
from typing import Any

from tests.stories.city import INTERNET, LGWAN, City


async def test_the_desk_sees_who_in_the_field_has_read_and_who_has_not(city: City) -> None:
    people = [await city.person(f"隊員 {n}") for n in range(12)]
    desk = await city.client(await city.person("本部"), LGWAN)
    clients = [await city.client(user, INTERNET) for user in people]
    room = await city.room("出動", desk, *people)
    said = await desk.post(room, "出動してください")
    await city.until(lambda: clients[0].message(said.id))
    before = await city.operate(INTERNET, "GET", "/v1/status")
    await asyncio.gather(*(client.read(room, said.id) for client in clients[:10]))
    readers = await city.until(lambda: desk.readers(said.id), lambda found: len(found) == 10)
    assert {reader.user for reader in readers} == set(people[:10])
    assert all((reader.at or 0) > 0 for reader in readers)
    unread = {reader.user for reader in await desk.readers(said.id, "unread")}
    assert unread == set(people[10:])
    after = await city.operate(INTERNET, "GET", "/v1/status")
    assert crossed(after) - crossed(before) < 10  # many who read the same are one event


def crossed(status: dict[str, Any]) -> int:
    """Return how many events have left a zone."""
    return int(status["lanes"]["import"]["high"])

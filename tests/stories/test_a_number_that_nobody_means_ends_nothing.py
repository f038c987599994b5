"""A zone in the wrong hands says every number at its edges: the other zone goes on as before.

The daemon of the internet zone is stopped, and what it never would have said is sealed with its
key.  From there on everything is real: both stages of the lane, LGWAN's inbox, its answers.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import msgspec

from internet_side.zone import SIDE
from runtime.bounds import TOLERANCE_MS
from runtime.node import read_key
from runtime.settings import read_settings
from tests.stories.city import INTERNET, LGWAN, City
from tests.wire.numbers import COME, Edge, edges, event_of
from wire.bodies import Body, MessagePost, ProfileSet, RoomPut
from wire.events import Author, Event
from wire.order import MAX_COUNT
from zone.settings import ZoneSettings
from zone.store.store import ZoneStore, fresh_id, now_ms
from zone.store.writing import Writing

# So much later is "ahead" still, when the relay and LGWAN look.
MARGIN_MS = 3_600_000
REASONS = {"clock": "clock-ahead", "bounds": "out-of-bounds"}


async def _say(city: City, events: list[Event]) -> None:
    """Have the internet zone send events that no honest daemon makes."""
    installation = city.installation
    await asyncio.to_thread(installation.stop, "internet")
    folder = installation.node("internet")
    site, key = (
        read_settings(folder / "zone.toml", ZoneSettings).site,
        read_key(folder, SIDE.source_key),
    )
    async with ZoneStore.open(folder, SIDE, site, key, ()) as store:
        for event in events:
            await store.write(partial(Writing.repeat, event=event))
    installation.start("internet")
    await installation.ready("internet")


async def _verdicts(city: City, *names: str) -> dict[str, tuple[str | None, str | None]]:
    """Wait for the verdicts on what was said, and return each with its reason."""
    while True:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(city.installation.stop, "internet")  # whose store is its own
        with closing(sqlite3.connect(city.installation.store("internet"))) as db:
            rows = db.execute("SELECT event, verdict, reason FROM delivery").fetchall()
        city.installation.start("internet")
        await city.installation.ready("internet")
        found = {event: (verdict, reason) for event, verdict, reason in rows if event in names}
        if all(verdict is not None for verdict, _ in found.values()):
            return found


async def _both_ways(city: City, room: str, *users: str) -> None:
    """See that what is said in either zone is delivered in the other."""
    for user, here, there in ((users[0], LGWAN, INTERNET), (users[1], INTERNET, LGWAN)):
        client, far = await city.client(user, here), await city.client(user, there)
        said = await client.post(room, "聞こえますか")
        await city.until(lambda far=far, said=said: far.message(said.id))  # type: ignore[misc]
        await city.until(
            lambda client=client, said=said: client.message(said.id),  # type: ignore[misc]
            lambda message: message.delivery == "delivered",
        )


def _maker(room: str, user: str) -> Callable[[Body], Event]:
    def make(body: Body) -> Event:
        event = event_of(
            body, 1, now_ms(), author=Author(user, fresh_id("tn", 1), fresh_id("fe", 1))
        )
        own: dict[str, Any] = {"id": fresh_id(event.id[:2], now_ms())}
        if isinstance(body, ProfileSet):
            own["body"] = msgspec.structs.replace(body, user=user)
        if event.room is not None:
            own["room"] = fresh_id("rm", now_ms()) if isinstance(body, RoomPut) else room
        return msgspec.structs.replace(event, files=[], **own)

    return make


async def test_every_number_at_its_edges_is_refused_or_applied_and_the_zones_go_on(
    own_city: City,
) -> None:
    city = own_city
    hana, taro = await city.person("花子"), await city.person("太郎")
    room = await city.room("境界", await city.client(hana, LGWAN), taro)
    make = _maker(room, taro)
    found = [*edges(make, now_ms(), TOLERANCE_MS + MARGIN_MS)]
    sent: dict[str, Edge] = {}
    for edge in found:
        is_close = (
            edge.field in COME | {"hlc", "lgwan", "internet"}
            and edge.fate == "applied"
            and edge.number > 1
        )
        if edge.fate == "type" or is_close:  # who looks later finds that it has come
            continue
        sent[str(name := fresh_id(edge.event["id"][:2], now_ms()))] = edge
        edge.event["id"] = name
    events = [msgspec.convert(edge.event, Event) for edge in sent.values()]
    await _say(city, events)
    verdicts = await _verdicts(city, *sent)
    for name, edge in sent.items():
        if edge.fate == "applied":  # or refused because its author has no right to it
            assert verdicts[name][1] not in REASONS.values(), edge
        else:
            assert verdicts[name] == ("refused", REASONS[edge.fate]), edge
    await _both_ways(city, room, hana, taro)


async def test_one_event_with_the_largest_stamp_ends_nothing(own_city: City) -> None:
    city = own_city
    hana, taro = await city.person("花子"), await city.person("太郎")
    room = await city.room("終端", await city.client(hana, LGWAN), taro)
    last = _maker(room, taro)(MessagePost("これで終わり"))
    await _say(city, [msgspec.structs.replace(last, hlc=MAX_COUNT)])
    assert await _verdicts(city, last.id) == {last.id: ("refused", "clock-ahead")}
    await _both_ways(city, room, hana, taro)

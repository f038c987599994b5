"""A link that is cut is told to people: since when, how much waits, over a restart, and its end.

Real daemons: what is killed here is the relay, the other zone, and the zone itself.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sekisho_client import Client
from sekisho_client.events import Event
from sekisho_client.people import Link
from tests.faults.installation import Installation
from tests.stories.city import INTERNET, LGWAN, City, register

PATIENCE_S = 90.0


@asynccontextmanager
async def town() -> AsyncIterator[City]:
    with tempfile.TemporaryDirectory(prefix="skl-") as folder:
        installation = Installation.make(Path(folder) / "c")
        installation.start_all()
        try:
            await installation.ready()
            async with AsyncExitStack() as stack:
                yield City(installation, await register(installation), stack)
        finally:
            installation.stop_all()


async def link_of(client: Client) -> Link:
    return (await client.server()).link


async def next_link(client: Client, cursor: str) -> Event:
    """Return the next event about the links behind `cursor`."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in client.events(since=cursor):
            if event.type.startswith("link."):
                return event
    raise AssertionError


async def cut(installation: Installation, here: Client, room: str, cursor: str) -> Event:
    """End the relay, speak, and return what is told of it."""
    cut_at = time.time_ns() // 1_000_000
    installation.kill("export-transform")
    for text in ("一", "二", "三"):
        await here.post(room, text)
    down = await next_link(here, cursor)
    link = down.data_as(Link)
    assert (down.type, link.state, link.waiting) == ("link.down", "down", 3)
    assert link.since is not None
    assert link.oldest is not None
    assert abs(link.since - cut_at) < 3_000
    assert cut_at <= link.oldest
    assert (link.leaving.broken_at, link.arriving.state) == ("relay", "up")
    assert link.words.ja.endswith("から。3 件が待っています")
    return down


async def test_a_cut_is_told_with_what_waits_and_outlives_a_restart() -> None:
    async with town() as city:
        installation = city.installation
        user = await city.person("山田 花子")
        here = await city.client(user, LGWAN)
        room = await city.room("防災", here)
        await city.until(
            lambda: link_of(here), lambda link: link.state == "up" and not link.waiting
        )
        cursor = (await here.snapshot()).cursor

        down = await cut(installation, here, room, cursor)
        link = down.data_as(Link)

        installation.kill("lgwan")
        installation.start("lgwan")
        await installation.ready("lgwan")
        again = await link_of(here)
        assert (again.state, again.since, again.waiting) == ("down", link.since, 3)

        installation.start("export-transform")
        up = await next_link(here, down.cursor)
        assert (up.type, up.data_as(Link).state) == ("link.up", "up")
        await city.until(lambda: link_of(here), lambda link: not link.waiting)


async def test_the_far_zone_behind_the_relay_counts_too() -> None:
    async with town() as city:
        user = await city.person("山田 花子")
        here = await city.client(user, LGWAN)
        room = await city.room("防災", here)
        await city.until(lambda: link_of(here), lambda link: link.state == "up")
        cursor = (await here.snapshot()).cursor
        city.installation.kill("internet")
        await here.post(room, "届いていますか")
        down = await next_link(here, cursor)
        link = down.data_as(Link)
        assert (down.type, link.leaving.state, link.leaving.broken_at) == (
            "link.down",
            "down",
            "beyond",
        )
        assert link.waiting >= 1
        city.installation.start("internet")
        up = await next_link(here, down.cursor)
        assert up.type == "link.up"
        there = await city.client(user, INTERNET)
        await city.until(
            lambda: there.messages(room),
            lambda page: "届いていますか" in [m.text for m in page.items],
        )

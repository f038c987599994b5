"""Whether the links are up: kept, told without flapping, with what waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.presence import Presence
from tests.zone.conftest import Place
from wire.bodies import EventRefuse
from wire.digests import LAST_PLACE, NO_POLICY, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.fields import Refusal
from wire.ids import mint_id
from wire.receipts import LaneStatus
from zone.copy.link_views import LinkView
from zone.link import receipts
from zone.link.link_states import LinkStates, link_view
from zone.link.link_words import link_words
from zone.link.refusals import DAEMON
from zone.store.writing import Writing

NOON = 1_790_132_580_000  # 12:03 in Japan
HOUR_MS = 3_600_000


class Told:
    """A presence with short bounds, and what it has told."""

    def __init__(self) -> None:
        self.now = 5
        self.changes: list[int | None] = []
        self.presence = Presence(
            lambda: self.changes.append(self.presence.since),
            lambda: self.now,
            gone_after_s=0.05,
            back_after_s=0.05,
        )


async def test_a_moment_of_reconnecting_is_not_told() -> None:
    told = Told()
    told.presence.note(is_there=True)
    for _ in range(10):
        told.presence.note(is_there=False)
        await asyncio.sleep(0.01)
        told.presence.note(is_there=True)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert told.changes == []


async def test_what_is_up_for_a_moment_only_stays_down_since_the_beginning() -> None:
    told = Told()
    told.presence.note(is_there=False)
    await asyncio.sleep(0.1)
    told.now = 99
    told.presence.note(is_there=True)
    told.presence.note(is_there=False)
    await asyncio.sleep(0.1)
    assert told.changes == [5]
    told.presence.note(is_there=True)
    await asyncio.sleep(0.1)
    assert told.changes == [5, None]


async def test_who_was_away_before_a_restart_is_away_since_then() -> None:
    told = Told()
    told.presence.restore(3)
    told.presence.note(is_there=False)
    await asyncio.sleep(0.1)
    assert (told.presence.since, told.changes) == (3, [])


@pytest.mark.parametrize(
    ("since", "waiting", "now", "ja", "en"),
    [
        (None, 0, NOON, "相手側とつながっています", "The other side is connected"),
        (
            NOON,
            3,
            NOON + HOUR_MS,
            "相手側との接続が切れています。12:03 から。3 件が待っています",
            "The other side is not connected. Since 12:03. 3 are waiting",
        ),
        (
            NOON,
            0,
            NOON + 24 * HOUR_MS,
            "相手側との接続が切れています。9月23日 12:03 から",
            "The other side is not connected. Since 2026-09-23 12:03",
        ),
    ],
)
def test_people_are_told_since_when_and_how_much_waits(
    since: int | None, waiting: int, now: int, ja: str, en: str
) -> None:
    words = link_words(since, waiting, now=now)
    assert (words.ja, words.en) == (ja, en)


async def view(place: Place) -> LinkView:
    now = place.store.now()
    return await place.store.read(lambda db: link_view(db, place.side.leaving, now=now))


async def types(place: Place) -> list[str]:
    rows = await place.store.read(
        lambda db: db.execute("SELECT type FROM log WHERE type LIKE 'link.%' ORDER BY n").fetchall()
    )
    return [row[0] for row in rows]


@asynccontextmanager
async def watched(place: Place) -> AsyncIterator[LinkStates]:
    async with LinkStates.open(place.store) as states:
        watching = asyncio.create_task(states.watch())
        yield states
        watching.cancel()


def take(place: Place, high: int) -> LaneStatus:
    return LaneStatus(place.side.leaving, 1, high, "0" * 64, 1)


async def test_what_daemons_say_to_each_other_is_nothing_that_people_wait_for(
    lgwan: Place,
) -> None:
    """The hourly digest, due in the midst of a cut, was a fourth event that waited."""
    before = (await view(lgwan)).waiting
    digest = CopyDigest("ranges", "", 0, 0, NO_POLICY, [DigestSpan(LAST_PLACE, NOTHING)] * SPANS)
    refusal = EventRefuse([Refusal(mint_id("ac", now=1, entropy=bytes(10)), "no-authority")])

    def say(writing: Writing) -> None:
        for body in (digest, refusal):
            writing.act(DAEMON, body, room=None, crosses=True)

    await lgwan.store.write(say)
    assert (await view(lgwan)).waiting == before
    await lgwan.say("一")
    assert (await view(lgwan)).waiting == before + 1


async def test_what_the_relay_took_while_the_other_zone_was_away_waits_with_the_rest(
    lgwan: Place,
) -> None:
    store = lgwan.store
    (before,) = await store.read(lambda db: db.execute("SELECT max(seq) FROM delivery").fetchone())
    await store.write(lambda w: receipts.apply_all(w, [take(lgwan, before)]))
    assert (await view(lgwan)).waiting == 0
    await asyncio.sleep(0.005)
    left = store.now()
    for text in "一二三":
        await lgwan.say(text)
    assert (await view(lgwan)).waiting == 3
    await store.write(lambda w: w.db.execute("INSERT INTO link_down VALUES ('far', ?)", (left,)))
    await store.write(lambda w: receipts.apply_all(w, [take(lgwan, before + 2)]))
    found = await view(lgwan)
    assert (found.state, found.since, found.waiting) == ("down", left, 3)
    assert (found.leaving.broken_at, found.arriving.state) == ("beyond", "up")
    assert found.oldest is not None
    assert left <= found.oldest <= store.now()


async def test_what_is_down_is_kept_and_told_once_over_restarts(lgwan: Place) -> None:
    await lgwan.store.write(
        lambda w: w.db.executemany(
            "INSERT INTO link_down VALUES (?, ?)", [("leaving", 7), ("arriving", 8)]
        )
    )
    async with watched(lgwan) as states:
        await asyncio.sleep(0.05)
        found = await view(lgwan)
        assert (found.since, found.leaving.since, found.arriving.since) == (7, 7, 8)
        assert await types(lgwan) == []
        states.note("leaving", is_up=True)
        await asyncio.sleep(3.2)
        assert await types(lgwan) == ["link.down"]  # the other way still is
        states.note("arriving", is_up=True)
        await asyncio.sleep(3.2)
        assert await types(lgwan) == ["link.down", "link.up"]
        assert (await view(lgwan)).state == "up"

"""Nobody is said to have read what was not there when they looked: cases 5 to 8 of the bad day."""

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from sekisho_client.events import UnreadChange
from tests.zone.api.conftest import TENANT, People
from tests.zone.events import an_id
from wire import payload as payloads
from wire.bodies import Body, MessagePost, ReadSet, RelayNotice
from wire.events import Author, Event
from wire.ids import mint_id
from zone.conversation import read_positions, retention
from zone.conversation.actor import Actor
from zone.link import inbox

FRONTEND = mint_id("fe", now=1, entropy=bytes(10))
MINUTE = 60_000
SAID, HELD = an_id("ms", 1), an_id("ms", 2)


async def hear(people: People, name: str, lc: int, at: int, body: Body, by: str = "taro") -> None:
    """Have an event of the internet zone arrive."""
    author = Author(people.town.ids[by], TENANT, FRONTEND)
    event = Event(name, lc, at, people.room, author, body)
    await people.town.store.write(lambda w: inbox.take_in(w, [event]))
    quarantined = await people.town.store.read(
        lambda db: db.execute("SELECT id FROM quarantine").fetchall()
    )
    assert quarantined == []


async def unread(people: People) -> int:
    return (await people.hana.position(people.room)).unread


async def changes(people: People, cursor: str) -> list[tuple[str, str | None]]:
    found = (await people.hana.poll(cursor, wait=0)).items
    told = [each.data for each in found if isinstance(each.data, UnreadChange)]
    return [(str(each.cause), each.message) for each in told]


async def test_what_comes_late_is_unread_and_says_when_it_came(people: People) -> None:
    """Case 5: an urgent message sorts above what was read, and nobody has read it."""
    hana, clock = people.town.ids["hana"], people.town.clock
    written = clock.now
    clock.now += MINUTE
    for text in ("一", "二"):
        later = await people.taro.post(people.room, text)
    await people.hana.read(people.room, later.id)
    cursor = (await people.hana.snapshot()).cursor
    clock.now += 9 * MINUTE
    await hear(people, SAID, 1, written, MessagePost("至急"))
    found = await people.hana.message(SAID)
    assert found.late
    assert (found.at, found.arrived >= clock.now - 9) == (written, True)
    assert found.stamp < later.stamp
    position = await people.hana.position(people.room)
    assert (position.unread, position.first_unread, position.late) == (1, SAID, [SAID])
    assert await changes(people, cursor) == [("late", SAID)]
    around = await people.hana.messages(people.room, around=position.late[0])
    assert SAID in [each.id for each in around.items]
    assert hana not in [each.user for each in await people.hana.readers(SAID)]
    await people.hana.read(people.room, later.id)  # what stands below it says nothing of it
    assert await unread(people) == 1
    looked = await people.hana.read(people.room, SAID)
    assert looked.at > found.arrived
    assert await unread(people) == 0


async def test_what_is_held_is_not_read_until_somebody_looks_behind_its_release(
    people: People,
) -> None:
    """Case 6."""
    hana, now = people.town.ids["hana"], people.town.clock.now
    notice = RelayNotice(HELD, "held", 1, "message.post", "word-list")
    await hear(people, an_id("ac", 1), 2, now, notice)
    shown = await people.taro.post(people.room, "三")
    assert await unread(people) == 1
    await people.hana.read(people.room, shown.id)
    await people.hana.read(people.room, HELD)
    assert await unread(people) == 0
    assert await people.taro.readers(HELD) == []
    cursor = (await people.hana.snapshot()).cursor
    await hear(people, HELD, 2, now, MessagePost("至急"))
    assert await unread(people) == 1
    assert await changes(people, cursor) == [("released", HELD)]
    assert await people.taro.readers(HELD) == []
    await people.hana.read(people.room, HELD)
    assert await unread(people) == 0
    assert [each.user for each in await people.hana.readers(HELD)] == [hana]


async def test_who_reads_on_does_not_read_the_first_again(people: People) -> None:
    """Case 7: read at 9:01 stays read at 9:01, here and in the other zone."""
    clock = people.town.clock
    order = await people.taro.post(people.room, "命令")
    first = await people.hana.read(people.room, order.id)
    clock.now += 480 * MINUTE
    evening = await people.taro.post(people.room, "夕方")
    second = await people.hana.read(people.room, evening.id)
    (reader,) = await people.taro.readers(order.id)
    assert (reader.at, reader.name, reader.section) == (first.at, "hana", "")
    assert (await people.taro.readers(evening.id))[0].at == second.at
    await people.town.store.write(read_positions.cross)
    sent = await events_sent(people)
    read = [each.body for each in sent if isinstance(each.body, ReadSet)]
    assert [each.at for each in read] == [first.at, second.at]


async def events_sent(people: People) -> Sequence[Event]:
    """Return what waits for the relay."""
    rows = await people.town.store.read(
        lambda db: db.execute("SELECT envelope FROM outbox ORDER BY first").fetchall()
    )
    return [event for (sealed,) in rows for event in payloads.decode(payload_in(sealed)).events]


def payload_in(sealed: bytes) -> bytes:
    return base64.b64decode(msgspec.json.decode(sealed, type=dict[str, Any])["payload"])


async def test_unread_leaves_out_what_was_withdrawn_or_deleted(people: People) -> None:
    """Case 8."""
    named = await people.taro.post(people.room, "花さん", mentions=[people.town.ids["hana"]])
    await people.taro.post(people.room, "枝", thread=named.id)
    last = await people.taro.post(people.room, "誤送信")
    (now,) = (await people.hana.snapshot()).rooms
    assert (now.unread, now.mentions, now.threads) == (3, 1, 1)
    cursor = (await people.hana.snapshot()).cursor
    await people.taro.withdraw(last.id)
    assert await unread(people) == 2
    author = Author(people.town.ids["hana"], TENANT, FRONTEND, "operator")
    before = people.town.clock.now + 1
    directory = people.town.store.directory
    await people.town.store.write(
        lambda w: retention.purge(Actor(w, directory, author, 1000), people.room, before, "")
    )
    position = await people.hana.position(people.room)
    assert (position.unread, position.mentions, position.threads) == (0, 0, 0)
    assert await changes(people, cursor) == [("withdrawn", last.id), ("purged", None)]


async def test_a_reading_of_the_other_zone_is_never_from_before_it_was_written(
    people: People,
) -> None:
    """Its clock may be behind ours."""
    order = await people.hana.post(people.room, "命令")
    early = people.town.clock.now - 3 * MINUTE
    await arrive(people, order.id)
    count = await people.town.store.read(
        lambda db: db.execute("SELECT clock FROM counter").fetchone()[0]
    )
    await hear(people, an_id("ac", 5), 9, early, ReadSet(order.id, count, 0, early))
    (reader,) = await people.hana.readers(order.id)
    assert reader.at == order.at


async def test_nobody_reads_there_what_has_not_arrived_there(people: People) -> None:
    order = await people.hana.post(people.room, "命令")
    at = people.town.clock.now
    count = await people.town.store.read(
        lambda db: db.execute("SELECT clock FROM counter").fetchone()[0]
    )
    await hear(people, an_id("ac", 5), 9, at, ReadSet(order.id, count, 0, at))
    assert await people.hana.readers(order.id) == []
    await arrive(people, order.id)
    assert [each.user for each in await people.hana.readers(order.id)] == [people.town.ids["taro"]]


async def arrive(people: People, message: str) -> None:
    """Have the relay say that a message was delivered."""
    await people.town.store.write(
        lambda w: w.db.execute(
            "UPDATE delivery SET verdict = 'delivered' WHERE event = ?", (message,)
        )
    )

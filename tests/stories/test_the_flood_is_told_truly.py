"""The flood: 161 people, a link cut of a minute, one urgent message held and then released.

Nobody is said to have read what they had not, and headquarters see who is hurt.  The minute
passes on the clocks of all daemons at once.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import pytest

from sekisho_client import Client
from tests.faults.clock import jump
from tests.faults.installation import NAMES, STAGES, Installation
from tests.stories.city import INTERNET, LGWAN, City, register

CREW = 150  # at the dykes, on telephones
DESK = 10  # at headquarters, in LGWAN
MINUTE_MS = 60_000
CHOICES = ("無事", "負傷")
# Twelve digits that could be somebody's number: the import lane's policy holds them.
URGENT = "至急 堤防が切れました。受付番号 123456789018"


@pytest.fixture
async def flooded() -> AsyncIterator[City]:
    """A city of its own: its clocks are moved, and its lanes are cut."""
    with tempfile.TemporaryDirectory(prefix="skf-") as folder:
        installation = Installation.make(Path(folder) / "c")
        installation.start_all()
        try:
            await installation.ready()
            async with AsyncExitStack() as stack:
                yield City(installation, await register(installation), stack)
        finally:
            installation.stop_all()


async def test_nobody_is_said_to_have_read_what_they_had_not(flooded: City) -> None:
    city, now = flooded, time.time_ns() // 1_000_000
    chief, (hurt, dry), desk = await staff(city)
    phones = [await city.client(user, INTERNET) for user in (hurt, dry)]
    desks = [await city.client(user, LGWAN) for user in desk]
    boss = await city.client(chief, LGWAN)
    room = (await boss.rooms())[0].id
    call = await boss.make_broadcast("水防", {"titles": ["水防団員"]}, choices=CHOICES)
    for phone in phones:
        await city.until(phone.broadcasts, lambda found: found)
    # At nine o'clock all is well: said at a desk, before they went out.
    await (await city.client(hurt, LGWAN)).answer_broadcast(call, 0)
    await city.until(lambda: phones[1].room(room))

    # The link is cut for a minute, and on both sides people go on talking, and reading.
    for stage in STAGES:
        city.installation.stop(stage)
    far = await phones[0].post(room, "堤防の上にいます")
    held = await phones[1].post(room, URGENT)
    near = await boss.post(room, "本部です。全員の無事を確かめます")
    for name in NAMES:
        jump(city.installation.clock(name), MINUTE_MS)
    await phones[0].answer_broadcast(call, 1, "けがをしました")
    after = await boss.post(room, "返事のない人に電話します")
    await asyncio.gather(*(one.read(room, after.id) for one in desks))
    city.installation.start_all()

    # What was said meanwhile stands where it was said, is new to all, and read by none.
    for one in (boss, *desks):
        late = await city.until(lambda one=one: one.message(far.id))  # type: ignore[misc]
        assert late.late
        assert late.at < now + MINUTE_MS <= late.arrived
    order = [message.id for message in (await boss.messages(room)).items]
    assert order.index(far.id) < order.index(after.id)
    for one in desks:
        position = await one.position(room)
        assert far.id in position.late
        assert position.unread >= 1
    assert await readers(phones[0], far.id) == set()
    # Headquarters see who is hurt: what was said last holds.
    status = await city.until(
        lambda: boss.broadcast_status(call), lambda found: found.choices[1].count == 1
    )
    assert [choice.count for choice in status.choices] == [0, 1]

    # The urgent message is held: a place without words, which nobody has read.
    place = await city.until(lambda: boss.message(held.id))
    assert place.text is None
    last = await boss.post(room, "至急の連絡が届きません")
    await asyncio.gather(*(one.read(room, last.id) for one in desks))
    read = await city.until(lambda: readers(phones[0], far.id), lambda who: len(who) == DESK)
    assert read == set(desk)
    assert await readers(phones[1], held.id) == set()
    await release(city, held.id)
    released = await city.until(lambda: boss.message(held.id), lambda found: found.text is not None)
    assert released.late
    for one in desks:
        assert held.id in (await one.position(room)).late
    assert await readers(phones[1], held.id) == set()

    # One looks, and is said to have read it: they alone, and not before it was there.
    await desks[0].read(room, held.id)
    seen = await city.until(lambda: phones[1].readers(held.id), lambda found: found)
    assert [(one.user, one.name) for one in seen] == [(desk[0], "本部00")]
    assert (seen[0].at or 0) >= released.arrived
    assert await readers(boss, near.id) >= set(desk)


async def staff(city: City) -> tuple[str, tuple[str, str], list[str]]:
    """Take in 161 people by the personnel office's list, and bring them into one room."""
    lines = ["職員番号,氏名,所属,役職,利用ネットワーク,権限", "1,本部長,本部,本部長,両方,broadcast"]
    lines += [f"{n + 100},本部{n:02d},本部,係員,lgwan," for n in range(DESK)]
    lines += [f"{n + 1000},団員{n:03d},水防団,水防団員,両方," for n in range(CREW)]
    data = "\n".join(lines).encode()
    taken = await city.operate(LGWAN, "POST", "/v1/users:import", data=data)
    assert taken["added"] == CREW + DESK + 1
    found = (await city.operate(LGWAN, "GET", "/v1/users"))["items"]
    ids = {one["name"]: str(one["id"]) for one in found}
    boss = await city.client(ids["本部長"], LGWAN)
    others: list[tuple[str, Literal["member"]]] = [
        (user, "member") for name, user in ids.items() if name != "本部長"
    ]
    room = await boss.create_room("災害対策", members=others)
    outside = await city.client(ids["団員001"], INTERNET)
    await city.until(lambda: outside.members(room), lambda who: len(who) == CREW + DESK + 1)
    desk = [ids[f"本部{n:02d}"] for n in range(DESK)]
    return ids["本部長"], (ids["団員000"], ids["団員001"]), desk


async def readers(client: Client, message: str) -> set[str]:
    """Return who is said to have read a message."""
    return {one.user for one in await client.readers(message)}


async def release(city: City, event: str) -> None:
    """Let through what the import lane holds, as an operator does."""
    path = f"/v1/holds/{event}/release"
    await city.operate("import-transform", "POST", path, {"approver": "課長"})

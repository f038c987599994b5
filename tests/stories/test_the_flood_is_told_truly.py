"""The flood: 161 people, a link cut of a minute, one urgent message held and then released.

Nobody is said to have read what they had not, and headquarters see who is hurt.  The minute
passes on the clocks of all daemons at once.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

from sekisho_client import Client
from tests.faults.clock import jump
from tests.faults.installation import NAMES, STAGES
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Lane

CREW = 150  # at the dykes, on telephones
DESK = 10  # at headquarters, in LGWAN
MINUTE_MS = 60_000
CHOICES = ("無事", "負傷")
# Twelve digits that could be somebody's number: the import lane's policy holds them.
URGENT = "至急 堤防が切れました。個人番号 123456789018"


@dataclass(frozen=True)
class Crew:
    """Who is where: headquarters and their desks in LGWAN, two at the dykes on telephones."""

    boss: Client
    desk: dict[str, Client]
    phones: list[Client]
    room: str
    call: str


async def test_nobody_is_said_to_have_read_what_they_had_not(own_city: City) -> None:
    city = own_city
    crew = await called_out(city)
    boss, desks, phones, room = crew.boss, list(crew.desk.values()), crew.phones, crew.room

    # The link is cut for a minute, and on both sides people go on talking, and reading.
    for stage in STAGES:
        city.installation.stop(stage)
    far = await phones[0].post(room, "堤防の上にいます")
    held = await phones[1].post(room, URGENT)
    near = await boss.post(room, "本部です。全員の無事を確かめます")
    for name in NAMES:
        jump(city.installation.clock(name), MINUTE_MS)
    await phones[0].answer_broadcast(crew.call, 1, "けがをしました")
    after = await boss.post(room, "返事のない人に電話します")
    await asyncio.gather(*(one.read(room, after.id) for one in desks))
    assert await readers(phones[0], far.id) == set()
    city.installation.start_all()

    await new_to_all(city, crew, far.id, before=after.id)
    # Headquarters see who is hurt: what was said last holds.
    status = await city.until(
        lambda: boss.broadcast_status(crew.call), lambda found: found.choices[1].count == 1
    )
    assert [choice.count for choice in status.choices] == [0, 1]
    await held_and_released(city, crew, held.id, read_already=far.id)
    assert await readers(boss, near.id) >= set(crew.desk)


async def called_out(city: City) -> Crew:
    """Call the crew out; at nine o'clock all is well: said at a desk, before they went out."""
    chief, (hurt, dry), desk = await staff(city)
    phones = [await city.client(user, INTERNET) for user in (hurt, dry)]
    desks = {user: await city.client(user, LGWAN) for user in desk}
    boss = await city.client(chief, LGWAN)
    room = (await boss.rooms())[0].id
    call = await boss.make_broadcast("水防", {"titles": ["水防団員"]}, choices=CHOICES)
    for phone in phones:
        await city.until(phone.broadcasts, lambda found: found)
    await (await city.client(hurt, LGWAN)).answer_broadcast(call, 0)
    await city.until(lambda: phones[1].room(room))
    return Crew(boss, desks, phones, room, call)


async def new_to_all(city: City, crew: Crew, far: str, *, before: str) -> None:
    """See that what was said meanwhile stands where it was said, new to all and read by none."""
    for one in (crew.boss, *crew.desk.values()):
        late = await city.until(lambda one=one: one.message(far))  # type: ignore[misc]
        assert late.late
        assert late.at + MINUTE_MS // 2 < late.arrived
    order = [message.id for message in (await crew.boss.messages(crew.room)).items]
    assert order.index(far) < order.index(before)
    for one in crew.desk.values():
        position = await one.position(crew.room)
        assert far in position.late
        assert position.unread >= 1
    assert await readers(crew.phones[0], far) == set()


async def held_and_released(city: City, crew: Crew, held: str, *, read_already: str) -> None:
    """See that a held message is a place without words, and read by those who looked behind it."""
    boss, desks, (first, second) = crew.boss, crew.desk, crew.phones
    place = await city.until(lambda: boss.message(held))
    assert place.text is None
    last = await boss.post(crew.room, "至急の連絡が届きません")
    await asyncio.gather(*(one.read(crew.room, last.id) for one in desks.values()))
    await city.until(lambda: readers(first, read_already), lambda who: who == set(desks))
    assert await readers(second, held) == set()
    await release(city, held)
    released = await city.until(lambda: boss.message(held), lambda found: found.text is not None)
    assert released.late
    for one in desks.values():
        assert held in (await one.position(crew.room)).late
    assert await readers(second, held) == set()

    # One looks, and is said to have read it: they alone, and not before it was there.
    user, one = next(iter(desks.items()))
    await one.read(crew.room, held)
    seen = await city.until(lambda: second.readers(held), lambda found: found)
    assert [(one.user, one.name) for one in seen] == [(user, "本部00")]
    assert (seen[0].at or 0) >= released.arrived


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
    await city.decide(Lane.IMPORT, event, "release")

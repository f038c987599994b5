"""The schedule: an invitation answered over both networks, and a room that only one gets."""

import asyncio
from typing import Final

from sekisho.clock import now_ms
from sekisho.demo import item_rows
from sekisho.demo.city import ZONES, ZoneName
from sekisho.demo.story import Telling
from sekisho.demo.waiting import wait_until
from sekisho_client import Client, Problem, states

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# Both have to be quicker than the lane once: each time they try another day.
DAYS: Final = 30
CHIEF: Final[tuple[str, ZoneName]] = ("chief", "lgwan")


async def tell(telling: Telling) -> None:
    """Invite, book, and have two book at once."""
    starts = (now_ms() // HOUR_MS + 24) * HOUR_MS
    invited = [telling.town.people[key] for key in ("shelter", "welfare")]
    entry = await item_rows.make(
        telling,
        CHIEF,
        "storm",
        "entry",
        "水防会議",
        starts=starts,
        ends=starts + HOUR_MS,
        place="大会議室",
        invited=invited,
    )
    await telling.town.client("shelter", "internet").answer_item(entry, "rsvp", reply="yes")
    await item_rows.show(
        telling,
        CHIEF,
        entry,
        lambda item: item.state_as(states.EntryState).yes,
        promise="予定への出欠が両側で分かる",
    )
    calendar_file = await telling.town.client("shelter", "internet").agenda_file(
        starts - HOUR_MS, starts + HOUR_MS
    )
    telling.checks.add("予定は iCalendar で取り出せる", b"BEGIN:VEVENT" in calendar_file)
    await _book(telling, starts)


async def _book(telling: Telling, starts: int) -> None:
    """Have two people book the same hall for the same hour, each on their own network."""
    hall = await item_rows.make(
        telling, CHIEF, "storm", "resource", "大会議室", resource_kind="room", capacity=40
    )
    one, other = telling.town.client(*CHIEF), telling.town.client("shelter", "internet")
    room = telling.town.rooms["storm"]
    ours, theirs = await _both(hall, room, starts, one, other)

    async def standing() -> list[list[bool]]:
        clients = [telling.eyes(zone).client for zone in ZONES]
        found = [[await client.item(each) for each in (ours, theirs)] for client in clients]
        return [[item.state_as(states.BookingState).holds for item in items] for items in found]

    told = await wait_until(standing, lambda found: found[0] == found[1])
    await item_rows.show(telling, CHIEF, ours)
    await item_rows.show(telling, ("shelter", "internet"), theirs)
    telling.checks.add(
        "同時に取られた会議室は、両側で同じ一人のもの", sorted(told[0]) == [False, True]
    )


async def _both(hall: str, room: str, starts: int, one: Client, other: Client) -> tuple[str, str]:
    """Have both book before either zone hears of the other; return their bookings."""
    for day in range(DAYS):
        first = starts + day * DAY_MS
        made = await asyncio.gather(
            *(
                client.make_item(
                    room, "booking", title, resource=hall, starts=first, ends=first + HOUR_MS
                )
                for client, title in ((one, "水防会議"), (other, "避難所打合せ"))
            ),
            return_exceptions=True,
        )
        match made:
            case [str(ours), str(theirs)]:
                return ours, theirs
            case [*outcomes]:  # one had heard already, and was told that the hall is taken
                for each in outcomes:
                    if not isinstance(each, str | Problem):
                        raise each
    raise TimeoutError("the lanes were faster each time")

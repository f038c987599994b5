"""Schedule: invited over both networks, and a room that only one of two bookings gets."""

import asyncio
import time
from collections.abc import Iterator

import icalendar

from sekisho_client import Client, Problem, states
from sekisho_client.agenda import BusySpan
from sekisho_client.events import BookingBeaten
from tests.stories.city import INTERNET, LGWAN, City

HOUR = 3_600_000
TOMORROW = (int(time.time() * 1000) // HOUR + 24) * HOUR


async def test_who_is_invited_answers_from_the_other_network(city: City) -> None:
    desk, field = await city.person("山田 花子", LGWAN), await city.person("佐藤 健", INTERNET)
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("水防会議", at_desk, field)
    entry = await at_desk.make_item(
        room,
        "entry",
        "水防会議",
        starts=TOMORROW,
        ends=TOMORROW + HOUR,
        invited=[field],
        place="第一会議室",
    )
    day = (TOMORROW - HOUR, TOMORROW + 2 * HOUR)
    (mine,) = await city.until(lambda: in_field.agenda(*day), lambda found: found)
    assert mine.id == entry
    await in_field.answer_item(entry, "rsvp", reply="yes")
    seen = await city.until(
        lambda: at_desk.item(entry), lambda item: item.state_as(states.EntryState).yes
    )
    assert seen.state_as(states.EntryState).waiting == []

    calendar = icalendar.Calendar.from_ical(await in_field.agenda_file(*day))
    (event,) = calendar.walk("VEVENT")
    assert (event["SUMMARY"], event["LOCATION"]) == ("水防会議", "第一会議室")
    (busy,) = await at_desk.free_busy([field], *day)
    assert busy.busy == [BusySpan(starts=TOMORROW, ends=TOMORROW + HOUR, kind="busy")]


async def test_a_supplier_learns_only_of_the_meetings_he_shares(city: City) -> None:
    staff = await city.person("山田 花子")
    supplier = await city.person("業者 太郎", INTERNET, kind="guest")
    at_desk, outside = await city.client(staff, LGWAN), await city.client(supplier, INTERNET)
    await city.until(lambda: at_desk.user(supplier))
    shared = await at_desk.create_room("給水車")
    await at_desk.make_item(shared, "entry", "内々の話", starts=TOMORROW, ends=TOMORROW + HOUR)
    await at_desk.set_member(shared, supplier, "guest")
    await city.until(lambda: outside.room(shared))
    budget = await city.room("予算査定", at_desk)
    for room, starts in ((shared, TOMORROW + HOUR), (budget, TOMORROW + 3 * HOUR)):
        await at_desk.make_item(room, "entry", "打合せ", starts=starts, ends=starts + HOUR)
    day = (TOMORROW - HOUR, TOMORROW + 5 * HOUR)
    at_home = await city.client(staff, INTERNET)
    await city.until(
        lambda: at_home.free_busy([staff], *day), lambda found: len(found[0].busy) == 2
    )
    (seen,) = await city.until(
        lambda: outside.free_busy([staff], *day), lambda found: found[0].busy
    )
    assert seen.busy == [BusySpan(starts=TOMORROW + HOUR, ends=TOMORROW + 2 * HOUR, kind="busy")]
    assert [each.room for each in await outside.agenda(*day)] == [shared]


async def test_of_two_who_book_at_once_on_two_networks_one_is_told_he_lost(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健")
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("予約", at_desk, field)
    hall = await at_desk.make_item(room, "resource", "大会議室", resource_kind="room", capacity=40)
    await city.until(lambda: in_field.item(hall))
    cursors = {client: (await client.snapshot()).cursor for client in (at_desk, in_field)}
    ours, theirs = await both_book(hall, room, at_desk, in_field)

    async def standing() -> list[list[bool]]:
        both = (ours, theirs)
        return [[await holds(client, each) for each in both] for client in (at_desk, in_field)]

    (here, there) = await city.until(standing, lambda found: found[0] == found[1])
    assert sorted(here) == [False, True], "one has it, in both zones the same"
    assert here == there
    loser, lost = (at_desk, ours) if here[1] else (in_field, theirs)
    winner, won = (in_field, theirs) if here[1] else (at_desk, ours)
    told = await city.until(
        lambda: loser.poll(cursors[loser], wait=0),
        lambda batch: any(each.type == "booking.beaten" for each in batch.items),
    )
    (beaten,) = {
        (each.data.item, each.data.beaten_by)
        for each in told.items
        if isinstance(each.data, BookingBeaten)
    }
    assert beaten == (lost, won)
    quiet = await winner.poll(cursors[winner], wait=0)
    assert "booking.beaten" not in {each.type for each in quiet.items}

    await winner.remove_item(won)
    await city.until(lambda: holds(loser, lost), bool)


async def holds(client: Client, booking: str) -> bool:
    return (await client.item(booking)).state_as(states.BookingState).holds


async def both_book(hall: str, room: str, one: Client, other: Client) -> tuple[str, str]:
    """Have two people book the same hour before either zone hears of the other."""
    for starts in hours():
        made = await asyncio.gather(
            *(
                client.make_item(
                    room, "booking", "会議", resource=hall, starts=starts, ends=starts + HOUR
                )
                for client in (one, other)
            ),
            return_exceptions=True,
        )
        match made:
            case [str(ours), str(theirs)]:
                return ours, theirs
            case [*outcomes]:  # one zone had heard already, and said no: the next hour
                assert all(isinstance(each, str | Problem) for each in outcomes)
    raise AssertionError("the lanes were faster each time")


def hours() -> Iterator[int]:
    return (TOMORROW + day * 24 * HOUR for day in range(30))

"""Entries, who comes to them, what is booked for them, and when people are free."""

import time
from datetime import UTC, datetime
from typing import Any

import icalendar

from sekisho_client import Item, contents, states
from sekisho_client.agenda import Booked, Busy, BusySpan
from tests.zone.api.conftest import People
from tests.zone.api.test_items import cursor, events_of
from tests.zone.api.test_messages import code_of

HOUR = 3_600_000
NINE = 1_800_003_600_000
DAY = (NINE - 12 * HOUR, NINE + 12 * HOUR)


async def entry(people: People, **more: Any) -> str:
    return await people.hana.make_item(
        people.room, "entry", "会議", starts=NINE, ends=NINE + HOUR, **more
    )


async def test_who_is_invited_says_whether_he_comes(people: People) -> None:
    hana, taro = people.town.ids["hana"], people.town.ids["taro"]
    made = await entry(people, invited=[hana, taro], place="第一会議室")
    assert (await people.hana.item(made)).state_as(states.EntryState).waiting == [hana, taro]
    said = await people.taro.answer_item(made, "rsvp", reply="maybe", text="電車次第です")
    assert said.state_as(states.EntryState).maybe == [taro]
    assert said.state_as(states.EntryState).waiting == [hana]
    text = (await people.hana.export(made, "csv")).decode("utf-8-sig")
    assert "taro,,未定,電車次第です" in text
    jiro = people.town.ids["jiro"]
    assert await code_of(entry(people, invited=[jiro])) == "invalid"


async def test_an_entry_starts_before_it_ends(people: People) -> None:
    made = await entry(people)
    assert await code_of(people.hana.change_item(made, starts=NINE, ends=NINE)) == "invalid"
    assert await code_of(people.hana.change_item(made, ends=NINE + 2 * HOUR)) == "invalid"
    assert await code_of(people.taro.change_item(made, title="x")) == "forbidden"
    moved = await people.hana.change_item(made, starts=NINE + HOUR, ends=NINE + 2 * HOUR)
    assert moved.content_as(contents.Entry).starts == NINE + HOUR


async def test_ones_own_schedule_has_what_is_for_all_and_what_one_is_invited_to(
    people: People,
) -> None:
    hana = people.town.ids["hana"]
    for_all = await entry(people)
    await people.hana.make_item(
        people.room, "entry", "個別", starts=NINE + 1, ends=NINE + HOUR, invited=[hana]
    )
    assert len(await people.hana.agenda(*DAY)) == 2
    assert [each.id for each in await people.taro.agenda(*DAY)] == [for_all]
    await people.taro.answer_item(for_all, "rsvp", reply="no")
    assert await people.taro.agenda(*DAY) == []
    assert len(await people.taro.agenda(*DAY, room=people.room)) == 2
    assert await people.taro.agenda(NINE + HOUR, NINE + 2 * HOUR, room=people.room) == []
    assert await people.jiro.agenda(*DAY) == []
    assert await code_of(people.jiro.agenda(*DAY, room=people.room)) == "not-found"
    assert await code_of(people.taro.agenda(NINE, NINE)) == "invalid"


async def test_the_schedule_is_read_by_calendars_of_others(people: People) -> None:
    made = await entry(people, text="資料を持参; 10部")
    await people.taro.answer_item(made, "rsvp", reply="yes")
    for raw in (
        await people.taro.agenda_file(*DAY),
        await people.taro.agenda_file(*DAY, room=people.room),
        await people.taro.export(made, "ics"),
    ):
        (event,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
        assert isinstance(event, icalendar.Event)
        assert (event["UID"], event["SUMMARY"]) == (made, "会議")
        assert event["DESCRIPTION"] == "資料を持参; 10部"
        assert event.start == datetime.fromtimestamp(NINE / 1000, UTC)
        assert [who.params["CN"] for who in event.attendees] == ["taro"]
    assert await code_of(people.jiro.export(made, "ics")) == "not-found"


async def test_of_a_busy_time_nobody_learns_more_than_that_it_is_busy(people: People) -> None:
    taro = people.town.ids["taro"]
    secret = await people.taro.create_room("人事異動")
    await people.taro.make_item(secret, "entry", "内示", starts=NINE, ends=NINE + HOUR)
    made = await people.hana.make_item(
        people.room, "entry", "会議", starts=NINE + HOUR, ends=NINE + 2 * HOUR, invited=[taro]
    )
    (found,) = await people.jiro.free_busy([taro], *DAY)
    assert found == Busy(
        user=taro,
        busy=[
            BusySpan(starts=NINE, ends=NINE + HOUR, kind="busy"),
            BusySpan(starts=NINE + HOUR, ends=NINE + 2 * HOUR, kind="tentative"),
        ],
    )
    await people.taro.answer_item(made, "rsvp", reply="yes")
    (found,) = await people.jiro.free_busy([taro], *DAY)
    assert found.busy == [BusySpan(starts=NINE, ends=NINE + 2 * HOUR, kind="busy")]


async def test_of_somebody_unknown_nobody_learns_when_they_are_free(people: People) -> None:
    absent, hana = "us_" + "0" * 26, people.town.ids["hana"]
    assert await code_of(people.hana.free_busy([hana, absent], *DAY)) == "not-found"
    assert await code_of(people.hana.free_busy(["taro"], *DAY)) == "invalid"


async def test_four_hundred_people_are_asked_about_in_one_question(people: People) -> None:
    directory, hana, room = people.town.store.directory, people.hana, people.room
    everybody = [await people.town.admit(f"{n}番") for n in range(397)]
    for many in (everybody[:200], everybody[200:]):
        members = [{"user": user} for user in many]
        path = f"/v1/rooms/{room}/members:batch"
        async with hana.session.post(path, json={"members": members}) as answer:
            assert answer.status == 200
    for hour in range(10):
        starts = NINE + hour * HOUR
        await hana.make_item(room, "entry", "訓練", starts=starts, ends=starts + HOUR // 2)
    invited = everybody[:50]
    await hana.make_item(room, "entry", "会議", starts=NINE, ends=NINE + 2 * HOUR, invited=invited)
    began = time.monotonic()
    found = await hana.free_busy([user.id for user in directory.users()], *DAY)
    assert time.monotonic() - began < 5
    assert len(found) == 400
    perhaps = {one.user for one in found if [span.kind for span in one.busy] == ["tentative"]}
    assert perhaps == set(invited)
    (own,) = (one for one in found if one.user == people.town.ids["hana"])
    assert len(own.busy) == 8  # the first three are one time, with the meeting
    too_many = [*(user.id for user in directory.users()), everybody[0]]
    assert await code_of(hana.free_busy(too_many, *DAY)) == "invalid"


async def test_what_is_booked_cannot_be_booked_again_until_it_is_given_back(people: People) -> None:
    car = await people.hana.make_item(people.room, "resource", "公用車1", resource_kind="car")
    when: Any = {"starts": NINE, "ends": NINE + HOUR}
    first = await people.hana.make_item(people.room, "booking", "出張", resource=car, **when)
    again = people.taro.make_item(people.room, "booking", "視察", resource=car, **when)
    assert await code_of(again) == "conflict"
    assert (await people.taro.item(first)).state_as(states.BookingState).holds
    assert await code_of(people.hana.change_item(first, ends=NINE + 2 * HOUR)) == "invalid"
    await people.hana.remove_item(first)
    await people.taro.make_item(people.room, "booking", "視察", resource=car, **when)
    (slot,) = await people.hana.bookings(car, *DAY)
    assert (slot.author, slot.holds) == (people.town.ids["taro"], True)


async def test_a_booking_is_shown_with_the_entry_it_is_for(people: People) -> None:
    room = await people.hana.make_item(people.room, "resource", "大会議室", resource_kind="room")
    made = await entry(people)
    since = await cursor(people.taro)
    booking = await people.hana.make_item(
        people.room, "booking", "会議", resource=room, entry=made, starts=NINE, ends=NINE + HOUR
    )
    assert (await people.taro.item(made)).state_as(states.EntryState).bookings == [booking]
    told = [(e.type, e.data_as(Item).id) for e in await events_of(people.taro, since)]
    assert told == [("item.created", booking), ("item.updated", made)]
    wrong = people.hana.make_item(
        people.room, "booking", "x", resource=made, starts=NINE, ends=NINE + HOUR
    )
    assert await code_of(wrong) == "not-found"


async def test_a_rooms_schedule_has_what_it_has_booked_and_ones_own_has_not(
    people: People,
) -> None:
    hall = await people.hana.make_item(people.room, "resource", "会議室", resource_kind="room")
    met = await entry(people)
    booked = await people.hana.make_item(
        people.room, "booking", "会議", resource=hall, starts=NINE + 1, ends=NINE + HOUR
    )
    await people.hana.make_item(people.room, "task", "資料", due=NINE)
    found = await people.hana.agenda(*DAY, room=people.room)
    assert [each.id for each in found] == [met, booked]
    assert [each.id for each in await people.hana.agenda(*DAY)] == [met]


async def test_whose_a_booking_is_stays_in_his_room(people: People) -> None:
    await people.hana.set_member(people.room, people.town.ids["jiro"])
    hall = await people.hana.make_item(people.room, "resource", "ホール", resource_kind="room")
    own = await people.jiro.create_room("秘書")
    await people.jiro.make_item(
        own, "booking", "来客", resource=hall, starts=NINE, ends=NINE + HOUR
    )
    (hidden,) = await people.taro.bookings(hall, *DAY)
    assert hidden == Booked(
        booking=None, room=None, author=None, starts=NINE, ends=NINE + HOUR, holds=True
    )
    (shown,) = await people.jiro.bookings(hall, *DAY)
    assert shown.room == own

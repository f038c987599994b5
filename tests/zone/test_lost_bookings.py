"""Whoever lost a booking is told so once, by the event that took the resource away."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import an_id
from tests.zone.halves import Half, Time
from wire.bodies import ProfileSet, RoomPut
from wire.choices import Role
from wire.events import Author
from wire.items import Booking, Resource
from zone.conversation import items as itemising
from zone.conversation import rooms
from zone.copy.states import BookingState
from zone.items import items
from zone.store.writing import Writing

FIRST, *OTHERS = PEOPLE = [an_id("us", n) for n in range(5)]
HOUR = 3_600_000


class Town:
    """Two zones that share a room in which a hall can be booked, and no lane between them yet."""

    def __init__(self) -> None:
        time = self.time = Time()
        self.lgwan, self.internet = self.zones = Half(LGWAN, time), Half(INTERNET, time)
        for uid in PEOPLE:
            body = ProfileSet(uid, name="x", user_kind="staff", zones=["lgwan", "internet"])
            operator = Author(uid, an_id("tn", 0), an_id("fe", 0), "operator")
            say = partial(Writing.act, author=operator, body=body, room=None, crosses=True)
            self.lgwan.write(say)
        look = RoomPut(name="予約", scope="shared")
        parts: list[tuple[str, Role, int | None]] = [(uid, "member", None) for uid in OTHERS]
        self.room = self.lgwan.act(FIRST, lambda a: rooms.open_room(a, look, parts)).id
        hall = Resource(title="大会議室", resource_kind="room")
        self.hall = self.lgwan.act(FIRST, lambda a: itemising.make_item(a, self.room, hall)).id
        self.deliver(self.lgwan.leaving, self.internet)

    def book(self, zone: Half, uid: str, starts: int, ends: int) -> str:
        said = Booking(title="会議", resource=self.hall, starts=starts * HOUR, ends=ends * HOUR)
        return zone.act(uid, lambda a: itemising.make_item(a, self.room, said)).id

    def deliver(self, leaving: list[bytes], to: Half) -> None:
        for raw in leaving:
            to.take(raw)
        leaving.clear()

    def holds(self, zone: Half, booking: str) -> bool:
        view = items.find_item(zone.db, zone.side, booking, now=zone.time.now)
        assert view is not None
        assert isinstance(view.state, BookingState)
        return view.state.holds


def told(zone: Half, kind: str = "booking.beaten") -> Iterator[dict[str, str]]:
    for entry in zone.told:
        if entry.type == kind:
            yield json.loads(entry.body)


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in their order", "the last first"])
@pytest.mark.parametrize("is_first_away", [False, True], ids=["made here", "made there"])
def test_each_of_four_losers_is_told_once(*, is_reversed: bool, is_first_away: bool) -> None:
    """One zone books the whole day, the other four hours of it, before they hear of each other."""
    town = Town()
    day, hours = town.zones[::-1] if is_first_away else town.zones
    winner = town.book(day, FIRST, 8, 18)
    losers = [town.book(hours, uid, 9 + i, 10 + i) for i, uid in enumerate(OTHERS)]
    if is_reversed:
        hours.leaving.reverse()
    town.deliver(hours.leaving, day)
    town.deliver(day.leaving, hours)
    for zone in town.zones:
        assert Counter(view["item"] for view in told(zone)) == dict.fromkeys(losers, 1)
        assert {view["beaten_by"] for view in told(zone)} == {winner}
        beaten = [entry.audience for entry in zone.told if entry.type == "booking.beaten"]
        assert sorted(map(str, beaten)) == sorted(OTHERS)


def _removed(town: Town, zone: Half, booking: str) -> None:
    """Have both zones hear of a removal; what was told before is forgotten."""
    for each in town.zones:
        each.told.clear()
    zone.act(FIRST, lambda a: itemising.withdraw_item(a, booking, "中止"))
    far = next(each for each in town.zones if each is not zone)
    town.deliver(zone.leaving, far)


def test_once_the_winner_is_removed_each_that_holds_again_is_told_and_nobody_else() -> None:
    town = Town()
    day, hours = town.zones
    quiet = town.book(day, OTHERS[0], 20, 21)
    winner = town.book(day, FIRST, 8, 18)
    losers = [town.book(hours, uid, 9 + i, 10 + i) for i, uid in enumerate(OTHERS)]
    town.deliver(hours.leaving, day)
    town.deliver(day.leaving, hours)
    _removed(town, day, winner)
    for zone in town.zones:
        assert list(told(zone)) == []
        assert Counter(view["id"] for view in told(zone, "item.updated")) == dict.fromkeys(
            [winner, *losers], 1
        )
        assert all(town.holds(zone, booking) for booking in [quiet, *losers])


def test_one_that_holds_again_takes_the_resource_from_who_had_it_meanwhile() -> None:
    """The first beats the second, so that the third holds: until the first is removed."""
    town = Town()
    here, there = town.zones
    first = town.book(here, FIRST, 8, 10)
    second = town.book(there, OTHERS[0], 9, 12)
    third = town.book(here, OTHERS[1], 11, 13)
    town.deliver(here.leaving, there)
    town.deliver(there.leaving, here)
    for zone in town.zones:
        assert [town.holds(zone, each) for each in (first, second, third)] == [True, False, True]
        assert [view["item"] for view in told(zone)].count(second) == 1
    _removed(town, here, first)
    for zone in town.zones:
        assert [(view["item"], view["beaten_by"]) for view in told(zone)] == [(third, second)]
        assert town.holds(zone, second)


def test_a_booking_that_is_removed_in_both_zones_at_once_turns_the_others_once() -> None:
    town = Town()
    here, there = town.zones
    winner = town.book(here, FIRST, 8, 10)
    loser = town.book(there, OTHERS[0], 9, 11)
    town.deliver(here.leaving, there)
    town.deliver(there.leaving, here)
    for zone in town.zones:
        zone.told.clear()
        zone.act(FIRST, lambda a: itemising.withdraw_item(a, winner, ""))
    town.deliver(here.leaving, there)
    town.deliver(there.leaving, here)
    for zone in town.zones:
        assert [view["id"] for view in told(zone, "item.updated")].count(loser) == 1


def test_a_new_title_of_a_booking_is_told_of_it_alone() -> None:
    town = Town()
    here, there = town.zones
    winner = town.book(here, FIRST, 8, 10)
    town.book(there, OTHERS[0], 9, 11)
    town.deliver(there.leaving, here)
    here.told.clear()
    here.act(FIRST, lambda a: itemising.change_item(a, winner, Booking(title="庁議")))
    assert [entry.type for entry in here.told] == ["item.updated"]

"""Of two bookings that overlap the one made first holds, in both zones alike."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.zone.conftest import ROOM, STAFF, Place, author
from tests.zone.events import an_id
from wire.bodies import ItemPut, ItemRemove
from wire.items import Booking, Resource
from wire.lane import Zone
from wire.order import make_stamp
from zone.items import bookings
from zone.items.bookings import Claim, settle_claims
from zone.store.writing import Writing

RESOURCE = an_id("rs", 1)


def claim(number: int, starts: int, ends: int, zone: Zone = Zone.LGWAN, hlc: int = 0) -> Claim:
    place = make_stamp(hlc or number, zone)
    return Claim(an_id("bk", number), ROOM, STAFF, number, starts, ends, place)


def holders(*claims: Claim) -> list[int]:
    return [slot.claim.at for slot in settle_claims(claims) if slot.holds]


def test_the_first_holds_and_the_second_is_told_by_what_it_is_beaten() -> None:
    first, second = settle_claims([claim(2, 9, 11), claim(1, 8, 10)])
    assert (first.claim.at, first.beaten_by) == (1, None)
    assert (second.claim.at, second.beaten_by) == (2, an_id("bk", 1))


def test_one_that_ends_when_the_other_starts_is_beaten_by_nobody() -> None:
    assert holders(claim(1, 8, 10), claim(2, 10, 11)) == [1, 2]


def test_what_was_beaten_beats_nobody() -> None:
    assert holders(claim(1, 8, 10), claim(2, 9, 12), claim(3, 11, 13)) == [1, 3]


def test_made_at_the_same_count_in_both_zones_one_of_them_holds() -> None:
    pair = [claim(1, 8, 10, Zone.LGWAN, 5), claim(2, 8, 10, Zone.INTERNET, 5)]
    assert holders(*pair) == holders(*reversed(pair))
    assert len(holders(*pair)) == 1


_claims = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=10).map(
    lambda spans: [claim(i + 1, start, start + size) for i, (start, size) in enumerate(spans)]
)


@given(_claims, st.randoms(use_true_random=False))
def test_whatever_the_order_they_come_in(claims: list[Claim], random: Random) -> None:
    there = list(claims)
    random.shuffle(there)
    assert settle_claims(claims) == settle_claims(there)


@given(_claims)
def test_no_two_hold_one_time_and_who_is_beaten_is_beaten_by_a_holder(claims: list[Claim]) -> None:
    found = settle_claims(claims)
    held = {slot.claim.booking: slot.claim for slot in found if slot.holds}
    for slot in found:
        overlap = [
            other
            for other in held.values()
            if other.starts < slot.claim.ends and slot.claim.starts < other.ends
        ]
        if slot.holds:
            assert overlap == [slot.claim]
        else:
            assert slot.beaten_by in {each.booking for each in overlap}


async def _book(place: Place, starts: int, ends: int) -> str:
    def work(writing: Writing) -> str:
        name = writing.mint("bk", writing.now)
        body = ItemPut(Booking(title="会議", resource=RESOURCE, starts=starts, ends=ends))
        writing.act(author(STAFF), body, room=ROOM, crosses=False, id=name)
        return name

    return await place.store.write(work)


async def test_what_beats_one_may_lie_outside_the_time_that_is_asked_for(lgwan: Place) -> None:
    await lgwan.store.write(
        lambda w: w.act(
            author(STAFF),
            ItemPut(Resource(title="大会議室", resource_kind="room")),
            room=ROOM,
            crosses=False,
            id=RESOURCE,
        )
    )
    early = await _book(lgwan, 100, 200)
    middle = await _book(lgwan, 150, 300)
    late = await _book(lgwan, 250, 400)
    found = await lgwan.store.read(lambda db: bookings.slots(db, RESOURCE, 220, 400))
    assert [(s.claim.booking, s.beaten_by) for s in found] == [(middle, early), (late, None)]

    await lgwan.store.write(
        lambda w: w.act(author(STAFF), ItemRemove(early), room=ROOM, crosses=False)
    )
    free = await lgwan.store.read(lambda db: bookings.overlapping(db, RESOURCE, 0, 1000))
    assert [slot.claim.booking for slot in free] == [middle]

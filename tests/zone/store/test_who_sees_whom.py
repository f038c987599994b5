"""Who sees whom: municipalities that agreed, guests, people in a room together; by themselves."""

import pytest

from lgwan_side.zone import SIDE
from tests.zone.events import FRONTEND, an_id
from tests.zone.halves import Half, Time
from wire.bodies import (
    MemberSet,
    OrgPut,
    ProfileSet,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.events import Author
from zone.copy import agreements
from zone.store import visibility
from zone.store.writing import Writing

CITY, CLINICS = an_id("tn", 1), an_id("tn", 2)
CHIEF, CLERK, NURSE, GUEST = (an_id("us", n) for n in range(1, 5))
ROOM, SECTION = an_id("rm", 1), an_id("og", 1)


def by(tenant: str) -> Author:
    return Author(an_id("us", 9), tenant, FRONTEND, "operator")


def say(half: Half, body: object, room: str | None = None, tenant: str = CITY) -> None:
    def work(writing: Writing) -> None:
        writing.act(by(tenant), body, room=room, crosses=False)  # type: ignore[arg-type] # any body

    half.write(work)


@pytest.fixture
def half() -> Half:
    half = Half(SIDE, Time())
    for tenant, name in ((CITY, "市"), (CLINICS, "医療組合")):
        say(half, TenantPut(tenant, name=name))
    say(half, OrgPut(SECTION, tenant=CITY, name="防災課"))
    for user, kind, tenant in (
        (CHIEF, "staff", CITY),
        (CLERK, "staff", CITY),
        (NURSE, "staff", CLINICS),
        (GUEST, "guest", CITY),
    ):
        body = ProfileSet(user, name="職員", user_kind=kind, zones=["lgwan"], tenant=tenant)  # type: ignore[arg-type] # literals
        say(half, body)
    say(half, RoomPut(name="室", room_kind="talk", scope="shared"), ROOM)
    return half


def seen(half: Half, user: str) -> set[str]:
    return {view.id for view in visibility.shown_users(half.directory, user, now=half.time.now)}


def test_an_offer_of_one_is_no_agreement_in_either_order(half: Half) -> None:
    say(half, TenantLink(CITY, CLINICS, ["directory", "calls"]))
    for one, other in ((CITY, CLINICS), (CLINICS, CITY)):
        assert agreements.agreed(half.db, one, other) == frozenset()
        assert not agreements.may_call(half.db, one, other)
    say(half, TenantLink(CLINICS, CITY, ["calls"]), tenant=CLINICS)
    for one, other in ((CITY, CLINICS), (CLINICS, CITY)):
        assert agreements.agreed(half.db, one, other) == {"calls"}
        assert agreements.may_call(half.db, one, other)
    assert NURSE not in seen(half, CHIEF)
    say(half, TenantLink(CITY, CLINICS, []))
    assert agreements.agreed(half.db, CLINICS, CITY) == frozenset()
    assert not agreements.may_call(half.db, CLINICS, CITY)
    assert agreements.may_call(half.db, CITY, CITY)


def test_what_is_of_no_municipality_has_agreed_on_nothing(half: Half) -> None:
    assert agreements.agreed(half.db, None, CITY) == frozenset()
    assert agreements.agreed(half.db, CITY, None) == frozenset()
    assert not agreements.may_call(half.db, None, CITY)


def test_a_guest_sees_whom_they_meet_and_nobody_else_of_the_same_municipality(half: Half) -> None:
    assert seen(half, GUEST) == {GUEST}
    for user in (GUEST, CLERK):
        say(half, MemberSet(user, "member"), ROOM)
    assert seen(half, GUEST) == {GUEST, CLERK}
    assert visibility.sight(half.directory, GUEST, CHIEF, now=half.time.now) is None
    assert seen(half, CHIEF) == {CHIEF, CLERK, GUEST}


@pytest.mark.parametrize("whose", [CLERK, NURSE])
def test_whose_time_in_a_room_is_over_meets_nobody_there(half: Half, whose: str) -> None:
    end = half.time.now + 1_000
    for user in (CLERK, NURSE):
        say(half, MemberSet(user, "member", end if user == whose else None), ROOM)
    sight = visibility.sight
    assert sight(half.directory, CLERK, NURSE, now=half.time.now) == "met"
    assert sight(half.directory, NURSE, CLERK, now=half.time.now) == "met"
    assert sight(half.directory, CLERK, NURSE, now=end + 1) is None
    assert sight(half.directory, NURSE, CLERK, now=end + 1) is None

"""What the zone's own people may not do, each held up by one guard; and what changes under way."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.zone.events import an_id
from tests.zone.rights.city import (
    CHIEF,
    CLERK,
    DESK,
    FAR_SAID,
    FILE,
    GUEST,
    HOME,
    NOBODY,
    THERE,
    City,
    operator,
    person,
)
from wire.bodies import MemberSet, MessagePost, ReactionSet, RoomPurge, RoomPut
from wire.choices import Role
from wire.ids import MESSAGE, mint_id
from wire.reasons import Reason, Refused
from zone.conversation import retention, rooms
from zone.conversation.actor import Actor
from zone.store.table_facts import TableFacts


def refusal(city: City, uid: str, work: Callable[[Actor], Any], *, as_operator: bool) -> Reason:
    with pytest.raises(Refused) as refused:
        city.half.act(uid, work, operator=as_operator)
    return refused.value.reason


def member(room: str, user: str, role: Any) -> Callable[[Actor], Any]:
    return lambda actor: rooms.set_member(actor, room, user, role, None)


def test_a_moderator_makes_no_owners() -> None:
    city = City()
    assert refusal(city, CHIEF, member(THERE, CLERK, "owner"), as_operator=False) is (
        Reason.FORBIDDEN
    )
    city.do(CHIEF, member(THERE, CLERK, "moderator"))


def test_a_moderator_unmakes_no_owners() -> None:
    city = City()
    city.believes(city.far(person(HOME), MemberSet(CLERK, "owner"), THERE))
    out = partial(rooms.remove_member, room=THERE, user=CLERK)
    assert refusal(city, CHIEF, out, as_operator=False) is Reason.FORBIDDEN


def test_the_last_owner_stays() -> None:
    city = City()
    out = partial(rooms.remove_member, room=city.inside, user=CHIEF)
    assert refusal(city, CHIEF, out, as_operator=False) is Reason.CONFLICT
    city.do(CHIEF, member(city.inside, CLERK, "owner"))
    city.do(CHIEF, out)


def test_the_last_owner_from_the_other_network_stays() -> None:
    city = City()
    city.believes(city.far(person(HOME), MemberSet(CHIEF, "owner"), THERE))
    out = partial(rooms.remove_member, room=THERE, user=HOME)
    assert refusal(city, CHIEF, out, as_operator=False) is Reason.CONFLICT


def test_an_owner_whose_time_is_up_does_not_let_the_last_one_go() -> None:
    city = City()
    soon = city.time.now + 2
    city.believes(city.far(person(HOME), MemberSet(CHIEF, "owner", soon), THERE))
    city.time.now = soon
    city.refuses(city.far(person(HOME), MemberSet(HOME, "none"), THERE))


def test_nobody_but_its_maker_founds_a_room() -> None:
    city, room = City(), an_id("rm", 850)
    look = RoomPut("新", room_kind="talk", scope="shared")
    city.believes(city.far(person(HOME), look, room))
    city.refuses(city.far(person(GUEST), MemberSet(GUEST, "guest"), room))
    city.believes(city.far(person(HOME), MemberSet(HOME, "owner"), room))


def test_its_maker_brings_nobody_in_once_a_room_has_an_owner() -> None:
    city = City()
    parts: list[tuple[str, Role]] = [(CHIEF, "owner"), (HOME, "member")]
    for user, role in parts:
        city.believes(city.far(person(HOME), MemberSet(user, role), THERE))
    city.refuses(city.far(person(HOME), MemberSet(DESK, "member"), THERE))


def test_a_room_of_one_zone_takes_nobody_who_does_not_use_it() -> None:
    city = City()
    work = member(city.inside, GUEST, "guest")
    assert refusal(city, CHIEF, work, as_operator=False) is Reason.ROOM_NOT_ALLOWED


def test_a_hold_takes_the_duty_and_not_only_a_moderator() -> None:
    city = City()
    city.do(CHIEF, member(city.other, CLERK, "moderator"))
    hold = partial(retention.put_hold, room=city.other, on=True)
    assert refusal(city, CLERK, hold, as_operator=False) is Reason.FORBIDDEN
    city.do(CHIEF, hold)


def test_a_hold_on_a_room_of_the_other_zone_is_taken_off_there() -> None:
    city = City()
    city.hold(THERE)
    off = partial(retention.put_hold, room=THERE, on=False)
    assert refusal(city, NOBODY, off, as_operator=True) is Reason.FORBIDDEN


def test_nobody_here_says_what_the_relay_says() -> None:
    city = City()
    ready = partial(Actor.say, body=city.ready(FAR_SAID, FILE), room=city.room, crosses=False)
    assert refusal(city, GUEST, ready, as_operator=False) is Reason.FORBIDDEN


def test_who_was_taken_out_says_nothing_more_in_the_same_envelope() -> None:
    city = City()
    before = city.far(person(GUEST), MessagePost("はい"), THERE)
    out = city.far(person(HOME), MemberSet(GUEST, "none"), THERE)
    after = city.far(person(GUEST), MessagePost("まだいます"), THERE)
    assert city.receive(before, out, after) == [(after.id, "no-authority")]


def test_of_a_message_that_was_deleted_here_the_other_zone_may_still_speak() -> None:
    """It comes to nothing; what is younger, and never came, is another matter."""
    city = City()
    city.believes(city.far(operator(), RoomPurge(city.time.now), THERE))
    assert TableFacts(city.half.db).message(city.said_there) is None
    city.believes(city.far(person(HOME), ReactionSet(city.said_there, "ok", True), THERE))
    young = mint_id(MESSAGE, now=city.time.now + 5, entropy=b"0" * 10)
    city.refuses(city.far(person(HOME), ReactionSet(young, "ok", True), THERE))

"""The rows are one: what the far zone would not believe is not said here, and births agree."""

from functools import partial
from typing import Any

import msgspec
import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import TENANT, an_id
from tests.zone.halves import Half, Time
from wire.bodies import Body, MessagePost, OrgPut, ProfileSet, RoomPut, TenantPut
from wire.reasons import Reason, Refused
from zone.conversation import messages, retention
from zone.conversation import rooms as gathering
from zone.conversation.actor import Actor
from zone.conversation.people import put_offer
from zone.rights.rooms import direct_id

CHIEF, HOME, OTHER, GUEST = (an_id("us", n) for n in range(1, 5))
BOTH: list[Any] = ["lgwan", "internet"]


class Pair:
    """Two honest zones, with three members of staff who use both, and one guest."""

    def __init__(self) -> None:
        time = Time()
        self.lgwan, self.internet = Half(LGWAN, time), Half(INTERNET, time)
        for uid in (CHIEF, HOME, OTHER):
            body = ProfileSet(uid, name="x", user_kind="staff", zones=BOTH)
            self.operate(self.lgwan, body)
        self.operate(
            self.internet, ProfileSet(GUEST, name="x", user_kind="guest", zones=["internet"])
        )
        self.cross()

    def operate(self, half: Half, body: Body) -> None:
        half.act(CHIEF, partial(Actor.say, body=body, room=None, crosses=True), operator=True)

    def cross(self) -> None:
        """Bring to each zone what the other has said; both believe all of it."""
        for one, other in ((self.lgwan, self.internet), (self.internet, self.lgwan)):
            raws, one.leaving = one.leaving, []
            for raw in raws:
                other.take(raw)

    def births(self) -> list[list[Any]]:
        return [
            half.db.execute("SELECT * FROM birth ORDER BY id").fetchall()
            for half in (self.lgwan, self.internet)
        ]


def opened(half: Half, owner: str, *members: str) -> str:
    parts: Any = [(user, "moderator", None) for user in members]
    return half.act(owner, lambda a: gathering.open_room(a, RoomPut("防災"), parts)).id


def refusal(half: Half, uid: str, work: Any, *, operator: bool = False) -> Reason:
    with pytest.raises(Refused) as refused:
        half.act(uid, work, operator=operator)
    return refused.value.reason


def test_both_zones_open_the_room_of_two_at_once_and_agree_on_its_birth() -> None:
    pair = Pair()
    rooms = {
        pair.internet.act(HOME, lambda a: gathering.open_direct(a, CHIEF)).id,
        pair.lgwan.act(CHIEF, lambda a: gathering.open_direct(a, HOME)).id,
    }
    assert rooms == {direct_id(CHIEF, HOME)}
    pair.cross()
    one, other = pair.births()
    assert one == other
    assert [row[1] for row in one if row[0] in rooms] == ["lgwan"]
    for half in (pair.lgwan, pair.internet):
        assert {m.user for m in half.directory.members(*rooms)} == {CHIEF, HOME}


def test_being_early_in_the_room_of_two_others_gains_nothing() -> None:
    pair = Pair()
    room = direct_id(CHIEF, HOME)
    squat = RoomPut("direct", room_kind="direct", scope="shared")
    pair.internet.act(OTHER, lambda a: a.say(squat, room=room, crosses=True))
    pair.cross()
    assert pair.lgwan.act(CHIEF, lambda a: gathering.open_direct(a, HOME)).id == room
    pair.lgwan.act(
        CHIEF, lambda a: messages.write_message(a, room, messages.NewMessage(text="内々に"))
    )
    pair.cross()
    for half in (pair.lgwan, pair.internet):
        assert {m.user for m in half.directory.members(room)} == {CHIEF, HOME}
        (zone,) = half.db.execute("SELECT zone FROM birth WHERE id = ?", (room,)).fetchone()
        assert zone == "lgwan"
        assert refusal(half, OTHER, lambda a: a.part(room)) is Reason.NOT_FOUND


def test_who_left_the_room_of_two_comes_back_to_it() -> None:
    pair = Pair()
    room = pair.lgwan.act(CHIEF, lambda a: gathering.open_direct(a, HOME)).id
    pair.lgwan.act(CHIEF, lambda a: gathering.remove_member(a, room, CHIEF))
    assert pair.lgwan.act(CHIEF, lambda a: gathering.open_direct(a, HOME)).id == room
    pair.cross()
    assert {m.user for m in pair.internet.directory.members(room)} == {CHIEF, HOME}


def test_how_long_a_room_is_kept_is_said_where_it_was_opened_only() -> None:
    pair = Pair()
    room = opened(pair.lgwan, CHIEF, HOME)
    pair.cross()
    keep = RoomPut(retention_days=30)
    work = partial(gathering.change_room, room=room, look=keep)
    assert refusal(pair.internet, HOME, work) is Reason.FORBIDDEN
    pair.lgwan.act(HOME, work)
    pair.lgwan.act(CHIEF, lambda a: retention.put_hold(a, room, on=True), operator=True)
    pair.cross()
    off = partial(retention.put_hold, room=room, on=False)
    assert refusal(pair.internet, CHIEF, off, operator=True) is Reason.FORBIDDEN
    purge = partial(retention.purge, room=room, before=1, reason="")
    assert refusal(pair.internet, CHIEF, purge, operator=True) is Reason.FORBIDDEN
    assert refusal(pair.lgwan, CHIEF, purge, operator=True) is Reason.CONFLICT
    pair.lgwan.act(CHIEF, off, operator=True)
    pair.cross()


def test_lgwan_has_a_room_of_the_other_zone_kept() -> None:
    pair = Pair()
    room = opened(pair.internet, HOME, CHIEF)
    pair.cross()
    pair.lgwan.act(CHIEF, lambda a: retention.put_hold(a, room, on=True), operator=True)
    pair.cross()
    assert pair.internet.directory.room(room).legal_hold  # type: ignore[union-attr]


def test_what_a_room_is_and_whom_it_is_for_stays_on_both_sides() -> None:
    pair = Pair()
    room = opened(pair.lgwan, CHIEF, HOME)
    pair.cross()
    for half, uid in ((pair.lgwan, CHIEF), (pair.internet, HOME)):
        for look in (
            RoomPut(scope="shared"),
            RoomPut(room_kind="board"),
            RoomPut("x", room_kind="talk", scope="shared"),
        ):
            work = partial(Actor.say, body=look, room=room, crosses=True)
            assert refusal(half, uid, work) in (Reason.CONFLICT, Reason.INVALID)


def test_what_a_use_case_forgets_to_ask_is_asked_all_the_same() -> None:
    pair = Pair()
    room = opened(pair.lgwan, CHIEF)
    post = partial(Actor.say, body=MessagePost("x"), room=room, crosses=True, id=an_id("ms", 1))
    assert refusal(pair.lgwan, HOME, post) is Reason.NOT_FOUND
    assert pair.lgwan.db.execute("SELECT count(*) FROM message").fetchone() == (0,)


def test_an_operator_says_what_operators_say_and_nobody_else_says_that() -> None:
    pair = Pair()
    org = partial(Actor.say, body=OrgPut(an_id("og", 1), name="x"), room=None, crosses=True)
    assert refusal(pair.lgwan, CHIEF, org) is Reason.FORBIDDEN
    assert refusal(pair.internet, CHIEF, org, operator=True) is Reason.FORBIDDEN
    pair.lgwan.act(CHIEF, org, operator=True)
    office = ProfileSet(GUEST, title="市長")
    titled = partial(Actor.say, body=office, room=None, crosses=True)
    assert refusal(pair.internet, CHIEF, titled, operator=True) is Reason.INVALID
    pair.cross()


def test_a_municipality_offers_for_itself_and_to_another() -> None:
    """Each has operators of its own: nobody's hand is both parts of an agreement."""
    pair = Pair()
    clinics = an_id("tn", 7)
    pair.operate(pair.lgwan, TenantPut(TENANT, "青葉市"))
    pair.operate(pair.lgwan, TenantPut(clinics, "医師会"))

    def offered(one: str, other: str, tenant: str) -> Reason | None:
        work = partial(put_offer, tenant=one, other=other, offers=["directory"])
        try:
            pair.lgwan.act(CHIEF, work, operator=True, tenant=tenant)
        except Refused as refused:
            return refused.reason
        return None

    assert offered(clinics, TENANT, TENANT) is Reason.FORBIDDEN
    assert offered(TENANT, TENANT, TENANT) is Reason.INVALID
    assert offered(TENANT, clinics, TENANT) is None
    assert pair.lgwan.directory.municipalities.agreed(TENANT, clinics) == frozenset()
    assert offered(clinics, TENANT, clinics) is None
    assert pair.lgwan.directory.municipalities.agreed(TENANT, clinics) == {"directory"}


def test_of_two_owners_who_leave_at_one_moment_the_second_stays() -> None:
    """In one transaction, as in one group of them: the tables know before the directory does."""
    pair = Pair()
    room = opened(pair.lgwan, CHIEF, HOME)
    pair.lgwan.act(CHIEF, lambda a: gathering.set_member(a, room, HOME, "owner", None))

    def leave(actor: Actor) -> None:
        gathering.remove_member(actor, room, CHIEF)
        other = msgspec.structs.replace(actor.who, uid=HOME)
        second = Actor(actor.writing, actor.directory, other, actor.outbox_events)
        gathering.remove_member(second, room, HOME)

    assert refusal(pair.lgwan, CHIEF, leave) is Reason.CONFLICT

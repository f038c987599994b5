"""Administration is not chat: it is weighed apart, and waits instead of being refused."""

from pathlib import Path
from time import monotonic

import pytest

from relay.transform.policy import AdministrationRate, read_policy
from relay.transform.rates import (
    MINUTE_MS,
    charge_lane,
    debt_of,
    full_lane,
    is_administration,
)
from relay.transform.rules import rules_of
from tests.relay.transform.site import AUTHOR, FRONTEND, NOW, ROOM, TENANT, act, new_id, post
from tests.relay.transform.world import world
from wire.bodies import Body, MemberSet, OrgPut, ProfileSet, RoomPut, TenantPut
from wire.events import Author, Event
from wire.receipts import Flag, Verdict

ROOT = Path(__file__).parents[3]
OPERATOR = Author(new_id("us"), TENANT, FRONTEND, "operator")
RATE = AdministrationRate(per_minute=60, burst=3)

POLICY = """
version = 1
kinds = ["message.post", "member.set", "org.put"]
[rates.events]
per_minute = 1
burst = 2
"""


def say(body: Body, author: Author = OPERATOR, room: str | None = None) -> Event:
    return Event(new_id("ac"), 1, NOW, room, author, body)


def member() -> Event:
    return say(MemberSet(new_id("us"), "member"), AUTHOR, ROOM)


def test_people_sections_rooms_and_members_are_administration() -> None:
    other = new_id("us")
    for event in (
        say(TenantPut(TENANT, "市")),
        say(OrgPut(new_id("og"), TENANT, "課")),
        say(RoomPut(name="部屋"), AUTHOR, ROOM),
        member(),
        say(ProfileSet(OPERATOR.uid, name="一")),
        say(ProfileSet(other, name="客"), AUTHOR),
    ):
        assert is_administration(event), event.kind


def test_what_people_say_and_where_they_are_today_is_chat() -> None:
    assert not is_administration(post("一"))
    assert not is_administration(say(ProfileSet(AUTHOR.uid, status="在宅"), AUTHOR))


def test_a_lane_that_is_overdrawn_rests_until_it_has_paid() -> None:
    bucket = full_lane(RATE)
    for _ in range(3):
        bucket = charge_lane(bucket, RATE, now=NOW)
        assert debt_of(bucket, RATE) == 0
    for _ in range(5):
        bucket = charge_lane(bucket, RATE, now=NOW)
    assert debt_of(bucket, RATE) == 5_000
    later = charge_lane(bucket, RATE, now=NOW + MINUTE_MS)
    assert debt_of(later, RATE) == 0
    assert later.events <= RATE.burst


async def test_three_thousand_of_one_sender_are_taken_where_chat_would_be_refused(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, POLICY) as w:
        for _ in range(12):
            await w.near.send(*(member() for _ in range(250)))
        await w.near.send(post("一"), post("二"), post("三"))
        for seq in (1, 1_500, 3_000, 3_001, 3_002):
            assert (await w.near.verdict(seq)).verdict is Verdict.DELIVERED
        assert (await w.near.verdict(3_003)).verdict is Verdict.REFUSED


async def test_too_much_administration_makes_the_lane_wait_and_refuses_nothing(
    tmp_path: Path,
) -> None:
    policy = POLICY + "[rates.administration]\nper_minute = 600\nburst = 5\n"
    async with world(tmp_path, policy) as w:
        began = monotonic()
        await w.near.send(*(member() for _ in range(15)))
        await w.near.until(lambda status: Flag.HOLD in status.flags)
        await w.near.send(post("一"))
        assert (await w.near.verdict(16)).verdict is Verdict.DELIVERED
        assert monotonic() - began > 0.9  # ten too many, at ten a second
        await w.near.until(lambda s: s is w.near.receipts[-1] and Flag.HOLD not in s.flags)
        for seq in range(1, 16):
            assert (await w.near.verdict(seq)).verdict is Verdict.DELIVERED


@pytest.mark.parametrize("lane", ["import", "export"])
def test_the_policy_as_delivered_lets_the_secretariat_and_its_people_cross(lane: str) -> None:
    rules = rules_of(read_policy(ROOT / f"config/policy/{lane}.toml"))
    events = [
        say(OrgPut(new_id("og"), TENANT, "秘書課")),
        say(ProfileSet(new_id("us"), name="秘野秘子", section="秘書課", title="秘書")),
        act(post("一"), RoomPut(name="秘書課")),
        post("秘書課より"),
    ]
    assert [found for rule in rules for found in rule(events)] == []

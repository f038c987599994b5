"""A transform stage between a near zone and a verify stage, end to end."""

import asyncio
from contextlib import suppress
from pathlib import Path

from relay.transform.receipt_sender import LATE_ITEMS
from tests.relay.transform.near import Near
from tests.relay.transform.site import (
    FRONTEND,
    LANE,
    OPERATOR,
    POLICY,
    TENANT,
    act,
    admin,
    decide,
    deciders,
    eventually,
    make_node,
    new_id,
    now,
    post,
    running,
)
from tests.relay.transform.verify import Verify
from tests.relay.transform.world import world
from wire.bodies import MessageEdit, MessagePost, MessageWithdraw, RelayNotice
from wire.events import Author
from wire.fields import MAX_EVENTS
from wire.frames import FrameType
from wire.reasons import Reason, Unavailable
from wire.receipts import Flag, Verdict
from wire.records import Tree


async def test_what_is_harmless_is_delivered(folder: Path) -> None:
    async with world(folder) as w:
        first, second = post("おはようございます"), post("二つ目")
        await w.near.send(first, second)
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED
        assert [item.decision for item in w.verify.items] == ["pass", "pass"]
        assert [item.event for item in w.verify.items] == [first, second]
        assert [item.source.seq for item in w.verify.items] == [1, 2]


async def test_what_is_not_in_normal_form_is_delivered_altered(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("見え\u200bない\u202e文字"))
        told = await w.near.verdict(1)
        assert (told.verdict, told.removed) == (Verdict.ALTERED, ("bidi", "invisible", "text"))
        (item,) = w.verify.items
        assert item.event is not None
        assert item.event.body == MessagePost("見えない文字")
        assert item.changes == ["bidi", "invisible", "text"]


async def test_what_the_policy_refuses_is_put_on_record_and_refused(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("よい"), post("これは機密性３です"))
        told = await w.near.verdict(2)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.UNCLEAN_TEXT)
        assert (told.rule, told.until, told.desk) == ("words-forbidden", 0, None)
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        refused = w.verify.items[1]
        assert (refused.decision, refused.rule) == ("refused", "words-forbidden")


async def test_nothing_waits_behind_what_is_held(folder: Path) -> None:
    async with world(folder) as w:
        held, behind = post("取扱注意"), post("つぎ")
        await w.near.send(held, behind)
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED
        told = await w.near.verdict(1, Verdict.HELD)
        assert told.reason is Reason.HELD_BY_RULE
        notice = w.verify.items[0].event
        assert notice is not None
        until = notice.at + 168 * 3_600_000
        body = RelayNotice(held.id, "held", 1, "message.post", "words-secret", until, "operator")
        assert notice.body == body
        assert (told.rule, told.until, told.desk) == ("words-secret", until, "operator")
        assert (notice.hlc, notice.author, notice.room) == (held.hlc, held.author, held.room)


async def test_what_is_released_is_delivered_after_all(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        _, listed = await admin(w.node, "GET", "/v1/holds")
        assert f"{held.id}', 'what': 'message.post', 'rule': 'words-secret'" in str(listed)
        assert "取扱注意" not in str(listed)
        _, shown = await decide(w.node, held.id, "look")
        assert "取扱注意" in str(shown["event"])
        code, _ = await decide(w.node, held.id, "release")
        assert code == 200
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        item = w.verify.items[-1]
        assert (item.decision, deciders(item), item.event) == ("released", [OPERATOR], held)
        assert await admin(w.node, "GET", "/v1/holds") == (200, {"holds": []})


async def test_what_is_denied_is_refused(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        await decide(w.node, held.id, "deny")
        told = await w.near.verdict(1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.DENIED)
        assert (told.rule, told.until) == ("words-secret", 0)
        item = w.verify.items[-1]
        assert item.event is not None
        assert item.event.body == RelayNotice(held.id, "denied", 2, "message.post", "words-secret")


async def test_what_is_held_can_be_taken_back(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        await w.near.send(act(held, MessageWithdraw(held.id)))
        told = await w.near.verdict(1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.WITHDRAWN)


async def test_a_hold_expires(folder: Path) -> None:
    times = [now()]
    async with world(folder, clock=lambda: times[0]) as w:
        await w.near.send(post("取扱注意"))
        await w.near.verdict(1, Verdict.HELD)
        times[0] += 168 * 3_600_000
        told = await w.near.verdict(1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.EXPIRED)


async def test_the_sender_of_a_flood_is_refused_and_others_are_not(folder: Path) -> None:
    policy = POLICY + "[rates.events]\nper_minute = 1\nburst = 2\n"
    async with world(folder, policy) as w:
        other = Author(new_id("us"), TENANT, FRONTEND)
        await w.near.send(post("一"), post("二"), post("三"), post("四", author=other))
        told = await w.near.verdict(3)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.RATE_EXCEEDED)
        assert (await w.near.verdict(4)).verdict is Verdict.DELIVERED


async def test_more_than_can_be_held_is_refused(folder: Path) -> None:
    async with world(folder, POLICY + "[holds]\nmax_count = 1\n") as w:
        await w.near.send(post("取扱注意"), post("取扱注意"))
        told = await w.near.verdict(2)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.RATE_EXCEEDED)


async def test_the_zone_is_asked_to_wait_while_too_much_waits(folder: Path) -> None:
    async with world(folder, max_waiting=2) as w:
        w.verify.settles = False
        await w.near.send(post("一"), post("二"))
        await w.near.until(lambda status: Flag.HOLD in status.flags)
        w.verify.settles = True
        await w.verify.report(w.verify.connections[-1], Verdict.DELIVERED, 1, 2)
        status = await w.near.until(lambda s: s.last == 2 and Flag.HOLD not in s.flags)
        assert status.verdict is Verdict.DELIVERED


async def test_a_zone_that_does_not_wait_is_cut_off_before_the_disk_is_full(folder: Path) -> None:
    policy = POLICY + "[rates.events]\nburst = 1_000_000\n"
    async with world(folder, policy, max_waiting=1) as w:
        w.verify.settles = False
        full = [post("一")] * MAX_EVENTS
        with suppress(Unavailable):  # it may be cut off while it still sends
            for _ in range(LATE_ITEMS // MAX_EVENTS + 100):
                await w.near.send(*full)
        await w.near.closed()
        _, status = await admin(w.node, "GET", "/v1/status")
        assert isinstance(status["waiting"], int)
        assert LATE_ITEMS < status["waiting"] < LATE_ITEMS + 100 * MAX_EVENTS


async def test_a_receipt_states_only_what_is_durable_and_knows_its_place(folder: Path) -> None:
    async with world(folder) as w:
        for text in "一二三":
            await w.near.send(post(text))
        status = await w.near.taken(3)
        assert status.chain == w.near.chain.head
        await w.near.verdict(3)
        ticks = [s.tick for s in w.near.receipts if getattr(s, "verdict", None)]
        assert ticks == list(range(1, len(ticks) + 1))


async def test_a_halt_of_the_verify_stage_is_passed_on(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)
        tree = Tree(LANE, Flag.HALT, 0, 0, bytes(32), bytes(64))
        await w.verify.connections[-1].send(FrameType.TREE, tree.encode())
        await w.near.until(lambda status: Flag.HALT in status.flags)


async def test_words_of_items_that_there_are_not_end_the_stage_link(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)
        await w.verify.report(w.verify.connections[-1], Verdict.DELIVERED, 5, 9)
        await eventually(lambda: len(w.verify.connections) == 2)
        await w.near.send(post("二"))
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED


async def test_a_verify_stage_that_went_back_in_time_is_named(folder: Path) -> None:
    node = make_node(folder)
    near, verify = Near(node), Verify(node)
    async with verify.listening(), running(node), near.connected():
        for text in "一二三":
            await near.send(post(text))
        await near.verdict(3)
    restored = Verify(node)
    async with restored.listening(), running(node):
        async with asyncio.timeout(10):
            while True:
                _, status = await admin(node, "GET", "/v1/status")
                if "rollback" in str(status["verify_trouble"]):
                    break
                await asyncio.sleep(0.05)
    assert restored.items == []


async def test_an_edit_crosses_like_a_message(folder: Path) -> None:
    async with world(folder) as w:
        said = post("一")
        await w.near.send(said, act(said, MessageEdit(said.id, "取扱注意")))
        await w.near.verdict(2, Verdict.HELD)


async def test_the_status_says_how_the_lane_stands(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"), post("取扱注意"))
        await w.near.verdict(1)
        await w.near.verdict(2, Verdict.HELD)
        answer = await admin(w.node, "GET", "/v1/status")
        wanted = {"high": 2, "holds": 1, "waiting": 0, "halted": None, "near_connected": True}
        assert (answer[0], answer[1] | wanted) == (200, answer[1])

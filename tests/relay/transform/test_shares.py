"""What one sender may have held: a share, so that the others are looked at as well."""

from pathlib import Path

import pytest

from relay.transform.policy import HeldTally, Holds
from tests.relay.transform.near import Near
from tests.relay.transform.site import (
    AUTHOR,
    FRONTEND,
    POLICY,
    TENANT,
    decide,
    file_ref,
    make_node,
    new_id,
    post,
    running,
)
from tests.relay.transform.test_held_files import HOLDING
from tests.relay.transform.verify import Verify
from tests.relay.transform.world import world
from wire.events import Author
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict

OTHER = Author(new_id("us"), TENANT, FRONTEND)


async def decided(near: Near, seq: int) -> LaneStatus:
    return await near.verdict(seq, Verdict.HELD, Verdict.REFUSED)


async def test_one_sender_cannot_fill_the_holds(folder: Path) -> None:
    policy = POLICY + "[holds]\nmax_count = 3\nper_sender_count = 2\n"
    async with world(folder, policy) as w:
        await w.near.send(*[post("取扱注意") for _ in range(20)], post("取扱注意", author=OTHER))
        told = [await decided(w.near, seq) for seq in range(1, 22)]
        assert [each.verdict for each in told[:2]] == [Verdict.HELD, Verdict.HELD]
        assert {(each.verdict, each.reason, each.rule) for each in told[2:20]} == {
            (Verdict.REFUSED, Reason.RATE_EXCEEDED, "holds-full-sender")
        }
        assert told[20].verdict is Verdict.HELD


async def test_a_share_outlives_a_restart_and_is_free_again_once_decided(folder: Path) -> None:
    node = make_node(folder, POLICY + "[holds]\nper_sender_count = 1\n")
    verify, near, first = Verify(node), Near(node), post("取扱注意")
    async with verify.listening():
        async with running(node), near.connected():
            await near.send(first)
            assert (await decided(near, 1)).verdict is Verdict.HELD
        async with running(node), near.connected():
            await near.send(post("取扱注意"))
            assert (await decided(near, 2)).rule == "holds-full-sender"
            await decide(node, first.id, "deny")
            await near.send(post("取扱注意"))
            assert (await decided(near, 3)).verdict is Verdict.HELD


async def test_a_share_is_of_bytes_too(folder: Path) -> None:
    data = b"a text" * 1_000
    # Room for one of them and the half of another.
    policy = POLICY + f"[holds]\nper_sender_bytes = {len(data) * 3 // 2}\n"
    async with world(folder, policy) as w:
        for author in (AUTHOR, AUTHOR, OTHER):
            ref = file_ref(data, "a.txt", "text/plain")
            await w.near.send(post("取扱注意", ref, author=author))
        told = [await decided(w.near, seq) for seq in (1, 2, 3)]
        assert [each.verdict for each in told] == [Verdict.HELD, Verdict.REFUSED, Verdict.HELD]


async def test_one_sender_cannot_fill_the_holds_with_files(folder: Path) -> None:
    policy = POLICY + "[holds]\nmax_count = 2\nper_sender_count = 1\n"
    async with world(folder, policy, profile=HOLDING) as w:
        for seq, author in enumerate((AUTHOR, AUTHOR, OTHER), start=1):
            data = f"text {seq}".encode()
            await w.near.send(post("添付", file_ref(data, "a.txt", "text/plain"), author=author))
            await w.near.taken(seq)
            await w.near.send_file(data)
            await w.near.verdict(seq, Verdict.HELD if seq != 2 else Verdict.REFUSED, file=1)


KEPT = HeldTally(0, 0)


@pytest.mark.parametrize(
    ("of_all", "of_sender", "size", "told"),
    [
        (HeldTally(9, 90), HeldTally(1, 10), 10, None),
        (HeldTally(10, 0), KEPT, 0, "holds-full"),
        (HeldTally(9, 91), KEPT, 10, "holds-full"),
        (HeldTally(2, 20), HeldTally(2, 20), 10, "holds-full-sender"),
        (HeldTally(1, 20), HeldTally(1, 20), 11, "holds-full-sender"),
        (HeldTally(1, 20), HeldTally(1, 20), 10, None),
    ],
)
def test_what_is_kept_is_bounded_to_the_last_message_and_byte(
    of_all: HeldTally, of_sender: HeldTally, size: int, told: str | None
) -> None:
    limits = Holds(max_count=10, max_bytes=100, per_sender_count=2, per_sender_bytes=30)
    assert limits.shortage(of_all, of_sender, size) == told

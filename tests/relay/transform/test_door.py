"""What is turned away at the door, over a real socket: it costs the link, and is on record."""

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from relay.normal_form import OperatorAct
from tests.relay.transform.near import Near
from tests.relay.transform.site import (
    LANE,
    LINK,
    NOW,
    SITE,
    admin,
    eventually,
    make_node,
    post,
    running,
)
from tests.relay.transform.verify import Verify
from tests.relay.transform.world import world
from tests.wire.samples import encoded_in
from wire import envelope, payload
from wire.chain import Chain
from wire.fields import MAX_ENVELOPE_BYTES
from wire.frames import HEADER, FrameType
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Lane, Link
from wire.payload import GENESIS, Payload
from wire.reasons import Reason
from wire.receipts import Flag, LaneStatus, Verdict
from wire.records import Hello

Sealed = Callable[[Near], bytes]


def sealed_by(key: SigningKey) -> Sealed:
    return lambda near: near.seal(post("一"), key=key)


def stranger(role: KeyRole) -> SigningKey:
    return SigningKey.from_seed(role, secrets.token_bytes(32))


def resigned(near: Near, encoded: bytes) -> bytes:
    return envelope.seal_envelope(encoded, near.key)


def first_payload(near: Near) -> bytes:
    return encoded_in(near.seal(post("一")))


def with_receipt_key(near: Near) -> bytes:
    """Sealed by a key that is known, but for another role."""
    return near.seal(post("一"), key=near.receipt_key)


def for_link(link: Link) -> Sealed:
    return lambda near: near.seal(post("一"), link=link)


def flipped(near: Near) -> bytes:
    sealed = bytearray(near.seal(post("一")))
    at = sealed.index(b'"payload":"') + 40
    sealed[at] = ord("A") if sealed[at] != ord("A") else ord("B")
    return bytes(sealed)


def two_signatures(near: Near) -> bytes:
    outer = msgspec.json.decode(near.seal(post("一")))
    outer["signatures"] *= 2
    return msgspec.json.encode(outer)


def doubled_key(near: Near) -> bytes:
    encoded = first_payload(near)
    return resigned(near, encoded.replace(b'"hlc":1,', b'"hlc":1,"hlc":1,'))


def doubled_outer_key(near: Near) -> bytes:
    sealed = near.seal(post("一"))
    return sealed.replace(b'{"payload":', b'{"payload":"","payload":')


def with_space(near: Near) -> bytes:
    return resigned(near, first_payload(near).replace(b'"hlc":1', b'"hlc": 1'))


def unknown_field(near: Near) -> bytes:
    return resigned(near, first_payload(near).replace(b'"hlc":1', b'"hlc":1,"x":2'))


def unknown_kind(near: Near) -> bytes:
    return resigned(near, first_payload(near).replace(b"message.post", b"message.send"))


def with_nul(near: Near) -> bytes:
    return near.seal(post("a\0b"))


def wrong_type(near: Near) -> bytes:
    sealed = near.seal(post("一"))
    return sealed.replace(envelope.PAYLOAD_TYPE.encode(), b"application/json")


def old_epoch(near: Near) -> bytes:
    near.chain = Chain(epoch=9)
    return near.seal(post("一"))


REFUSALS: dict[str, tuple[Sealed, Reason]] = {
    "not an envelope": (lambda _: b"{}", Reason.MALFORMED),
    "by an unknown key": (sealed_by(stranger(KeyRole.INTERNET_SOURCE)), Reason.UNKNOWN_KEY),
    "by a key of another role": (with_receipt_key, Reason.UNKNOWN_KEY),
    "of another site": (for_link(Link("other-city", LANE, Hop.SOURCE)), Reason.WRONG_LINK),
    "of the other lane": (for_link(Link(SITE, Lane.EXPORT, Hop.SOURCE)), Reason.WRONG_LINK),
    "with a bit flipped": (flipped, Reason.BAD_SIGNATURE),
    "with two signatures": (two_signatures, Reason.MALFORMED),
    "with a doubled key": (doubled_key, Reason.NOT_CANONICAL),
    "with a doubled outer key": (doubled_outer_key, Reason.NOT_CANONICAL),
    "with a space": (with_space, Reason.NOT_CANONICAL),
    "with an unknown field": (unknown_field, Reason.MALFORMED),
    "of an unknown kind": (unknown_kind, Reason.MALFORMED),
    "with a NUL": (with_nul, Reason.OUT_OF_BOUNDS),
    "of another payload type": (wrong_type, Reason.WRONG_TYPE),
    "of another epoch": (old_epoch, Reason.WRONG_EPOCH),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_an_envelope_is_turned_away(folder: Path, case: str) -> None:
    seal, reason = REFUSALS[case]
    async with world(folder) as w:
        await w.near.connection.send(FrameType.ENVELOPE, seal(w.near))
        await w.near.closed()
        item = await w.verify.item(lambda item: item.event is None)
        assert (item.decision, item.reason, item.source.seq) == ("refused", reason, 0)
        # And nothing of it was taken in: the zone's own next envelope is still the first.
        w.near.chain = Chain()
        async with w.near.connected():
            await w.near.send(post("本物"))
            assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED


@pytest.mark.parametrize(
    "raw",
    [
        HEADER.pack(b"SK", FrameType.ENVELOPE, 1, MAX_ENVELOPE_BYTES + 1),
        HEADER.pack(b"SK", FrameType.NORMAL, 1, 10),
        HEADER.pack(b"SK", 99, 1, 10),
        HEADER.pack(b"SK", FrameType.ENVELOPE, 2, 10),
        b"GET / HTTP/1.1\r\n",
    ],
)
async def test_a_frame_that_cannot_be_is_turned_away_before_it_is_read(
    folder: Path, raw: bytes
) -> None:
    async with world(folder) as w:
        await w.near.taken(0)
        w.near.connection._writer.write(raw)
        await w.near.closed()


@pytest.mark.parametrize(
    "hello",
    [
        Hello(Lane.EXPORT, 1, 0, GENESIS, 0, 0),
        Hello(LANE, 2, 0, GENESIS, 0, 0),
        Hello(LANE, 1, 0, GENESIS, 9, 0),
        Hello(LANE, 1, 0, "f" * 64, 0, 0),
    ],
)
async def test_a_zone_that_stands_where_it_cannot_is_turned_away(
    folder: Path, hello: Hello
) -> None:
    node = make_node(folder)
    near = Near(node)
    async with running(node), near.connected(hello):
        await near.closed()


async def test_a_zone_that_went_back_in_time_is_named_and_told_where_we_stand(
    folder: Path,
) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)
        restored = Near(w.node)
        async with restored.connected():
            status = await restored.taken(1)
            assert status.chain == w.near.chain.head
            await restored.closed()
        item = await w.verify.item(lambda item: item.reason is Reason.ROLLBACK)
        assert item.event is None


async def test_whoever_does_not_say_hello_is_turned_away(folder: Path) -> None:
    node = make_node(folder)
    near = Near(node)
    async with running(node), near.connected(greets=False):
        await near.connection.send(FrameType.ENVELOPE, near.seal(post("一")))
        await near.closed()


async def test_an_envelope_that_comes_again_is_acknowledged_again(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("一"))
        await w.near.verdict(1)
        before = len(w.near.receipts)
        await w.near.connection.send(FrameType.ENVELOPE, w.near.sealed[0])
        await eventually(lambda: len(w.near.receipts) > before)
        await w.near.send(post("二"))
        await w.near.verdict(2)
        assert [item.source.seq for item in w.verify.items] == [1, 2]


async def test_a_gap_is_dropped_and_the_zone_told_from_where_to_resend(folder: Path) -> None:
    async with world(folder) as w:
        first, second = w.near.seal(post("一")), w.near.seal(post("二"))
        await w.near.taken(0)
        await w.near.connection.send(FrameType.ENVELOPE, second)
        for sealed in (first, second):
            await w.near.connection.send(FrameType.ENVELOPE, sealed)
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED
        assert [item.source.seq for item in w.verify.items] == [1, 2]


def is_halted(status: LaneStatus) -> bool:
    return Flag.HALT in status.flags


def forked(near: Near) -> bytes:
    """Another content under a number that is taken."""
    near.chain = Chain()
    return near.seal(post("別の内容"))


async def test_a_fork_halts_the_lane_until_an_operator_resumes(folder: Path) -> None:
    node = make_node(folder)
    near, verify = Near(node), Verify(node)
    async with verify.listening():
        async with running(node), near.connected():
            await near.send(post("一"))
            await near.verdict(1)
            chain = near.chain
            await near.connection.send(FrameType.ENVELOPE, forked(near))
            await near.closed()
            item = await verify.item(lambda item: item.reason is Reason.FORK)
            digest = envelope.payload_digest(encoded_in(near.sealed[-1]))
            assert item.source.sha256 == digest
            near.chain = chain
        # It is durable: a stage that was restarted is halted, and takes nothing in.
        async with running(node), near.connected():
            await near.until(is_halted)
            await near.send(post("二"))
            _, status = await admin(node, "GET", "/v1/status")
            assert "fork" in str(status["halted"])
            said = {"approver": "us_chief"}
            answer = await admin(node, "POST", "/v1/lane/resume", said)
            assert answer == (200, {"was": status["halted"]})
            resumed = await verify.item(lambda item: item.note is not None)
            assert resumed.note == OperatorAct("lane.resumed", "us_chief")
            await near.until(lambda s: s is near.receipts[-1] and Flag.HALT not in s.flags)
            assert status["high"] == 1
            await near.connection.send(FrameType.ENVELOPE, near.sealed[-1])
            assert (await near.verdict(2)).verdict is Verdict.DELIVERED
            code, problem = await admin(node, "POST", "/v1/lane/resume", said)
            assert (code, problem["code"]) == (409, "conflict")


async def test_a_flood_of_refusals_leaves_one_record(folder: Path) -> None:
    async with world(folder) as w:
        for _ in range(5):
            async with w.near.connected():
                await w.near.connection.send(FrameType.ENVELOPE, b"{}")
                await w.near.closed()
        _, status = await admin(w.node, "GET", "/v1/status")
        assert status["refused_at_door"] == {"malformed": 5}
        w.near.chain = Chain()
        async with w.near.connected():
            await w.near.send(post("一"))
            await w.near.verdict(1)
        assert [item.reason for item in w.verify.items] == [Reason.MALFORMED, None]


def test_every_envelope_is_of_the_form_the_cases_begin_from() -> None:
    """The cases change one thing each: without it, the envelope must be good."""
    key = stranger(KeyRole.INTERNET_SOURCE)
    head = payload.head(LINK, epoch=1, seq=1, prev=GENESIS, sent_at=NOW)
    encoded = payload.encode(Payload(head, [post("一")]))
    sealed = envelope.seal_envelope(encoded, key)
    assert b'"hlc":1,' in encoded
    assert b"message.post" in encoded
    assert base64.b64encode(encoded)[:20] in sealed

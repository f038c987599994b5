"""What transactions do to the store, without anybody at the links."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from relay.normal_form import Transfer, TransferSource
from relay.transform import file_bytes, holds, intake, verdicts
from relay.transform.files import file_rows, lane_files
from relay.transform.judge import Proven, judge_events
from relay.transform.ledger import Ledger, TransferSpan
from relay.transform.policy import Policy, WordList
from relay.transform.rules import rules_of
from relay.transform.statutes import Statutes
from relay.transform.store import TransformStore, create_transform_store
from sanitizer.profile import Profile
from tests.relay.transform.site import LANE, LINK, NOW, SITE, file_ref, post
from wire import payload
from wire.envelope import Envelope, payload_digest
from wire.events import Event
from wire.keyring import Keyring
from wire.payload import GENESIS, Payload
from wire.reasons import Reason, Refused
from wire.receipts import Verdict
from wire.records import Progress
from wire.removed import removed_words

NO_KEYS = Keyring([])
POLICY = Policy(version=1, kinds=["message.post"], words=[WordList(name="w", words=["秘"])])

STATUTES = Statutes(POLICY, rules_of(POLICY), Profile(), "0" * 64)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    create_transform_store(tmp_path)
    return tmp_path


@asynccontextmanager
async def opened(node: Path) -> AsyncIterator[TransformStore]:
    async with TransformStore.open(
        node, site=SITE, lane=LANE, policy_sha256="0" * 64, clock=lambda: NOW
    ) as store:
        yield store


def proven(*events: Event) -> Proven:
    """Return the first payload of a zone."""
    built = Payload(payload.head(LINK, epoch=1, seq=1, prev=GENESIS, sent_at=NOW), list(events))
    encoded = payload.encode(built)
    envelope = Envelope(built, payload_digest(encoded), encoded)
    return judge_events(envelope, STATUTES)


def five_items(ledger: Ledger) -> None:
    item = Transfer(0, NOW, TransferSource(1, 1, "0" * 64), "pass", post("一"))
    ledger.stage([item] * 5, [TransferSpan(0, 4, 11, 0, Verdict.DELIVERED, None)])


def word(verdict: Verdict, first: int, last: int, reason: Reason | None = None) -> Progress:
    return Progress(LANE, verdict, reason, first, last)


async def told(store: TransformStore) -> list[tuple[int, int, Verdict, Reason | None]]:
    return [(t.first, t.last, t.verdict, t.reason) for t in await store.receipts_after(0)]


async def test_each_item_is_settled_once_in_whatever_runs(node: Path) -> None:
    async with opened(node) as store:
        await store.write(five_items)
        for first, last in [(3, 3), (3, 4), (1, 5), (1, 5)]:
            await store.write(
                partial(verdicts.settle, reports=[word(Verdict.DELIVERED, first, last)])
            )
        assert await told(store) == [
            (13, 13, Verdict.DELIVERED, None),
            (14, 14, Verdict.DELIVERED, None),
            (11, 12, Verdict.DELIVERED, None),
            (15, 15, Verdict.DELIVERED, None),
        ]
        assert store.waiting == 0


async def test_a_run_is_of_events_out_of_which_the_same_was_removed(node: Path) -> None:
    said = [post(text) for text in ("一", "\u200b二", "\u200b三", "\u202e四", "\u202e五", "六")]
    async with opened(node) as store:
        await store.write(lambda ledger: intake.take(ledger, [proven(*said)], POLICY, NO_KEYS))
    async with opened(node) as store:
        for first, last in [(1, 4), (5, 6)]:
            await store.write(
                partial(verdicts.settle, reports=[word(Verdict.DELIVERED, first, last)])
            )
    async with opened(node) as store:
        assert [
            (t.first, t.last, t.verdict, removed_words(t.removed))
            for t in await store.receipts_after(0)
        ] == [
            (1, 1, Verdict.DELIVERED, ()),
            (2, 3, Verdict.ALTERED, ("invisible", "text")),
            (4, 4, Verdict.ALTERED, ("bidi", "text")),
            (5, 5, Verdict.ALTERED, ("bidi", "text")),
            (6, 6, Verdict.DELIVERED, ()),
        ]


async def test_of_what_is_refused_nothing_is_said_to_be_removed(node: Path) -> None:
    async with opened(node) as store:
        await store.write(
            lambda ledger: intake.take(ledger, [proven(post("\u200b一"))], POLICY, NO_KEYS)
        )
        refusal = word(Verdict.REFUSED, 1, 1, Reason.UNCLEAN_TEXT)
        await store.write(lambda ledger: verdicts.settle(ledger, [refusal]))
        (refused,) = await store.receipts_after(0)
        assert (refused.verdict, refused.removed) == (Verdict.REFUSED, 0)


async def test_the_verify_stage_has_the_last_word_against_a_release(node: Path) -> None:
    async with opened(node) as store:
        await store.write(five_items)
        refusal = word(Verdict.REFUSED, 2, 3, Reason.UNCLEAN_TEXT)
        await store.write(lambda ledger: verdicts.settle(ledger, [refusal]))
        assert await told(store) == [(12, 13, Verdict.REFUSED, Reason.UNCLEAN_TEXT)]


async def test_the_verify_stage_cannot_make_a_delivery_of_a_refusal(node: Path) -> None:
    async with opened(node) as store:
        item = Transfer(
            0, NOW, TransferSource(1, 1, "0" * 64), "refused", post("一"), Reason.TOO_LARGE
        )
        await store.write(lambda ledger: ledger.stage_one(item, Verdict.REFUSED))
        await store.write(lambda ledger: verdicts.settle(ledger, [word(Verdict.DELIVERED, 1, 1)]))
        assert await told(store) == [(1, 1, Verdict.REFUSED, Reason.TOO_LARGE)]


async def test_a_halted_lane_takes_nothing_in(node: Path) -> None:
    def halt(ledger: Ledger) -> None:
        ledger.position.halt = "on purpose"

    async with opened(node) as store:
        await store.write(halt)
        await store.write(lambda ledger: intake.take(ledger, [proven(post("一"))], POLICY, NO_KEYS))
        assert (store.position.high, store.position.item) == (0, 0)


async def test_files_of_a_held_event_are_not_for_cleaning(node: Path) -> None:
    ref = file_ref(b"text", "a.txt", "text/plain")
    assert ref.sha256 is not None
    sha256, said = ref.sha256, post("秘", ref)
    async with opened(node) as store:
        await store.write(lambda ledger: intake.take(ledger, [proven(said)], POLICY, NO_KEYS))
        await store.write(lambda ledger: lane_files.arrive(ledger, sha256))
        assert await store.read(lambda db: file_rows.to_clean(db, 9)) == []
        await store.write(lambda ledger: holds.release(ledger, said.id, []))
        (due,) = await store.read(lambda db: file_rows.to_clean(db, 9))
        assert (due.fid, due.name) == (ref.fid, "a.txt")
        with pytest.raises(Refused, match="held"):
            await store.write(lambda ledger: holds.release(ledger, said.id, []))


async def test_bytes_that_are_complete_too_late_are_deleted(node: Path) -> None:
    sha256 = hashlib.sha256(b"withdrawn meanwhile").hexdigest()
    async with opened(node) as store:
        (store.arriving / sha256).write_bytes(b"withdrawn meanwhile")
        await store.write(lambda ledger: lane_files.arrive(ledger, sha256))
        assert not (store.arriving / sha256).exists()


def test_pieces_come_in_order_and_each_once(tmp_path: Path) -> None:
    data = b"abcdef"
    arrival = file_bytes.begin(tmp_path, hashlib.sha256(data).hexdigest(), len(data), session=1)
    assert not file_bytes.add(arrival, 0, b"ab")
    for index in (0, 2):
        with pytest.raises(Refused) as caught:
            file_bytes.add(arrival, index, b"cd")
        assert caught.value.reason is Reason.GAP
    assert not file_bytes.add(arrival, 1, b"cd")
    assert file_bytes.add(arrival, 2, b"ef")
    assert arrival.path.read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == [arrival.path.name]

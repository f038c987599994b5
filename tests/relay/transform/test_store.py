"""The store: what is numbered, what follows it in memory, and a disk that is full."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from relay import normal_form
from relay.normal_form import Transfer, TransferSource
from relay.transform.ledger import Ledger, TransferSpan
from relay.transform.newest_rows import LENGTH, NewestRows
from relay.transform.store import TransformStore, create_transform_store
from tests.relay.transform.site import LANE, NOW, SITE, post
from wire.fields import MAX_TEXT
from wire.payload import GENESIS
from wire.reasons import Reason, Unavailable
from wire.receipts import Verdict


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


def is_full(store: TransformStore) -> bool:
    return store.is_full


def passing(count: int, text: str = "一") -> Callable[[Ledger], None]:
    """Return a transaction that puts `count` messages on their way."""
    source = TransferSource(1, 1, "0" * 64)
    items = [Transfer(0, NOW, source, "pass", post(text)) for _ in range(count)]
    spans = [TransferSpan(0, count - 1, 1, 0, Verdict.DELIVERED, None)]
    return lambda ledger: ledger.stage(items, spans)


async def test_items_are_numbered_and_batches_chained_across_restarts(node: Path) -> None:
    for _ in range(2):
        async with opened(node) as store:
            await store.write(passing(3))
            await store.write(passing(2))
    async with opened(node) as store:
        staged = await store.batches_after(0)
        assert store.waiting == 10
    prev, n = GENESIS, 1
    for each in staged:
        batch = normal_form.decode(each.encoded)
        assert (batch.prev, batch.items[0].n) == (prev, n)
        prev, n = hashlib.sha256(each.encoded).hexdigest(), batch.items[-1].n + 1
    assert n == 11


async def test_what_is_too_much_for_one_batch_goes_in_several(node: Path) -> None:
    async with opened(node) as store:
        await store.write(passing(300, "𠮟" * MAX_TEXT))
        staged = await store.batches_after(0)
        while more := await store.batches_after(staged[-1].number):
            staged += more
        batches = [normal_form.decode(each.encoded) for each in staged]
        assert len(batches) > 9  # 300 texts of 32 KB each, and a batch takes 1 MiB
        assert [item.n for batch in batches for item in batch.items] == list(range(1, 301))
        assert [each.prev for each in batches[1:]] == [each.sha256 for each in staged[:-1]]


async def test_what_fails_changes_nothing(node: Path) -> None:
    def failing(ledger: Ledger) -> None:
        passing(2)(ledger)
        ledger.tell(Verdict.DELIVERED, None, first=1, last=1)
        raise ValueError("on purpose")

    async with opened(node) as store:
        with pytest.raises(ValueError, match="on purpose"):
            await store.write(failing)
        assert (store.position.item, store.position.tick, store.waiting) == (0, 0, 0)
        assert await store.batches_after(0) == []


async def test_a_full_disk_is_said_and_ends_by_itself(node: Path) -> None:
    async with opened(node) as store:
        await store.read(lambda db: db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(Unavailable):
            await store.write(passing(200, "あ" * 1000))
        assert is_full(store)
        assert store.near_bell.is_set()
        assert store.position.item == 0
        await store.read(lambda db: db.execute("PRAGMA max_page_count = 100000"))
        await store.write(passing(1))
        assert not is_full(store)
        assert store.position.item == 1


async def test_receipts_of_one_run_are_one_and_of_files_are_not(node: Path) -> None:
    def telling(ledger: Ledger) -> None:
        for seq in (1, 2, 3):
            ledger.tell(Verdict.DELIVERED, None, first=seq, last=seq)
        ledger.tell(Verdict.REFUSED, Reason.DENIED, first=4, last=4)
        ledger.tell(Verdict.REFUSED, Reason.EXPIRED, first=5, last=5)
        ledger.tell(Verdict.REFUSED, Reason.EXPIRED, first=7, last=7)
        for seq, bits in ((8, 1), (9, 1), (10, 2)):
            ledger.tell(Verdict.ALTERED, None, first=seq, last=seq, removed=bits)
        for file in (1, 2):
            ledger.tell(Verdict.ARRIVED, None, first=7, last=7, file=file)

    async with opened(node) as store:
        await store.write(telling)
        told = [(each.first, each.last, each.file) for each in await store.receipts_after(0)]
        assert told == [
            (1, 3, 0),
            (4, 4, 0),
            (5, 5, 0),
            (7, 7, 0),
            (8, 9, 0),
            (10, 10, 0),
            (7, 7, 1),
            (7, 7, 2),
        ]
    async with opened(node) as store:
        assert [each.tick for each in await store.receipts_after(2)] == [3, 4, 5, 6, 7, 8]


async def test_bytes_that_nobody_needs_are_gone_at_the_start(node: Path) -> None:
    for folder in ("arriving", "cleaned"):
        (node / folder / ("0" * 64)).write_bytes(b"left behind")
        (node / folder / f"{'1' * 64}.7.part").write_bytes(b"half")
    async with opened(node):
        assert not [*node.glob("arriving/*"), *node.glob("cleaned/*")]


def test_a_tail_knows_when_it_does_not_know() -> None:
    tail: NewestRows[tuple[int]] = NewestRows(lambda row: row[0])
    assert tail.after(0) is None
    tail.extend((n,) for n in range(1, LENGTH + 3))
    assert tail.after(0) is None
    assert tail.after(1) is None
    assert tail.after(2) == [(n,) for n in range(3, LENGTH + 3)]
    assert tail.after(LENGTH + 2) == []

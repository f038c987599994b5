"""The audit log in the store: what is appended, proven, kept, and never changed."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import audit_log
from tests.tampering import (
    LOG,
    STRANGER,
    WITNESS_VERIFIER,
    grow,
    have_witnessed,
    open_store,
    records,
)
from wire.audit.checkpoint import checkpoint_text
from wire.audit.note import SignatureType, cosign_note
from wire.audit.tlog import (
    EMPTY_TREE,
    Frontier,
    check_consistency,
    check_inclusion,
    extend_frontier,
    inclusion_proof,
    leaf_hash,
)
from wire.reasons import Reason, Refused

RECORDS = records(0, 1000)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_store(tmp_path / "store.db")
    yield db
    db.close()


def test_an_empty_log_is_an_empty_tree(db: sqlite3.Connection) -> None:
    assert audit_log.head(db) == EMPTY_TREE
    assert audit_log.append(db, [], now=1) == []


@pytest.mark.parametrize("batch", [1, 7, 256, 1000])
def test_it_does_not_matter_in_what_batches_records_come(
    db: sqlite3.Connection, batch: int
) -> None:
    indexes = list[int]()
    for at in range(0, 1000, batch):
        indexes += audit_log.append(db, RECORDS[at : at + batch], now=1)
    assert indexes == [*range(1000)]
    assert audit_log.head(db) == extend_frontier(Frontier(), map(leaf_hash, RECORDS))[0].head
    assert audit_log.read(db, 250, 10) == RECORDS[250:260]
    assert audit_log.read(db, 990, 100) == RECORDS[990:]


def test_every_record_can_be_proven_in_every_later_tree(db: sqlite3.Connection) -> None:
    audit_log.append(db, RECORDS, now=1)
    for size in (1, 255, 256, 257, 600, 1000):
        for index in {0, size // 2, size - 1}:
            proof = inclusion_proof(audit_log.hash_reader(db), index, size)
            check_inclusion(leaf_hash(RECORDS[index]), index, audit_log.head_at(db, size), proof)


def test_every_tree_is_proven_to_have_grown_out_of_every_earlier_one(
    db: sqlite3.Connection,
) -> None:
    audit_log.append(db, RECORDS, now=1)
    heads = [audit_log.head_at(db, size) for size in (0, 1, 200, 256, 511, 999, 1000)]
    for number, new in enumerate(heads):
        for old in heads[: number + 1]:
            check_consistency(old, new, audit_log.consistency(db, old.size, new.size))


def test_what_is_rolled_back_was_never_logged(db: sqlite3.Connection) -> None:
    grow(db, RECORDS[:300])
    before = audit_log.head(db)
    db.execute("BEGIN")
    audit_log.append(db, RECORDS[300:600], now=1)
    db.execute("ROLLBACK")
    assert audit_log.head(db) == before
    grow(db, RECORDS[300:600])
    assert audit_log.head(db) == extend_frontier(Frontier(), map(leaf_hash, RECORDS[:600]))[0].head


def test_a_log_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for at in (0, 400):
        db = open_store(tmp_path / "reopened.db")
        grow(db, RECORDS[at : at + 400])
        db.close()
    db = open_store(tmp_path / "reopened.db")
    assert audit_log.head(db) == extend_frontier(Frontier(), map(leaf_hash, RECORDS[:800]))[0].head
    db.close()


def test_a_record_too_long_is_refused_with_its_whole_batch(db: sqlite3.Connection) -> None:
    assert audit_log.append(db, [bytes(65_535)], now=1) == [0]
    with pytest.raises(Refused, match="bad-size: record of 65536 bytes"):
        audit_log.append(db, [b"{}", bytes(65_536)], now=1)
    assert audit_log.head(db).size == 1


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_leaf", "UPDATE audit_leaf SET record = x''"]
)
def test_what_was_logged_stays(db: sqlite3.Connection, statement: str) -> None:
    grow(db, RECORDS[:3])
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        db.execute(statement)


def test_a_lost_leaf_is_noticed_when_a_proof_needs_it(db: sqlite3.Connection) -> None:
    grow(db, RECORDS[:5])
    db.executescript("DROP TRIGGER audit_leaf_is_kept; DELETE FROM audit_leaf WHERE idx = 2;")
    with pytest.raises(Refused, match="level 0 lacks hashes 2 to 3"):
        inclusion_proof(audit_log.hash_reader(db), 0, 5)


def test_there_is_no_head_of_leaves_to_come(db: sqlite3.Connection) -> None:
    grow(db, RECORDS[:5])
    with pytest.raises(Refused, match="lacks hashes"):
        audit_log.head_at(db, 6)


def test_a_store_that_is_older_than_what_was_published_is_refused(
    db: sqlite3.Connection,
) -> None:
    grow(db, RECORDS[:5])
    published = extend_frontier(Frontier(), map(leaf_hash, RECORDS[:9]))[0].head
    with pytest.raises(Refused, match="holds 5 audit records, but 9 were published") as caught:
        audit_log.check_published(db, published)
    assert caught.value.reason is Reason.ROLLBACK


def test_a_store_with_another_history_is_refused(db: sqlite3.Connection) -> None:
    grow(db, RECORDS[:5])
    published = extend_frontier(Frontier(), map(leaf_hash, RECORDS[1:4]))[0].head
    with pytest.raises(Refused, match="first 3 audit records are not those") as caught:
        audit_log.check_published(db, published)
    assert caught.value.reason is Reason.AUDIT_INCONSISTENT


def test_the_latest_cosignature_of_a_witness_is_kept(db: sqlite3.Connection) -> None:
    grow(db, RECORDS[:9])
    for size in (5, 8, 7):
        have_witnessed(db, size)
    (kept,) = audit_log.cosigned(db)
    assert (kept.key_id, kept.head) == (WITNESS_VERIFIER.key_id, audit_log.head_at(db, 8))


def test_a_cosignature_of_another_tree_or_by_another_key_is_not_kept(
    db: sqlite3.Connection,
) -> None:
    grow(db, RECORDS[:9])
    text = checkpoint_text(LOG.name, audit_log.head_at(db, 8))
    for line in (
        cosign_note(text, STRANGER, now_s=1),
        cosign_note(text.replace("8", "7"), LOG, now_s=1),
        "not a line",
        "",
    ):
        with pytest.raises(Refused):
            audit_log.keep_cosignature(
                db,
                line,
                size=8,
                origin=LOG.name,
                witness=LOG.verifier(SignatureType.COSIGNATURE_V1),
            )
    assert audit_log.cosigned(db) == []

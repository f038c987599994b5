"""Publishing: what is in the folder, in what order it got there, and what a crash leaves of it."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from runtime import audit_log, audit_publish, failpoints
from runtime.audit_publish import STEP_LEAVES, published_head
from runtime.audit_verify import verify_log
from tests.runtime.publishing import publish
from tests.tampering import (
    LOG,
    SIZE,
    STRANGER,
    WITNESS_VERIFIER,
    WITNESSED,
    build_log,
    grow,
    have_witnessed,
    open_store,
    records,
)
from wire.audit.tlog import EMPTY_TREE
from wire.reasons import Reason, Refused

CHECKED = LOG.verifier()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_store(tmp_path / "published.db")
    yield db
    db.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".tmp"
    }


def test_a_log_can_be_published_before_anything_was_logged(
    db: sqlite3.Connection, folder: Path
) -> None:
    assert publish(db, folder, LOG) == EMPTY_TREE
    assert list(contents(folder)) == ["checkpoint"]
    assert verify_log(folder, CHECKED).head == EMPTY_TREE


def test_the_folder_holds_what_the_standard_names(db: sqlite3.Connection, folder: Path) -> None:
    grow(db, records(0, 260))
    publish(db, folder, LOG)
    assert set(contents(folder)) == {
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/4",
    }


def test_partial_tiles_go_when_the_full_one_has_come(db: sqlite3.Connection, folder: Path) -> None:
    for first, end in [(0, 10), (10, 20), (20, 256)]:
        grow(db, records(first, end))
        publish(db, folder, LOG)
    assert set(contents(folder)) == {
        "checkpoint",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/entries/000",
    }


def test_nothing_is_written_when_nothing_is_new(db: sqlite3.Connection, folder: Path) -> None:
    grow(db, records(0, 300))
    publish(db, folder, LOG)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    publish(db, folder, LOG)
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


def test_what_is_published_never_changes(db: sqlite3.Connection, folder: Path) -> None:
    grow(db, records(0, 300))
    publish(db, folder, LOG)
    before = {path: path.stat().st_ino for path in folder.glob("tile/*/000")}
    grow(db, records(300, 2000))
    publish(db, folder, LOG)
    assert before
    assert {path: path.stat().st_ino for path in before} == before


def test_a_long_backlog_is_published_in_steps_to_the_same_end(
    db: sqlite3.Connection, folder: Path
) -> None:
    grow(db, records(0, 5000))
    assert publish(db, folder, LOG) == audit_log.head(db)
    assert verify_log(folder, CHECKED).head == audit_log.head(db)


def test_no_step_publishes_a_cosignature_of_what_comes_later(
    db: sqlite3.Connection,
) -> None:
    grow(db, records(0, STEP_LEAVES + 1))
    have_witnessed(db, STEP_LEAVES + 1)
    assert audit_publish.gather(db, 0).cosigned == ()
    assert len(audit_publish.gather(db, STEP_LEAVES).cosigned) == 1


def test_what_a_witness_saw_stands_beside_the_checkpoint_until_it_saw_this_one(
    db: sqlite3.Connection, folder: Path
) -> None:
    grow(db, records(0, 5))
    publish(db, folder, LOG)
    have_witnessed(db, 5)
    publish(db, folder, LOG)
    assert contents(folder)["checkpoint"].count("—".encode()) == 2
    grow(db, records(5, 6))
    publish(db, folder, LOG)
    assert contents(folder)["checkpoint"].count("—".encode()) == 1
    (seen,) = verify_log(folder, CHECKED, [WITNESS_VERIFIER]).witnessed
    assert seen.size == 5


def test_a_store_older_than_the_folder_publishes_nothing(folder: Path, tmp_path: Path) -> None:
    db, older = open_store(tmp_path / "newer.db"), open_store(tmp_path / "older.db")
    grow(db, records(0, 300))
    grow(older, records(0, 299))
    publish(db, folder, LOG)
    before = contents(folder)
    with pytest.raises(Refused, match="holds 299 audit records, but 300 were published") as caught:
        publish(older, folder, LOG)
    assert caught.value.reason is Reason.ROLLBACK
    assert contents(folder) == before
    db.close()
    older.close()


def test_another_history_does_not_overwrite_what_is_published(
    db: sqlite3.Connection, folder: Path, tmp_path: Path
) -> None:
    grow(db, records(0, 300))
    publish(db, folder, LOG)
    (folder / "checkpoint").unlink()  # so that only the tiles remember
    other = open_store(tmp_path / "other.db")
    grow(other, records(0, 300, decision="denied"))
    before = contents(folder)
    with pytest.raises(Refused, match="tile/0/000 is published with other contents"):
        publish(other, folder, LOG)
    assert contents(folder) == before
    other.close()


def test_a_log_is_not_continued_under_another_key(db: sqlite3.Connection, folder: Path) -> None:
    publish(db, folder, LOG)
    with pytest.raises(Refused, match="unknown-key"):
        publish(db, folder, STRANGER)


def test_a_folder_that_is_not_there_is_a_mistake(db: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        publish(db, tmp_path / "mistyped", LOG)


def test_a_folder_that_has_gone_is_not_made_anew_with_the_end_of_the_log(
    db: sqlite3.Connection, folder: Path
) -> None:
    grow(db, records(0, 3))
    published = publish(db, folder, LOG)
    grow(db, records(3, 5))
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError):
        audit_publish.write(folder, audit_publish.gather(db, published.size), LOG)
    assert not folder.exists()


def test_a_record_edited_in_the_store_is_found_once_published(
    db: sqlite3.Connection, folder: Path
) -> None:
    grow(db, records(0, 300))
    db.executescript(
        "DROP TRIGGER audit_leaf_stays; UPDATE audit_leaf SET record = x'7b7d' WHERE idx = 7;"
    )
    publish(db, folder, LOG)
    with pytest.raises(Refused, match=r"entry 7 .*the entry was altered"):
        verify_log(folder, CHECKED)


def publish_and_die(store: Path, folder: Path, failpoint: str) -> bool:
    """Publish in a process of its own and return whether it died at `failpoint`."""
    child = os.fork()
    if child == 0:
        failpoints.arm(failpoint)
        publish(sqlite3.connect(store, isolation_level=None), folder, LOG)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL)
    return status == signal.SIGKILL


@pytest.mark.parametrize("point", ["audit.draft", "audit.tiles", "audit.checkpoint"])
def test_a_crash_at_any_point_leaves_a_log_that_verifies_and_goes_on(
    tmp_path: Path, point: str
) -> None:
    whole = contents(build_log(tmp_path / "whole"))
    died = 0
    for nth in count(1):
        home = tmp_path / str(nth)
        folder = home / "log"
        folder.mkdir(parents=True)
        db = open_store(home / "store.db")
        grow(db, records(0, WITNESSED))
        publish(db, folder, LOG)
        have_witnessed(db, WITNESSED)
        grow(db, records(WITNESSED, SIZE))
        db.close()
        if not publish_and_die(home / "store.db", folder, f"{point}:{nth}"):
            break
        died += 1
        assert verify_log(folder, CHECKED).head.size in (WITNESSED, SIZE)
        db = open_store(home / "store.db")
        publish(db, folder, LOG)
        db.close()
        assert contents(folder) == whole
    assert died


def test_a_partial_tile_left_by_a_crash_goes_with_the_others(
    db: sqlite3.Connection, folder: Path
) -> None:
    grow(db, records(0, 10))
    stale = folder / "tile/0/000.p/7.tmp"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half")
    publish(db, folder, LOG)
    grow(db, records(10, 256))
    publish(db, folder, LOG)
    assert not stale.parent.exists()


def test_the_published_head_is_that_of_the_checkpoint(tmp_path: Path) -> None:
    assert published_head(build_log(tmp_path), CHECKED).size == SIZE

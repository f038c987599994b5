"""The audit log: published while it grows, vouched for by both zones, silent on people."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from runtime.audit_verify import verify_log
from tests import operators
from tests.operators import operator_id
from tests.relay.verify.log import leaves, published
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    AUTHOR,
    LANE,
    NOW,
    SITE,
    decided,
    event,
    item,
    key_of,
    log_verifier,
    running,
    until,
    until_status,
    witness_verifier,
)
from wire.audit.checkpoint import checkpoint_text
from wire.audit.note import Signer, cosign_note
from wire.audit.tlog import TreeHead, check_consistency
from wire.bodies import MessagePost
from wire.frames import FrameType
from wire.keys import KeyRole
from wire.lane import log_origin
from wire.reasons import Refused
from wire.receipts import Verdict
from wire.records import Cosignature

SECRET = "給与明細"
# A hundred times what taking in one item takes.
LONG_ENOUGH_TO_TAKE_IN_S = 0.5


def head_of(folder: Path) -> int:
    try:
        return verify_log(folder / "log", log_verifier()).head.size
    except Refused:  # it is being replaced this moment
        return 0


async def test_it_is_published_while_it_grows(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(*[item()] * 300)
        await until(lambda: head_of(folder) == 301)  # and the start
        await transform.hand_over(item())
        await until(lambda: head_of(folder) == 302)


async def test_an_empty_log_is_published_as_well(folder: Path) -> None:
    async with running(folder):
        assert published(folder) == 0


async def test_the_far_zone_vouches_for_it(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: far.tree is not None and far.tree.size == 2)
        await transform.hand_over(item(), item())
        await until(lambda: far.tree is not None and far.tree.size == 4)
    async with running(folder):
        pass  # what came last is published at the latest by the next start
    report = verify_log(folder / "log", log_verifier(), [witness_verifier()])
    assert [(each.size, each.at_s) for each in report.witnessed] == [(4, NOW // 1000)]


async def test_a_witness_is_asked_again_from_where_it_stands(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder, witnesses=False)
    async with running(folder), transform.connected():
        async with far.connected():
            await transform.hand_over(item())
            await until(lambda: far.tree is not None)
        await transform.hand_over(item())
        far.witnesses = True
        async with far.connected():
            await until(lambda: far.tree is not None and far.tree.size == 3)


async def test_the_near_zone_is_shown_the_tree_and_vouches_for_it(folder: Path) -> None:
    near = witness_verifier(KeyRole.WITNESS_INTERNET)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: transform.tree == 2)
        await transform.hand_over(item(), item())
        await until(lambda: transform.tree == 4)
        tree = transform.trees[-1]
        head = TreeHead(tree.new, tree.root)
        log_verifier().key.verify(
            tree.signature, checkpoint_text(log_origin(SITE, LANE), head).encode()
        )
        line = near_witness(head)
        await transform.send(FrameType.COSIGNATURE, Cosignature(LANE, 4, line).encode())
        vouched = folder / "log" / "cosigned" / near.key_id.hex()
        await until(lambda: vouched.exists())  # the far zone vouches for it as well
    # A change of the lane's flags shows the same tree once more.
    old, new = [tree for tree in transform.trees if tree.new > tree.old][-2:]
    assert (old.new, new.old) == (2, 2)
    check_consistency(TreeHead(old.new, old.root), head, new.proof)
    verify_log(folder / "log", log_verifier(), [near])


def near_witness(head: TreeHead) -> str:
    signer = Signer(f"{SITE}/{KeyRole.WITNESS_INTERNET}", key_of(KeyRole.WITNESS_INTERNET).private)
    return cosign_note(checkpoint_text(log_origin(SITE, LANE), head), signer, now_s=NOW // 1000)


async def test_a_witness_that_stands_elsewhere_is_shown_the_tree_from_there(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(*[item()] * 5)
        await until(lambda: transform.tree == 6)
        transform.tree_size = 3
        await transform.greet()
        await until(lambda: transform.trees[-1].old == 3)
    assert transform.trees[-1].new == 6


@pytest.mark.parametrize("size", [0, 1, 7])
async def test_a_wrong_cosignature_closes_the_link(folder: Path, size: int) -> None:
    transform, far = Transform(folder), FarZone(folder, witnesses=False)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: far.tree is not None)
        line = near_witness(TreeHead(1, bytes(32)))
        await far.send(FrameType.COSIGNATURE, Cosignature(LANE, size, line).encode())
        await until(lambda: far.closed)
    assert not (folder / "log" / "cosigned").exists()


def commitment(salts: dict[str, bytes], person: str) -> str:
    return hashlib.sha256(salts[person] + person.encode()).hexdigest()


async def test_neither_text_nor_people_stand_in_it(folder: Path) -> None:
    about = event(1, MessagePost(SECRET))
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(decided(item(about=about, decision="released")))
        await until(lambda: transform.verdicts() == {1: Verdict.DELIVERED})
    files = [path.read_bytes() for path in (folder / "log").rglob("*") if path.is_file()]
    for word in (SECRET, operators.WHY, operator_id(), AUTHOR.uid):
        assert not any(word.encode() in data for data in files)
    (leaf,) = leaves(folder)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        salts = dict(db.execute("SELECT uid, salt FROM person"))
    assert leaf["actor"] == commitment(salts, AUTHOR.uid)
    assert leaf["approvers"] == [commitment(salts, operator_id())]


async def test_a_person_is_the_same_in_all_records_until_the_salt_is_deleted(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 2)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 3)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        db.execute("DELETE FROM person")
        db.commit()
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 4)
    first, second, third, fourth = (leaf["actor"] for leaf in leaves(folder))
    assert first == second == third != fourth
    assert published(folder) == 4


async def test_a_record_says_all_that_an_auditor_asks(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(decision="altered", changes=["text"], rule="plain"))
        await until(lambda: len(transform.verdicts()) == 1)
    (leaf,) = leaves(folder)
    assert set(leaf) == {
        "v",
        "log",
        "idx",
        "ev",
        "t",
        "host",
        "proc",
        "ver",
        "lane",
        "from",
        "epoch",
        "seq",
        "id",
        "room",
        "kind",
        "actor",
        "frontend",
        "decision",
        "rule",
        "policy_sha256",
        "in_sha256",
        "out_seq",
        "out_sha256",
        "changes",
    }
    assert leaf["log"] == log_origin(SITE, LANE)
    assert (leaf["kind"], leaf["decision"], leaf["from"]) == ("message.post", "altered", "internet")
    assert leaf["id"] == far.events[0].id
    assert leaf["frontend"] == AUTHOR.frontend


async def test_where_the_folder_cannot_be_written_nothing_is_taken_in(folder: Path) -> None:
    # Nobody vouches for this log, so that only what is handed over gives it something to publish:
    # a cosignature on its way would find the folder gone before the second item was taken in.
    transform, far = Transform(folder), FarZone(folder, witnesses=False)
    log, elsewhere = folder / "log", folder / "elsewhere"
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until_status(folder, lambda status: status.published_size == 1)
        # A file in the place of a folder stops root as well, whom permissions do not.
        log.rename(elsewhere)
        log.write_bytes(b"")
        await transform.hand_over(item())
        stuck = await until_status(folder, lambda status: not status.log_is_writable)
        assert (stuck.taken, stuck.published_size) == (2, 1)
        await transform.hand_over(item())
        await transform.send(FrameType.NORMAL, b"")  # would close the link, if it were read
        await asyncio.sleep(LONG_ENOUGH_TO_TAKE_IN_S)
        await until_status(folder, lambda status: status.taken == 2)
        assert not transform.closed
        log.unlink()
        elsewhere.rename(log)
        await until(lambda: len(far.events) == 3)
    assert published(folder) >= 3

"""The way through: from batches in normal form to sealed envelopes, verdicts and a public log."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from relay.rule_files import rules_folder
from relay.verify.service import serve_verify
from relay.verify.settings import stage_endpoint
from runtime.audit_verify import verify_log
from runtime.settings import SettingsFault
from tests.confining import unconfined
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    POLICY,
    POLICY_SHA256,
    clock,
    item,
    log_verifier,
    make_node,
    running,
    until,
    until_status,
)
from wire.receipts import Verdict


async def test_what_is_handed_over_reaches_the_far_zone_and_the_verdict_comes_back(
    folder: Path,
) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(), item())
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 3)
    assert [event.hlc for event in far.events] == [1, 1, 1]
    assert transform.verdicts() == dict.fromkeys([1, 2, 3], Verdict.DELIVERED)
    assert verify_log(folder / "log", log_verifier()).head.size == 3 + 2  # and a start and a stop


async def test_a_far_zone_that_does_not_come_makes_the_lane_wait(root: Path) -> None:
    folder = make_node(root, max_waiting=3)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        await transform.hand_over(item(), item(), item())
        await until(lambda: transform.taken == 3)
        await transform.hand_over(item())
        await transform.hand_over(item())
        status = await until_status(folder, lambda status: status.depth == 3)
        assert (status.sealed, status.acknowledged, status.taken) == (3, 0, 3)
        assert transform.taken == 3
        async with far.connected():
            await until(lambda: len(transform.verdicts()) == 5)
        await until_status(folder, lambda status: status.depth == 0)


async def test_its_own_user_is_told_where_it_stands_and_nobody_else(folder: Path) -> None:
    async with running(folder):
        status = await until_status(folder, lambda status: status.log_is_writable)
        mode = (folder / "run" / "admin.sock").stat().st_mode & 0o777
    # Its own start is on record.
    assert (status.depth, status.oldest_age, status.tree_size, status.halted) == (0, 0, 1, None)
    assert mode == 0o600


async def test_a_policy_that_is_edited_counts_without_a_restart(folder: Path) -> None:
    edited = POLICY + b"# edited\n"
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        (rules_folder(folder) / "policy.toml").write_bytes(edited)
        transform.policy_sha256 = hashlib.sha256(edited).hexdigest()
        await transform.hand_over(item())
        # What was judged by the one before may still come.
        transform.policy_sha256 = POLICY_SHA256
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 3)
    policies = [envelope.payload.head.authority for envelope in far.envelopes]
    assert {each.policy_sha256 for each in policies if each} == {
        POLICY_SHA256,
        hashlib.sha256(edited).hexdigest(),
    }
    assert set(transform.verdicts().values()) == {Verdict.DELIVERED}


async def test_without_a_policy_it_does_not_start(folder: Path) -> None:
    (rules_folder(folder) / "policy.toml").unlink()
    with pytest.raises(SettingsFault, match=r"policy\.toml is missing"):
        await serve_verify(folder, stage_endpoint(folder), clock=clock, confine=unconfined)


async def test_outcomes_that_nobody_settles_do_not_pile_up(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        for _ in range(30):
            await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 30)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        assert db.execute("SELECT first, last FROM run").fetchall() == [(1, 30)]
        assert db.execute("SELECT count(*) FROM envelope").fetchone() == (0,)

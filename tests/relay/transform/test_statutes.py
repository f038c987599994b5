"""A policy that changes while the stage runs."""

import asyncio
import hashlib
from pathlib import Path

from tests.relay.transform.site import PATIENCE_S, POLICY, admin, post
from tests.relay.transform.world import World, world
from wire.receipts import Verdict

STRICTER = POLICY + '[[words]]\nname = "new"\naction = "refuse"\nwords = ["議会"]\n'
SHA256 = hashlib.sha256(STRICTER.encode()).hexdigest()


def put(root: Path, policy: str) -> None:
    """Write a policy as an editor does: the file is never half there."""
    draft = root / "rules/policy.toml.new"
    draft.write_text(policy)
    draft.rename(root / "rules/policy.toml")


async def said_of(w: World) -> dict[str, object]:
    _, status = await admin(w.node, "GET", "/v1/status")
    return status


async def until_policy(w: World, member: str, value: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if value in str((await said_of(w))[member]):
                return
            await asyncio.sleep(0.02)


async def test_the_first_stage_judges_by_it_without_a_restart(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("議会だより"))
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        put(folder, STRICTER)
        await until_policy(w, "policy_sha256", SHA256)
        await w.near.send(post("議会だより"))
        told = await w.near.verdict(2)
        assert (told.verdict, told.rule) == (Verdict.REFUSED, "words-new")
        assert w.verify.batches[-1].policy_sha256 == SHA256


async def test_one_that_cannot_be_read_changes_nothing_and_says_where(folder: Path) -> None:
    async with world(folder) as w:
        before = (await said_of(w))["policy_sha256"]
        put(folder, STRICTER + "[unheard_of]\n")
        await until_policy(w, "policy_trouble", "unheard_of")
        assert (await said_of(w))["policy_sha256"] == before
        await w.near.send(post("議会だより"))
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        put(folder, STRICTER)
        await until_policy(w, "policy_sha256", SHA256)
        assert (await said_of(w))["policy_trouble"] is None

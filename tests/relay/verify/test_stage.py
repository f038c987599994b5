"""What happens in one and the same moment, which no peer can bring about at will."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from relay.rule_files import rules_folder
from relay.verify import store
from relay.verify.service import make_stage
from relay.verify.settings import VerifySettings
from relay.verify.stage import Stage
from runtime.database import Database
from runtime.node import read_keyring
from runtime.settings import read_settings
from tests.relay.verify.log import halted, leaves, words
from tests.relay.verify.peers import Transform
from tests.relay.verify.place import clock, item, key_of
from wire.keys import KeyRole
from wire.reasons import Reason, Refused


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Stage]:
    """Have a stage without its links."""
    settings = read_settings(folder / "verify.toml", VerifySettings)
    async with Database.open(folder / "verify.db", store.KIND) as database:
        key, keyring = key_of(KeyRole.IMPORT_RELEASE), read_keyring(folder)
        stage = make_stage(folder, settings, key, database, clock, keyring)
        with suppress(asyncio.CancelledError):
            async with asyncio.TaskGroup() as group:
                await stage.start(group)
                yield stage
                raise asyncio.CancelledError  # what it does from time to time, it does for ever


async def outcomes(*doings: Coroutine[Any, Any, object]) -> Sequence[object]:
    return await asyncio.gather(*doings, return_exceptions=True)


async def test_what_would_be_sealed_as_the_lane_halts_is_not(folder: Path) -> None:
    transform = Transform(folder)
    async with started(folder) as stage:
        taken, kept = await outcomes(stage.take([transform.batch(item())]), stage.halt(Reason.FORK))
        assert isinstance(taken, Refused)
        assert kept is None
    assert halted(folder) is Reason.FORK
    assert words(leaves(folder)) == [("lane.halted", "fork")]


async def test_a_policy_that_cannot_be_read_releases_nothing(folder: Path) -> None:
    transform = Transform(folder, policy_sha256="ab" * 32)
    async with started(folder) as stage:
        (rules_folder(folder) / "policy.toml").unlink()
        await stage.take([transform.batch(item())])
    assert words(leaves(folder)) == [("event.barred", "no-authority")]


async def test_what_comes_before_a_batch_that_is_refused_is_taken_in(folder: Path) -> None:
    transform = Transform(folder)
    good, bad = transform.batch(item()), b"{}"
    async with started(folder) as stage:
        (refusal,) = await outcomes(stage.take([good, bad, good]))
        assert isinstance(refusal, Refused)
        assert (await stage.database.read(store.lane_position)).taken == 1

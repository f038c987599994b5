"""What stays behind when who listens is stopped: nothing."""

import asyncio

import pytest

from runtime.links import dial_link
from tests.runtime.ends import TAKES, Ends, relay_at
from wire.reasons import Unavailable


@pytest.mark.parametrize("steps", range(8))
async def test_who_is_stopped_while_it_starts_leaves_no_socket(ends: Ends, steps: int) -> None:
    async def serve() -> None:
        async with relay_at(ends.listening):
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    for _ in range(steps):
        await asyncio.sleep(0)
    serving.cancel()
    await asyncio.wait([serving])
    with pytest.raises(Unavailable):
        async with dial_link(ends.dialling, TAKES):
            pass

"""What stays behind when who listens is stopped: nothing."""

import asyncio
from collections.abc import Iterator

import pytest

from runtime.links import dial
from tests.runtime.ends import TAKES, Ends, relay_at, short_folder, tls_ends, unix_ends
from wire.reasons import Unavailable


@pytest.fixture(params=["unix", "tls"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    if request.param == "tls":
        yield tls_ends()
    else:
        with short_folder() as folder:
            yield unix_ends(folder)


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
        async with dial(ends.dialling, TAKES):
            pass

"""The city in which stories are told: made once, running throughout."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.stories.city import City, register
from wire.lane import Zone


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Installation, dict[Zone, str]]]:
    """Run a city: both zones and both lanes."""
    with tempfile.TemporaryDirectory(prefix="sks-") as folder:  # socket paths are short
        installation = Installation.make(Path(folder) / "c")
        installation.start_all()
        try:
            asyncio.run(installation.ready())
            yield installation, asyncio.run(register(installation))
        finally:
            installation.stop_all()


@pytest.fixture
async def city(running: tuple[Installation, dict[Zone, str]]) -> AsyncIterator[City]:
    """Return the running city, with clients of this story's own."""
    installation, tokens = running
    async with AsyncExitStack() as stack:
        yield City(installation, tokens, stack)

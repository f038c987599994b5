"""The city in which stories are told: made once, running throughout.

A story that moves clocks, lies for a zone or changes a store by hand has a city of its own: what
it leaves behind is no place for others.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.stories.city import City, register
from wire.lane import Zone


@contextmanager
def running_city() -> Iterator[tuple[Installation, dict[Zone, str]]]:
    """Run a city: both zones and both lanes."""
    with tempfile.TemporaryDirectory(prefix="sks-") as folder:  # socket paths are short
        installation = Installation.make(Path(folder) / "c")
        installation.start_all()
        try:
            asyncio.run(installation.ready())
            yield installation, asyncio.run(register(installation))
        finally:
            installation.stop_all()


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Installation, dict[Zone, str]]]:
    """Run the city of all stories."""
    with running_city() as found:
        yield found


@pytest.fixture
def own_running() -> Iterator[tuple[Installation, dict[Zone, str]]]:
    """Run a city for one story."""
    with running_city() as found:
        yield found


@pytest.fixture
async def city(running: tuple[Installation, dict[Zone, str]]) -> AsyncIterator[City]:
    """Return the running city, with clients of this story's own."""
    installation, tokens = running
    async with AsyncExitStack() as stack:
        yield City(installation, tokens, stack)


@pytest.fixture
async def own_city(own_running: tuple[Installation, dict[Zone, str]]) -> AsyncIterator[City]:
    """Return a city of this story's own."""
    installation, tokens = own_running
    async with AsyncExitStack() as stack:
        yield City(installation, tokens, stack)

"""A zone's door, and the relay that comes to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.zone.conftest import Place
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import Door


@pytest.fixture
def door(lgwan: Place, tmp_path: Path) -> Door:
    return Door(lgwan, tmp_path)


@pytest.fixture
async def log(door: Door) -> AsyncIterator[Logbook]:
    """An open link to a relay that keeps a log."""
    async with door.open():
        yield Logbook(door.relay)

"""Two zones with a city that both know."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.zone.reconcile.pair import Pair, a_pair


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Two zones whose copies are one, and nothing on its way."""
    async with a_pair(tmp_path) as made:
        yield made

"""The installation that runs are copied from."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.runs import Template


@pytest.fixture(scope="module")
def template() -> Iterator[Template]:
    """One city for all runs of a file."""
    made = Template()
    try:
        asyncio.run(made.prepare())
        yield made
    finally:
        made.remove()

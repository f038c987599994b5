"""A verify stage's node for tests in which programs of others look at what it writes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relay.verify.place import make_node


@pytest.fixture
def node() -> Iterator[Path]:
    """The folder of a verify stage; a short path, since socket names are short."""
    with tempfile.TemporaryDirectory(prefix="skf-") as name:
        yield make_node(Path(name))

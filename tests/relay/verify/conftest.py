"""A verify stage to test: its folder, and a short path to it, since socket names are short."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relay.verify.place import make_node


@pytest.fixture
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="skv-") as name:
        yield Path(name)


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(root)

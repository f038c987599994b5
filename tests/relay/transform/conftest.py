"""What tests of the transform stage share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for the path of a socket."""
    with tempfile.TemporaryDirectory(prefix="sk-") as path:
        yield Path(path)

"""What tests of the transform stage share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanitizer.jail import Jail
from tests.relay.transform.site import warm_jail


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for the path of a socket."""
    with tempfile.TemporaryDirectory(prefix="sk-") as path:
        yield Path(path)


@pytest.fixture
def jail() -> Jail:
    """The jail of all stages that a process of tests starts."""
    return warm_jail()


@pytest.fixture(scope="session", autouse=True)
def _one_jail() -> Iterator[None]:
    yield
    if warm_jail.cache_info().currsize:
        warm_jail().close()

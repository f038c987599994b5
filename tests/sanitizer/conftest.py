"""One warm jail for all tests of the sanitizer."""

from collections.abc import Iterator

import pytest

from sanitizer.jail import Jail


@pytest.fixture(scope="session")
def jail() -> Iterator[Jail]:
    with Jail() as warm:
        yield warm

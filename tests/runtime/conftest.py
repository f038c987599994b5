"""The two transports of a link, for tests of what both do."""

from collections.abc import Iterator

import pytest

from tests.runtime.ends import Ends, short_folder, tls_ends, unix_ends


@pytest.fixture(params=["unix", "tls"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    if request.param == "tls":
        yield tls_ends()
    else:
        with short_folder() as folder:
            yield unix_ends(folder)

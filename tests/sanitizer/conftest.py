"""One warm jail for all tests of the sanitizer, and where the corpus is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sanitizer.jail import Jail

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.fixture(scope="session")
def jail() -> Iterator[Jail]:
    with Jail() as warm:
        yield warm


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real files is not beside this checkout (../shared/corpus)")
    return CORPUS

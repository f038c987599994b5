"""Real Office files come through, can be opened by others, and say what they said."""

from pathlib import Path

import pytest

from sanitizer.jail import Jail
from tests.sanitizer import office_pages
from tests.sanitizer.office_corpus import SUFFIXES, fared, office_files

# Every so manieth of the 170: 15 seconds.  `dev.py corpus` looks at all of them.
STEP = 4


@pytest.fixture(scope="module")
def sample(corpus: Path) -> list[Path]:
    return office_files(corpus)[::STEP]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nine_of_ten_are_rebuilt_open_elsewhere_and_keep_their_words(
    jail: Jail, sample: list[Path], suffix: str
) -> None:
    results = list(fared([path for path in sample if path.suffix == suffix], jail))
    passed = [each for each in results if not each.reason]
    assert len(passed) >= 0.9 * len(results)
    assert [each.name for each in passed if not each.opens] == []
    changed = [each.name for each in passed if each.words is False]
    assert len(changed) <= 0.05 * len(passed), changed


@pytest.mark.needs("soffice")
@pytest.mark.parametrize("suffix", office_pages.SUFFIXES)
def test_libreoffice_makes_as_many_pages_of_it_as_before(
    jail: Jail, sample: list[Path], suffix: str
) -> None:
    """One file of each; `dev.py corpus --pages` looks at all of them."""
    one = [path for path in sample if path.suffix == suffix][3:4]
    (found,) = office_pages.paged(one, jail)
    assert found.before == found.after is not None

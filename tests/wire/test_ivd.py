"""The table of registered variations of ideographs."""

import pytest

from wire import ivd
from wire.ivd import FIRST_SELECTOR, is_registered


@pytest.mark.parametrize(
    ("base", "selectors"),
    [("葛", 10), ("辻", 6), ("邉", 32), ("a", 0), ("あ", 0), ("㐂", 5), ("\U000323af", 0)],
)
def test_so_many_selectors_are_registered(base: str, selectors: int) -> None:
    found = [n for n in range(240) if is_registered(base, chr(FIRST_SELECTOR + n))]
    assert found == list(range(len(found)))
    assert len(found) == selectors


def test_the_table_holds_every_sequence_of_the_database() -> None:
    numbers = ivd._numbers()
    assert sum(numbers) == 29_437
    assert len(numbers) - numbers.count(0) == 15_290
    assert chr(ivd.FIRST_BASE) == "㐂"

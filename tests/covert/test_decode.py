"""Reading what was sent in slots: a clear path is read, noise is not."""

import random

import pytest

from tests.covert.decode import read

random.seed(9)
SENT = [random.random() < 0.5 for _ in range(200)]


def test_a_clear_path_carries_a_bit_a_slot() -> None:
    seen = [{"noise": float(n % 7), "wait": 3.0 if bit else 1.0} for n, bit in enumerate(SENT)]
    found = read(SENT, seen, slot_s=0.5)
    assert (found.by, found.errors, found.bits_per_s) == ("wait", 0, 2.0)


def test_a_path_turned_round_carries_as_much() -> None:
    found = read(SENT, [{"flag": 0.0 if bit else 4.0} for bit in SENT], slot_s=1.0)
    assert (found.errors, found.bits_per_s) == (0, 1.0)


def test_a_tenth_wrong_is_about_half_a_bit() -> None:
    seen = [{"wait": float(bit != (n % 10 == 0))} for n, bit in enumerate(SENT)]
    found = read(SENT, seen, slot_s=1.0)
    assert found.errors == 10
    assert found.bits_per_s == pytest.approx(0.531, abs=0.001)


@pytest.mark.parametrize(
    "seen",
    [
        [{"always": 1.0} for _ in SENT],
        [{"noise": random.random(), "more": random.random()} for _ in SENT],
    ],
)
def test_what_has_nothing_to_do_with_it_carries_nothing(seen: list[dict[str, float]]) -> None:
    assert read(SENT, seen, slot_s=1.0).bits_per_s == 0.0

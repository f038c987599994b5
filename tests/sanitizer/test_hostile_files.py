"""Some of the hostile files through the real jail; `python3 dev.py hostile` sends them all."""

import base64
import zlib

import pytest

from tests.sanitizer import hostile_damage, hostile_run
from tests.sanitizer.hostile import carries
from tests.sanitizer.samples import CANARY, zipped

SEED = 1
LEAST_IN_ALL = 5_000


def test_there_are_as_many_as_was_said() -> None:
    cases = hostile_run.all_cases(SEED, short=False)
    assert len({hash((case.name, case.data)) for case in cases}) >= LEAST_IN_ALL


def test_a_seed_damages_the_same_files_in_the_same_way() -> None:
    one, same, other = (list(hostile_damage.cases(seed, {}, 8)) for seed in (1, 1, 2))
    assert one == same != other


def test_hostile_files_get_a_verdict_and_nothing_worse() -> None:
    cases = list(hostile_run.all_cases(SEED, short=True))
    results = hostile_run.run(cases, lambda _: None)
    assert len(results) == len(cases)
    assert [f"{each.what}: {each.fault}" for each in results if each.fault] == []
    assert {each.state for each in results} == {"clean", "altered", "refused"}


@pytest.mark.parametrize(
    "hidden",
    [
        b"x" + CANARY,
        CANARY.decode().encode("utf-16-le"),
        CANARY.decode().encode("utf-16-be").hex().encode(),
        b"stream\n" + zlib.compress(b"a" + CANARY),
        zipped({"a": zlib.compress(CANARY)}),
        zipped({"a.zip": zipped({"b": CANARY})}),
        b"x\r\n" + base64.b64encode(b"12" + CANARY) + b"\r\n",
    ],
)
def test_the_search_finds_the_canary(hidden: bytes) -> None:
    assert carries(hidden)
    assert not carries(hidden[: len(hidden) // 4])

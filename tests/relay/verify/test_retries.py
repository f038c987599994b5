"""A peer that errs again and again, over connections and restarts: few records of it."""

from pathlib import Path

import pytest

from runtime.tallies import PERIOD_MS
from tests.relay.verify.log import leaves, published
from tests.relay.verify.peers import Transform
from tests.relay.verify.place import NOW, make_node, running, until

TIMES = 50


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(root)


async def test_retries_leave_one_record_a_period_with_their_number(folder: Path) -> None:
    transform = Transform(folder)
    for _ in range(2):
        async with running(folder):
            for _ in range(TIMES):
                async with transform.connected():
                    await transform.send_raw(b"GET / HTTP/1.1\r\n")
                    await until(lambda: transform.closed)
    assert told(folder) == [("malformed", 1)]
    async with running(folder, clock=lambda: NOW + PERIOD_MS):
        await until(lambda: published(folder) == 2)
    assert told(folder) == [("malformed", 1), ("malformed", 2 * TIMES - 1)]


def told(folder: Path) -> list[tuple[str, int]]:
    return [(each["reason"], each["times"]) for each in leaves(folder)]

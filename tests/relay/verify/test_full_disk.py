"""A full disk (threat T30): the lane waits, releases nothing unrecorded, and goes on by itself."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves, published
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import event, item, make_node, running, until, until_status
from wire.bodies import MessagePost

TEXT = "長" * 8_000
LONG_ENOUGH_S = 0.5  # each batch takes some milliseconds


@pytest.fixture
def small(root: Path) -> Iterator[Path]:
    """Return the folder of a verify stage on a file system of 8 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(root)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("needs leave to mount a small file system")
    try:
        yield make_node(root)
    finally:
        subprocess.run(["umount", str(root)], check=True)


async def test_the_lane_waits_for_room_and_goes_on(small: Path) -> None:
    transform, far = Transform(small), FarZone(small)
    async with running(small), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 1)
        ballast = small.parent / "ballast"
        fill(ballast)
        for n in range(2, 22):
            await transform.hand_over(item(about=event(n, MessagePost(TEXT))))
        stuck = await stalled(small)
        assert len(far.events) <= stuck < 21
        ballast.unlink()
        await until(lambda: len(transform.verdicts()) == 21)
    assert [each.hlc for each in far.events] == list(range(1, 22))
    assert published(small) == len(leaves(small)) == 21
    demand_a_leaf_for_each_release(small, far)


async def stalled(folder: Path) -> int:
    """Return how many items are taken in once there have been no more for a while."""
    taken, since = -1, 0.0
    loop = asyncio.get_running_loop()
    while taken == -1 or loop.time() - since < LONG_ENOUGH_S:
        status = await until_status(folder, lambda _: True)
        if status.taken != taken:
            taken, since = status.taken, loop.time()
        await asyncio.sleep(0.02)
    return taken


def fill(path: Path) -> None:
    """Write until there is no room for another byte."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue

"""A transform stage that dies as if by kill -9, at each moment that matters, and is restarted.

Nothing is lost, nothing comes twice, and no bytes stay behind.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.relay.transform.near import FINAL, Near
from tests.relay.transform.site import (
    PATIENCE_S,
    Node,
    clear_sockets,
    eventually,
    file_ref,
    is_listening,
    make_node,
    post,
)
from tests.relay.transform.verify import Verify
from wire.frames import FrameType
from wire.reasons import Unavailable
from wire.receipts import Verdict

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from relay.transform.service import serve_transform
from relay.transform.settings import verify_endpoint
from runtime import failpoints
from tests.confining import unconfined
failpoints.arm(os.environ["FAILPOINT"])
node, clock = Path(sys.argv[1]), lambda: 1_700_000_000_000
asyncio.run(serve_transform(node, verify_endpoint(node), clock=clock, confine=unconfined))
"""

MOMENTS = [
    "store.commit:2",
    "store.committed:2",
    "transform.envelope.taken",
    "transform.batch.sent",
    "transform.progress.settled:2",
    "transform.receipt.sent",
    "transform.blob.written",
    "transform.blob.named",
    "transform.file.arrived",
    "transform.file.cleaned",
    "transform.outcome.written",
    "transform.chunk.sending",
]


@asynccontextmanager
async def process(node: Node, moment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the stage in a process of its own, which dies at `moment`."""
    clear_sockets(node)
    stage = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(node.folder), env=os.environ | {"FAILPOINT": moment}
    )
    try:
        await eventually(lambda: is_listening(node) or stage.returncode is not None)
        yield stage
    finally:
        if stage.returncode is None:
            stage.kill()
        await stage.wait()


async def carry(near: Near, data: bytes) -> None:
    """Do what a zone does, from wherever the stage stands, until all is over."""
    async with near.connected():
        high = (await near.taken(0)).high
        for seq, sealed in enumerate(near.sealed, start=1):
            if seq > high:
                await near.connection.send(FrameType.ENVELOPE, sealed)
        await near.taken(len(near.sealed))
        while not is_over(near):
            if (2, 1) not in near.told:
                await near.send_file(data)
            ticks = near.tick
            await near.until(lambda _: near.tick > ticks)  # noqa: B023 - awaited in this turn


def is_over(near: Near) -> bool:
    return all(
        near.told.get(place, [Verdict.NONE])[-1] in FINAL
        for place in [(1, 0), (2, 0), (3, 0), (2, 1)]
    )


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_crash_loses_nothing_and_doubles_nothing(folder: Path, moment: str) -> None:
    node = make_node(folder)
    near, verify = Near(node), Verify(node)
    data = "あ".encode() * 1000
    near.seal(post("一"))
    near.seal(post("二", file_ref(data, "a.txt", "text/plain")))
    near.seal(post("三"))
    async with verify.listening():
        async with process(node, moment) as stage:
            with pytest.raises(Unavailable):
                await carry(near, data)
            async with asyncio.timeout(PATIENCE_S):
                assert await stage.wait() == -9, "it did not come to this moment"
        async with process(node, ""):
            await carry(near, data)
            await eventually(lambda: not [*node.folder.glob("cleaned/*")])
    # The test's verify stage demands that items follow one another without a gap.
    assert [item.source.seq for item in verify.items] == [1, 2, 3, 2]
    for place in [(1, 0), (2, 0), (3, 0)]:
        assert near.told[place] == [Verdict.DELIVERED]
    assert near.told[2, 1] == [Verdict.ARRIVED, Verdict.DELIVERED]
    assert [*node.folder.glob("arriving/*")] == []
